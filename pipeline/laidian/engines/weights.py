"""Model weights: found by a path or joined from the bundled packages, and checked by SHA-256."""

import hashlib
import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from laidian.errors import ModelError

BUNDLED = "faster-whisper-base"


@dataclass(frozen=True, slots=True)
class Weights:
    """A model on disk: `folder` holds model.bin, config.json, tokenizer.json and a vocabulary; `sha256` is of model.bin."""

    name: str
    folder: Path
    sha256: str
    licence: str


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
        ModelError: the folder holds no CTranslate2 model, no model is installed, or a hash is not the manifest's.
    """
    if model is None:
        return _bundled()
    if not (model / "model.bin").is_file():
        raise ModelError(
            str(model), "no model.bin", "the folder of a CTranslate2 Whisper model", "correct [hearing] model in laidian.toml"
        )
    digest = sha256(model / "model.bin")
    known = {str(entry["sha256"]): (name, str(entry["licence"])) for name, entry in manifest().items()}
    name, licence = known.get(digest, (model.name, "not in models/manifest.toml: check it yourself"))
    return Weights(name, model, digest, licence)


def _bundled() -> Weights:
    entry = manifest()[BUNDLED]
    want, licence = str(entry["sha256"]), str(entry["licence"])
    folder = _cache() / f"{BUNDLED}-{want[:12]}"
    if not (folder / "model.bin").is_file():
        _join(entry, folder)
    if (found := sha256(folder / "model.bin")) != want:
        raise ModelError(str(folder / "model.bin"), f"SHA-256 {found}", want, f"remove the folder {folder}; it is made again")
    return Weights(BUNDLED, folder, want, licence)


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
