"""The centre's names in what was heard: read from the settings' file, without those that would make or hide a cue."""

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from laidian.errors import SettingsError
from laidian.settings import Hearing
from laidian.transcribe import Transcript

if TYPE_CHECKING:  # late where it is used: who keeps no vocabulary does without
    from laidian.transcribe.vocabulary import Change, Vocabulary


def of(hearing: Hearing) -> "Vocabulary | None":
    """The vocabulary that the settings name, ready to use; None: none is named.

    Raises:
        SettingsError: its file cannot be used; a line is a number, a cue or no name.
    """
    file = hearing.vocabulary
    return None if file is None else _read(file, file.stat().st_mtime_ns if file.is_file() else 0)


@functools.cache
def _read(file: Path, _changed_ns: int) -> "Vocabulary":
    from laidian.transcribe import vocabulary

    names = vocabulary.read(file)
    _refuse_cues(file, names)
    return vocabulary.compiled(names)


def _refuse_cues(file: Path, names: Sequence[str]) -> None:
    """A cue put into what was heard would be a repeat contact that nobody told of; one replaced, a repeat contact lost."""
    from laidian import cues  # late: the lexicon takes a second, and only who keeps a vocabulary waits for it

    asked = [(name, speaker, None) for name in names for speaker in ("customer", "agent")]
    for (name, _, _), found in zip(asked, cues.find_in_texts(asked, cues.load_lexicon()), strict=True):
        if found:
            where = f"laidian.toml [hearing.vocabulary] {file.name}, «{name}»"
            expected = "names of products, places and staff, none that tells of an earlier contact or its outcome"
            raise SettingsError(where, f"sounds like a cue ({found[0].kind})", expected, "remove that line")


def written(heard: Transcript, names: "Vocabulary | None") -> "tuple[Transcript, list[list[Change]]]":
    """A transcript with the names as they should be, and what was changed in each utterance; of no name another length."""
    if names is None:
        return heard, [[] for _ in heard.utterances]
    from laidian.transcribe import vocabulary

    both = [vocabulary.corrected(u.text, names) for u in heard.utterances]
    said = [replace(u, text=text) for u, (text, _) in zip(heard.utterances, both, strict=True)]
    return replace(heard, utterances=said), [changes for _, changes in both]
