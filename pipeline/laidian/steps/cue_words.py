"""The cue lexicon that counts in a workspace: the bundled one, or the edited copy that laidian.toml names."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from laidian import cues, store, workspace
from laidian.tables import Cue, Spoken


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


def stale_cues(root: Path) -> list[date]:
    """Days with utterances in which another lexicon or scorer than the workspace's of now looked for cues, or none has."""
    now = cues.tagger_of(lexicon(root))
    return [day for day in store.days(root, Spoken) if store.made_by(root, Cue, day) != now]
