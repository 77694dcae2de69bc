"""What `laidian doctor` looks at: the model, the libraries, the decoders, the disk, the workspace."""

import importlib.metadata
import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from laidian import notes, procedures, vault, workspace
from laidian.engines import choice, weights
from laidian.errors import LaidianError
from laidian.settings import Hearing
from laidian.steps import cue_words, naming, scoring, vocabulary

DECODERS = (
    "pcm_s16le",
    "pcm_alaw",
    "pcm_mulaw",
    "gsm_ms",
    "adpcm_ima_wav",
    "mp3",
    "opus",
    "amrnb",
    "g722",
    "aac",
    "flac",
    "speex",
)
FREE_GB = 5.0  # a night of 10,000 calls leaves about 1 GB; below this it is time to act


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was found, what to do if not."""

    name: str
    ok: bool
    found: str
    do: str


def examine(root: Path) -> list[Finding]:
    """Everything, in reading order; a check that fails does not stop the next one."""
    checks: tuple[Callable[[Path], list[Finding]], ...] = (
        _workspace,
        _model,
        _vocabulary,
        _libraries,
        _decoders,
        _disk,
        _reasons,
        _cues,
        _days,
    )
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check(root)
        except LaidianError as bad:
            found, do = f"{bad.where}: {bad.found}", f"expected {bad.expected}; {bad.do}"
            if not any((told.found, told.do) == (found, do) for told in findings):  # settings stop several: told once
                findings.append(Finding(check.__name__.strip("_"), False, found, do))
    return findings


def _workspace(root: Path) -> list[Finding]:
    settings = workspace.load(root)
    vault.secret(root)
    procedures.load_procedures(settings.procedures.folder)
    return [Finding("workspace", True, f"{root}, times in {settings.timezone}", "")]


def _model(root: Path) -> list[Finding]:
    """The recogniser's weights: there, undamaged, of which licence, for which language."""
    hearing = workspace.load(root).hearing if (root / workspace.SETTINGS).exists() else Hearing()
    choice.named(hearing)
    found = weights.find_onnx(hearing.model) if hearing.engine == "sherpa" else weights.find(hearing.model)
    if hearing.engine == "sherpa" and importlib.util.find_spec("sherpa_onnx") is None:
        return [Finding("model", False, "engine sherpa, and sherpa-onnx not installed", "pip install 'laidian[sherpa]'")]
    language = {True: "knows Chinese", False: "knows no Chinese", None: "language not told by its files"}[found.chinese]
    do = "set [hearing] model in laidian.toml to a model for Mandarin"
    told = f"{found.name}, SHA-256 {found.sha256[:16]}…, licence {found.licence}, {language}"
    return [Finding("model", found.chinese is not False, told, do if found.chinese is False else "")]


def _vocabulary(root: Path) -> list[Finding]:
    """The file of names, where there is one: names only, no cue and no number."""
    hearing = workspace.load(root).hearing if (root / workspace.SETTINGS).exists() else Hearing()
    names = vocabulary.of(hearing)
    return [Finding("vocabulary", True, f"{len(names.names)} names in {hearing.vocabulary}", "")] if names else []


def _libraries(_: Path) -> list[Finding]:
    """The installed versions against the bounds of laidian's own metadata."""
    wanted = [Requirement(line) for line in importlib.metadata.requires("laidian") or () if "extra ==" not in line]
    wrong = [
        f"{need.name} {have} (expected {need.specifier})"
        for need in wanted
        if not need.specifier.contains(have := importlib.metadata.version(need.name), prereleases=True)
    ]
    found = "; ".join(wrong) or f"{len(wanted)} within their bounds"
    return [Finding("libraries", not wrong, found, "pip install -c constraints.txt laidian")]


def _decoders(_: Path) -> list[Finding]:
    import av

    missing = [name for name in DECODERS if name not in av.codecs_available]
    return [
        Finding(
            "decoders",
            not missing,
            f"missing: {', '.join(missing)}" if missing else ", ".join(DECODERS),
            "reinstall av from PyPI",
        )
    ]


def _disk(root: Path) -> list[Finding]:
    there = next(p for p in (root.resolve(), *root.resolve().parents) if p.exists())
    free = shutil.disk_usage(there).free / 1e9
    return [Finding("disk", free >= FREE_GB, f"{free:.0f} GB free", f"make room: at least {FREE_GB:.0f} GB")]


def _reasons(root: Path) -> list[Finding]:
    """The workspace's call reasons: whose taxonomy and scorer, and whether older days were tagged by others."""
    if not (root / workspace.SETTINGS).exists():
        return []
    known, stale = naming.taxonomy(root), scoring.stale_days(root)
    whose = "an edited taxonomy" if workspace.load(root).taxonomy.folder else "the bundled taxonomy"
    by = "a scorer of the centre's own" if scoring.scorer(root) else "the bundled scorer"
    older = f"; {len(stale)} days were tagged by others: laidian rules retag" if stale else ""
    return [Finding("call reasons", True, f"{len(known.reasons)} of {whose}, by {by}{older}", "")]


def _cues(root: Path) -> list[Finding]:
    """The workspace's cue lexicon, and whether older days were read with another."""
    if not (root / workspace.SETTINGS).exists():
        return []
    known, stale = cue_words.lexicon(root), cue_words.stale_cues(root)
    whose = "an edited lexicon" if workspace.load(root).cues.folder else "the bundled lexicon"
    older = f"; {len(stale)} days were read with another: laidian rules retag" if stale else ""
    return [Finding("cues", True, f"{len(known.patterns)} patterns of {whose}{older}", "")]


def _days(root: Path) -> list[Finding]:
    """Nights begun and never finished; nothing to say of a folder that is no workspace."""
    if not (root / workspace.SETTINGS).exists():
        return []
    open_runs = [run for run in notes.runs(root) if run.finished_at is None]
    done = {day for run in notes.runs(root) if run.finished_at for day in (run.from_day, run.to_day)}
    hanging = [run for run in open_runs if run.from_day not in done or run.to_day not in done]
    found = ", ".join(f"{run.from_day} to {run.to_day} begun {run.started_at}, not finished" for run in hanging)
    complete = notes.complete_days(root)
    well = f"{len(complete)} complete days" + (f", the last {complete[-1]}" if complete else "")
    return [Finding("nights", not hanging, found or well, "run: laidian run --from D --to D for those days")]
