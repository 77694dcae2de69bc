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
from laidian.reasons.label_book import LabelLine, choices, label_book
from laidian.reasons.queue import RANDOM, UNCERTAIN, Chosen, candidates, doubts, drawn_at_random, most_telling
from laidian.steps import naming
from laidian.steps.deciding import decisions
from laidian.steps.guard import stage
from laidian.steps.log import by_contact, now_in
from laidian.steps.training import customer_words
from laidian.tables import Contact, Reason, Utterance

DAYS = 90
"""Days up to the last complete one that are looked at where no period is named."""

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
        found = f"{frame.height} contacts with words from {from_day} to {to_day}, none without a label"
        raise InputError("laidian labels draw", found, "a contact to be labelled", "name other days with --from and --to")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    draw_id = notes.add_label_draw(root, (from_day, to_day), seed, frame.height, now, [*chosen, *more])
    path = root / "labels" / f"labels-{draw_id}.xlsx"
    taxonomy = naming.taxonomy(root)
    trades = Counter(reason.partition(".")[0] for reason in told.filter("primary")["reason"])
    with store.replacing(path) as aside:
        listed = choices(taxonomy, [trade for trade, _ in trades.most_common()])
        aside.write_bytes(label_book(_lines(root, merged, told, [c.contact_id for c in chosen]), listed, taxonomy))
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
    telling = most_telling(some, customer_words(root, merged, some["contact_id"], days), n - len(random))
    chosen = [*(Chosen(c, RANDOM) for c in random), *(Chosen(c, UNCERTAIN) for c in telling)]
    order = np.random.default_rng(seed).permutation(len(chosen))
    return [chosen[int(at)] for at in order], [Chosen(c, RANDOM) for c in met]


def _lines(root: Path, merged: pl.DataFrame, told: pl.DataFrame, drawn: Sequence[str]) -> list[LabelLine]:
    wanted = pl.DataFrame({"contact_id": drawn})
    about = {row["contact_id"]: row for row in merged.join(wanted, on="contact_id", how="semi").iter_rows(named=True)}
    first = told.filter("primary").join(wanted, on="contact_id", how="semi")
    reason = {row["contact_id"]: (row["issue"] or row["reason"], row["score"]) for row in first.iter_rows(named=True)}
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    days = sorted({row["day"] for row in about.values()})
    said = pl.concat(
        [by_contact(root, Utterance, merged, columns, [day]).join(wanted, on="contact_id", how="semi") for day in days]
    )
    line = pl.col("speaker").replace_strict(_WHO) + "：" + pl.col("text")
    ordered = said.sort("contact_id", "recording_no", "turn").group_by("contact_id", maintain_order=True)
    dialogue = dict(ordered.agg(line.str.join("\n")).iter_rows())
    return [
        LabelLine(c, about[c]["started_at"], about[c]["medium"], about[c]["queue"] or "", *reason[c], dialogue.get(c, ""))
        for c in drawn
    ]
