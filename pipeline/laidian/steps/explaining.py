"""Why customers came back and why cases stay unresolved; what agents' practices go with; which issues jumped on a day."""

from datetime import date
from pathlib import Path

import polars as pl

from laidian import store, workspace
from laidian.calendar import Period
from laidian.issues import jumps as sudden
from laidian.issues import practices as habits
from laidian.issues.causes import UNSETTLED, Told, case_causes, link_causes
from laidian.issues.tally import tally
from laidian.steps.guard import stage
from laidian.steps.ledger import days_between
from laidian.steps.log import by_contact, tickets_of
from laidian.steps.naming import taxonomy
from laidian.tables import Alert, Case, Cause, Contact, Cue, Customer, Link, Practice, PracticeUse, Promise, Reason, Utterance


@stage
def explain(root: Path) -> None:
    """The cause of every repeat link and of every unresolved case."""
    merged = store.read(root, Contact)
    told = _told(root, merged)
    links = link_causes(store.read(root, Link), told)
    store.publish(root, pl.concat([links, case_causes(store.read(root, Case), links, told)]), Cause)


def _told(root: Path, merged: pl.DataFrame) -> Told:
    cues = by_contact(root, Cue, merged)
    tickets = tickets_of(root, merged)
    telling = pl.concat([
        store.read(root, Link).filter("repeat").select("contact_id"),
        cues.filter(pl.col("kind").is_in(UNSETTLED)).select("contact_id"),
        tickets.filter(pl.col("visit_result") == "no").select("contact_id"),
    ]).unique()  # fmt: skip
    before = store.read(root, Link).filter("repeat").select(contact_id="earlier_contact_id").unique()
    said, agent_said, heard = _texts(root, merged, telling, before)
    primary = store.read(root, Reason).filter("primary")
    return Told(merged, cues, tickets, store.read(root, Promise), said, agent_said, heard, primary, taxonomy(root).several)


def _texts(root: Path, merged: pl.DataFrame, telling: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """What the customers of the telling contacts said, what agents said in those before, and where an agent is heard at all.

    Read day by day.
    """
    columns = ("contact_id", "recording_no", "turn", "speaker", "text")
    nothing = by_contact(root, Utterance, merged, columns, [])
    said, agent_said, heard = [nothing], [nothing], [nothing.select("contact_id")]
    for day in store.days(root, Utterance):
        own = by_contact(root, Utterance, merged, columns, [day])
        heard.append(habits.with_agent_text(own))
        said.append(own.filter(pl.col("speaker") == "customer").join(telling, on="contact_id", how="semi"))
        agent_said.append(own.filter(pl.col("speaker") == "agent").join(before, on="contact_id", how="semi"))
    return _joined(pl.concat(said)), _joined(pl.concat(agent_said)), pl.concat(heard).unique().sort("contact_id")


def _joined(turns: pl.DataFrame) -> pl.DataFrame:
    """contact_id, text: the turns of each contact in their order."""
    ordered = turns.sort("contact_id", "recording_no", "turn").group_by("contact_id", maintain_order=True)
    return ordered.agg(pl.col("text").str.join("。"))


def measure_practices(root: Path, period: Period, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables `practices` and `practice_use` of a period; they replace what the snapshots held of it."""
    merged, policy = store.read(root, Contact), workspace.load(root).issues
    cues = by_contact(root, Cue, merged)
    told = tally(
        merged, store.read(root, Customer), store.read(root, Link), store.read(root, Case), store.read(root, Reason), cues,
        period, as_of, policy.window_days,
    )  # fmt: skip
    days = days_between(*period)
    heard = habits.with_agent_text(by_contact(root, Utterance, merged, ("contact_id", "speaker"), days))
    rows = told.period.join(heard, on="contact_id", how="semi").join(merged.select("contact_id", "team"), on="contact_id")
    shown = habits.practised(cues)
    found = habits.practices(rows.filter("begins", "watched"), shown, period)
    use = habits.practice_use(rows, shown, period)
    for row, table in ((Practice, found), (PracticeUse, use)):
        store.replace_period(root, table, row, period)
    return found, use


def find_jumps(root: Path, period: Period, as_of: date) -> pl.DataFrame:
    """The jumps of the period's days, as `Alert` rows; they replace what the snapshot held of those days."""
    told = tally(
        store.read(root, Contact), store.read(root, Customer), store.read(root, Link), store.read(root, Case),
        store.read(root, Reason), store.read(root, Cue, []), period, as_of, 1,
    )  # fmt: skip
    found = pl.concat([sudden.jumps(told.history, day) for day in days_between(*period)])
    other = store.read(root, Alert).filter(~pl.col("day").is_between(*period))
    store.publish(root, pl.concat([other, found]), Alert)
    return found


@stage
def jump_message(root: Path, from_day: date, to_day: date) -> tuple[str | None, str | None]:
    """The notification block to be told, and what: a line a jump, or None where there is none or nobody to be told."""
    block = workspace.load(root).flow.notify
    found = store.read(root, Alert).filter(pl.col("day").is_between(from_day, to_day)).sort("day", "chance", "issue")
    if block is None or found.is_empty():
        return block, None
    name = taxonomy(root).name
    lines = [
        f"{row['day']} {name(row['issue'])}：新诉求 {row['cases']} 件，应有 {row['expected']:.1f} 件"
        for row in found.iter_rows(named=True)
    ]
    return block, "\n".join(lines)
