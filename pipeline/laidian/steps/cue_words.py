"""The cue lexicon that counts in a workspace: the bundled one, or the edited copy that laidian.toml names."""

from functools import lru_cache
from pathlib import Path

from laidian import cues, workspace


def lexicon(root: Path) -> cues.Lexicon:
    """The workspace's cue lexicon.

    Raises:
        InputError: the edited copy cannot be read, or one of its forms does not do what its examples say; naming the entry.
    """
    return edited(workspace.load(root).cues.folder)


def edited(folder: Path | None) -> cues.Lexicon:
    """The lexicon in a folder, its examples proved, kept while no file of it changes; None = the bundled one."""
    if folder is None:
        return cues.load_lexicon()
    return _proved(folder, tuple((file.name, file.stat().st_mtime_ns) for file in sorted(folder.glob("*.toml"))))


@lru_cache(maxsize=2)
def _proved(folder: Path, _changed_ns: tuple[tuple[str, int], ...]) -> cues.Lexicon:
    found = cues.load_lexicon(folder)
    cues.prove(found)
    return found
