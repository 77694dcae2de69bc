"""`laidian demo --log`: a simulated contact log without audio through the same chain, and the estimates beside the truth."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from laidian import steps, workspace
from laidian.simulate import SCENARIOS, Simulated, judge, simulate
from laidian.simulate.scenarios import OPENS

SCENARIO = replace(SCENARIOS["base"], customers=4000, days=60)
SEED, AUDITS = 20250303, 400
FIRST = OPENS.date()
LAST = FIRST + timedelta(SCENARIO.days - 1)
SHOWN = ("same_number_24h", "window_fcr.24h.same", "window_fcr.7d.same", "window_fcr.30d.same", "linked_fcr", "survey_resolved",
         "fcr_bounds", "estimate_strict", "estimate_promise", "contact_resolution")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogResult:
    """What the demo shows. `truth`: of the drawn days, by the name of the estimate; `figures`: rows as `laidian fcr` prints."""

    workspace: str
    files: list[str]
    contacts: int
    audits: int
    from_day: date
    to_day: date
    truth: dict[str, float]
    figures: list[dict[str, Any]]


def run(root: Path, night: Callable[[Path, date, date], list[str]], say: Callable[[str], None]) -> LogResult:
    """Simulates a log, ingests it, runs the night, draws an audit, answers it from the truth, and reports again."""
    say(f"{'making' if workspace.create(root) else 'using'} the workspace {root}")
    made = simulate(SCENARIO, SEED)
    paths = made.write(root / "simulated")
    with workspace.locked(root):
        for kind, path in paths.items():
            taken = steps.take(root, kind, path)  # type: ignore[arg-type]
            say(f"read {path.name}: {taken.rows} rows, {taken.rejected} rejected")
    say(f"running {SCENARIO.days} business days; no recording, so no recogniser is needed")
    night(root, FIRST, LAST)
    with workspace.locked(root):
        drawn = steps.draw_audit(root, AUDITS, SEED, (FIRST, LAST))
        answers = root / "simulated" / "audits.csv"
        judge(made.truth, steps.drawn_contacts(root, made.truth["contact_id"]), SEED, unknown=0.01).write_csv(answers)
        taken = steps.take(root, "audits", answers)
        say(f"drew {AUDITS} of {drawn.draw.population} contacts; the simulated auditor judged {taken.rows}")
        steps.outcomes(root)  # the night before knew no audit
        files = steps.report(root, FIRST, LAST)
    found = {row["definition"]: row for row in steps.figures(root, (FIRST, LAST))}
    shown = [found[name] for name in SHOWN]
    return LogResult(str(root), files, made.truth.height, taken.rows, FIRST, LAST, _truth(made), shown)


def _truth(made: Simulated) -> dict[str, float]:
    first = made.truth.filter("is_first")
    settled, hung_up = first["resolved"] != "no", first["resolved"] == "at_hangup"
    everybody = made.truth["resolved"] != "no"
    shares = {
        "estimate_promise": settled.mean(), "estimate_strict": (hung_up & ~first["transferred"]).mean(),
        "contact_resolution": everybody.mean(),
    }  # fmt: skip
    return {name: float(share) for name, share in shares.items() if isinstance(share, float)}


def text(result: LogResult) -> str:
    """The result for a reader."""

    def line(row: dict[str, Any]) -> str:
        def percent(share: float | None) -> str:
            return "      -" if share is None else f"{100 * share:6.1f}%"

        truth = result.truth.get(row["definition"])
        beside = "" if truth is None else f"   truth {percent(truth)}"
        return f"  {row['definition']:<22}{percent(row['value'])}  [{percent(row['low'])},{percent(row['high'])} ]{beside}"

    return "\n".join(
        [
            f"{result.contacts} served contacts, {result.from_day} to {result.to_day}, {result.audits} audited; [95 % interval]:",
            *map(line, result.figures),
            *(f"{'report  ' if file.endswith('.html') else 'workbook'}: {file}" for file in result.files),
        ]
    )
