"""What edited rules would change in the last days of a workspace, before they count; and reading those days again."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from laidian import cues, lexicons, store
from laidian.errors import InputError
from laidian.reasons.proofs import prove
from laidian.steps import naming
from laidian.steps.cue_words import lexicon, stale_cues
from laidian.steps.guard import stage
from laidian.steps.order import LOG_STAGES
from laidian.steps.scoring import stale_days
from laidian.steps.tagging import find_cues, spoken_surely, tag_reasons, tell
from laidian.tables import Spoken

DAYS = 90

_KEY = ["contact_id", "recording_no", "turn", "kind"]


@dataclass(frozen=True, slots=True)
class KindChange:
    """One kind of cue: utterances that gain it, lose it and keep it; `gains`, `losses`: contact_id/recording_no/turn of these."""

    kind: str
    gained: int
    lost: int
    kept: int
    gains: list[str]
    losses: list[str]


@dataclass(frozen=True, slots=True)
class ReasonChange:
    """Calls whose primary reason would be another: from which to which, how many, and their contact_ids."""

    was: str
    becomes: str
    calls: int
    contact_ids: list[str]


@dataclass(frozen=True, slots=True)
class ReasonsDiff:
    """`days` and `calls` with words were read; the changes of primary reasons, most calls first; `examples` that held."""

    days: int
    calls: int
    changed: int
    examples: int
    changes: list[ReasonChange]


@dataclass(frozen=True, slots=True)
class RulesDiff:
    """`days` were read; contacts with a repeat cue of the customer before and after; the kinds that change, by name.

    `contradiction`: the first example that does not hold in the edited lexicon, for which a night would refuse it; null = none.
    """

    days: int
    contacts_before: int
    contacts_after: int
    kinds: list[KindChange]
    contradiction: str | None


def rules_diff(root: Path, folder: Path) -> RulesDiff:
    """The workspace's lexicon against the edited one in `folder`, on the original texts of the last 90 days that have any.

    Raises:
        InputError: the edited lexicon cannot be read; the message names its entry.
    """
    old, new = lexicon(root), cues.load_lexicon(folder)
    chosen = _last_days(root)
    before, after = [], []
    for day in chosen:  # a day at a time: memory does not grow with the period
        spoken = spoken_surely(root, day)
        before.append(_brief(cues.find_in_talk(spoken, old)))
        after.append(_brief(cues.find_in_talk(spoken, new)))
    was, now = (pl.concat(frames) if frames else pl.DataFrame(schema=_brief_schema()) for frames in (before, after))
    return RulesDiff(len(chosen), _contacts(was, old), _contacts(now, new), list(_changes(was, now)), _contradiction(new))


def _contradiction(lexicon: cues.Lexicon) -> str | None:
    try:
        cues.prove(lexicon)
    except InputError as broken:
        return str(broken)
    return None


def _last_days(root: Path) -> list[date]:
    known = store.days(root, Spoken)
    return [day for day in known if day > known[-1] - timedelta(days=DAYS)]


def is_taxonomy(folder: Path) -> bool:
    """Whether the folder holds call reasons (a `[trade]` a file) rather than cues; a file that cannot be read says nothing."""
    for file in sorted(folder.glob("*.toml")):
        try:
            if "trade" in tomllib.loads(file.read_text(encoding="utf-8-sig")):
                return True
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
    return False


@stage
def reasons_diff(root: Path, folder: Path) -> ReasonsDiff:
    """The workspace's taxonomy against the edited one in `folder`, on the original texts of the last 90 days that have any.

    Raises:
        SettingsError: the edited taxonomy cannot be used, or a rule does not do what its examples say; naming the entry.
    """
    planned = lexicons.load_taxonomy(folder)
    examples = prove(planned)
    moved: dict[tuple[str, str], list[str]] = {}
    chosen, calls = _last_days(root), 0
    for day in chosen:
        was, becomes = (tell(root, day, taxonomy) for taxonomy in (naming.taxonomy(root), planned))
        first = pl.col("contact_id", "reason")
        both = was.filter("primary").select(first).join(becomes.filter("primary").select(first), on="contact_id", suffix="_then")
        calls += both.height
        for contact, now, then in both.filter(pl.col("reason") != pl.col("reason_then")).sort("contact_id").iter_rows():
            moved.setdefault((now, then), []).append(contact)
    changes = [ReasonChange(now, then, len(ids), ids) for (now, then), ids in moved.items()]
    changes.sort(key=lambda c: (-c.calls, c.was, c.becomes))
    return ReasonsDiff(len(chosen), calls, sum(c.calls for c in changes), examples, changes)


def retag(root: Path, first: date, last: date) -> int:
    """Reads the kept utterances of those days again with the rules as they are now; what was heard is not heard again.

    Cues and reasons of the days are found anew, and what follows from them (cases, outcomes, issues) for the whole log.
    The days that hold utterances: how many.
    """
    days = [day for day in store.days(root, Spoken) if first <= day <= last]
    for day in days:
        find_cues(root, day)
        tag_reasons(root, day)
    _follow(root, days)
    return len(days)


def retag_stale(root: Path) -> list[date]:
    """Reads again what other rules read: cues of another lexicon, reasons of another taxonomy, either of another scorer.

    What follows from them is told anew for the whole log. The days that were read again, in order.
    """
    cued, told = stale_cues(root), stale_days(root)
    for day in cued:
        find_cues(root, day)
    for day in told:
        tag_reasons(root, day)
    days = sorted({*cued, *told})
    _follow(root, days)
    return days


def _follow(root: Path, days: Sequence[date]) -> None:
    for step in LOG_STAGES if days else ():
        step(root)


def _brief(found: pl.DataFrame) -> pl.DataFrame:
    return found.select([*_KEY, "speaker"]).unique(_KEY)


def _brief_schema() -> dict[str, pl.DataType]:
    return {
        "contact_id": pl.String(),
        "recording_no": pl.Int64(),
        "turn": pl.Int64(),
        "kind": pl.String(),
        "speaker": pl.String(),
    }


def _contacts(found: pl.DataFrame, lexicon: cues.Lexicon) -> int:
    """Contacts in which the CUSTOMER speaks of an earlier one."""
    repeat = [kind for kind, known in lexicon.kinds.items() if known.repeat]
    return found.filter((pl.col("speaker") == "customer") & pl.col("kind").is_in(repeat))["contact_id"].n_unique()


def _changes(was: pl.DataFrame, now: pl.DataFrame) -> Iterator[KindChange]:
    gained, lost = now.join(was, on=_KEY, how="anti"), was.join(now, on=_KEY, how="anti")
    kept = now.join(was, on=_KEY, how="semi")
    for kind in sorted({*gained["kind"], *lost["kind"]}):
        of = pl.col("kind") == kind
        gains, losses = _where(gained.filter(of)), _where(lost.filter(of))
        yield KindChange(kind, len(gains), len(losses), kept.filter(of).height, gains, losses)


def _where(found: pl.DataFrame) -> list[str]:
    return [f"{c}/{r}/{t}" for c, r, t in found.select(_KEY[:3]).sort(_KEY[:3]).iter_rows()]
