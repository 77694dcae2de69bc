"""The queue of contacts to be labelled, and its workbook."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path

import numpy as np
import polars as pl

from laidian import notes, store, workspace
from laidian.calendar import Period
from laidian.errors import InputError
from laidian.lexicons import Taxonomy
from laidian.reasons.label_book import LabelRow, issue_choices, label_book, reason_choices
from laidian.reasons.queue import RANDOM, UNCERTAIN, Chosen, candidates, doubts, drawn_at_random, most_telling
from laidian.steps import naming
from laidian.steps.deciding import decisions
from laidian.steps.guard import stage
from laidian.steps.log import now_in, said_in
from laidian.steps.training import customer_words
from laidian.tables import Contact, FoundIssue, Reason

DAYS = 90
"""Days up to the last complete one that are looked at where no period is named."""

_DECIDED = {"new": "未认定", "accepted": "已接受", "merged": "已并入", "rejected": "已否决"}
_WHO = {"customer": "客户", "agent": "座席", "ivr": "自助语音", "unknown": "不明"}


@dataclass(frozen=True, slots=True)
class LabelDraw:
    """What was put before the analysts: `random` and `uncertain` contacts of `population`, in the workbook `file`."""

    draw_id: int
    from_day: date
    to_day: date
    population: int
    random: int
    uncertain: int
    file: str


@stage
def draw_labels(root: Path, n: int, seed: int, period: Period | None) -> LabelDraw:
    """Chooses n contacts to be labelled, records why each was chosen, and writes their workbook.

    Args:
        root: the workspace.
        n: contacts in the workbook; fewer where there are no more.
        seed: the same seed on the same log, labels and earlier draws gives the same contacts.
        period: first and last business day; None: the last DAYS days up to the last complete one.

    Raises:
        InputError: no contact of those days was told by its words, or all are labelled.
    """
    complete = notes.complete_days(root)
    if period is None and not complete:
        raise InputError("laidian labels draw", "no complete day", "a log that was run", "run: laidian run --from D --to D")
    from_day, to_day = period or (complete[-1] - timedelta(DAYS - 1), complete[-1])
    merged = store.read(root, Contact)
    inside = merged.filter(pl.col("in_population") & pl.col("day").is_between(from_day, to_day))
    told = store.read(root, Reason)
    frame = doubts(told).join(inside.select("contact_id"), on="contact_id", how="semi")
    chosen, more = _choose(root, merged, frame, inside, n, seed)
    if not chosen:
        found = f"{frame.height} contacts with words from {from_day} to {to_day}{', all labelled' if frame.height else ''}"
        do = "name other days with --from and --to, or run days that have recordings or transcripts"
        raise InputError("laidian labels draw", found, "a contact with words and without a label", do)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    draw_id = notes.add_label_draw(root, (from_day, to_day), seed, frame.height, now, [*chosen, *more])
    path = root / "labels" / f"labels-{draw_id}.xlsx"
    taxonomy = naming.taxonomy(root)
    trades = Counter(reason.partition(".")[0] for reason in told.filter("primary")["reason"])
    with store.replacing(path) as aside:
        listed = reason_choices(taxonomy, [trade for trade, _ in trades.most_common()])
        rows = _rows(root, merged, told, [c.contact_id for c in chosen], taxonomy)
        aside.write_bytes(label_book("contact_id", rows, {"reason": listed}))
    why = Counter(c.why for c in chosen)
    return LabelDraw(draw_id, from_day, to_day, frame.height, why[RANDOM], why[UNCERTAIN], str(path))


def _choose(
    root: Path, merged: pl.DataFrame, frame: pl.DataFrame, inside: pl.DataFrame, n: int, seed: int
) -> tuple[list[Chosen], list[Chosen]]:
    """The contacts of the workbook, in order; and labelled ones that the random draw met: they count as random from now on."""
    about = decisions(root, "reason").filter(pl.col("about") == "contact").select(contact_id="subject")
    labelled = set(now_in(root, about, merged)["contact_id"])
    queued = pl.DataFrame(notes.label_queue(root), schema={"contact_id": pl.String, "why": pl.String}, orient="row")
    asked = labelled | set(now_in(root, queued, merged)["contact_id"])
    share = workspace.load(root).learning.random
    random, met = list[str](), list[str]()
    for contact in drawn_at_random(frame, frame.height, seed):
        if len(random) == ceil(n * share):
            break
        (met if contact in labelled else random).append(contact)
    others = frame.filter(~pl.col("contact_id").is_in([*asked, *random]))
    some = candidates(others, n - len(random), seed)
    days = inside.join(some, on="contact_id", how="semi")["day"].unique().sort().to_list()
    telling = most_telling(some, customer_words(root, some.select("contact_id"), days), n - len(random))
    chosen = [*(Chosen(c, RANDOM) for c in random), *(Chosen(c, UNCERTAIN) for c in telling)]
    order = np.random.default_rng(seed).permutation(len(chosen))
    return [chosen[int(at)] for at in order], [Chosen(c, RANDOM) for c in met]


def _rows(root: Path, merged: pl.DataFrame, told: pl.DataFrame, drawn: Sequence[str], taxonomy: Taxonomy) -> list[LabelRow]:
    wanted = pl.DataFrame({"contact_id": drawn})
    about = {row["contact_id"]: row for row in merged.join(wanted, on="contact_id", how="semi").iter_rows(named=True)}
    first = told.filter("primary").join(wanted, on="contact_id", how="semi")
    reason = {row["contact_id"]: (row["issue"] or row["reason"], row["score"]) for row in first.iter_rows(named=True)}
    said = said_in(root, wanted, sorted({row["day"] for row in about.values()}))
    line = pl.col("speaker").replace_strict(_WHO) + "：" + pl.col("text")
    ordered = said.sort("contact_id", "recording_no", "turn").group_by("contact_id", maintain_order=True)
    dialogue = dict(ordered.agg(line.str.join("\n")).iter_rows())
    rows = []
    for c in drawn:
        row, (id_, score) = about[c], reason[c]
        told_as = f"{id_} {taxonomy.name(id_)}"
        shown = (f"{row['started_at']:%Y-%m-%d %H:%M}", row["medium"], row["queue"] or "", told_as, score, dialogue.get(c, ""))
        rows.append(LabelRow(c, "reason", "reason", shown))
    return rows


@dataclass(frozen=True, slots=True)
class IssueBook:
    """The workbook of found issues: how many nobody has decided on, of how many."""

    open: int
    found: int
    file: str


@stage
def issue_book(root: Path) -> IssueBook:
    """Writes the workbook in which found issues are accepted, renamed or merged: the undecided first, then the decided.

    Raises:
        InputError: no issue was found.
    """
    found = store.read(root, FoundIssue).with_columns(new=pl.col("decision") == "new")
    if found.is_empty():
        do = "come back when there are 60 contacts of one reason that name no issue, in the last 9 weeks"
        raise InputError("laidian labels issues", "no issue was found", "one or more", do)
    found = found.sort("new", "contacts", "issue", descending=[True, True, False])
    taxonomy, merged = naming.taxonomy(root), store.read(root, Contact)
    contacts = pl.DataFrame(
        {"contact_id": [place.rsplit("/", 2)[0] for places in found["evidence"] for place in places]}
    ).unique()
    days = merged.join(contacts, on="contact_id", how="semi")["day"].unique().sort().to_list()
    said = said_in(root, contacts, days).select("contact_id", "recording_no", "turn", "text")
    quotes = {f"{c}/{n}/{turn}": text for c, n, turn, text in said.iter_rows()}
    rows = []
    for row in found.iter_rows(named=True):
        decided = _DECIDED[row["decision"]] + (f"：{row['merged_into']}" if row["merged_into"] else "")
        heard = "\n".join(f"“{quotes[place]}”（{place}）" for place in row["evidence"] if place in quotes)
        shown = (row["name"], taxonomy.name(row["reason"]), decided, float(row["contacts"]), "、".join(row["phrases"]), heard)
        rows += [LabelRow(row["issue"], "accept", "yes_no", shown), LabelRow(row["issue"], "rename", "free", shown[:1]),
                 LabelRow(row["issue"], "merge_into", "issue", shown[:1]),
                 LabelRow(row["issue"], "words", "free", shown[:1])]  # fmt: skip
    path = root / "labels" / "issues.xlsx"
    with store.replacing(path) as aside:
        listed = issue_choices(taxonomy, found["reason"].unique(maintain_order=True).to_list())
        aside.write_bytes(label_book("issue_id", rows, {"issue": listed}))
    return IssueBook(int(found["new"].sum()), found.height, str(path))
