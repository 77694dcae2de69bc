"""The list of figures: what each one leaves out, in which order, and what it counts. Declarations only, as SQL over `facts`."""

from collections.abc import Iterable
from dataclasses import dataclass

from laidian.calendar import Window, parse_window

UNKNOWN = "unknown"  # group of contacts for which the log does not say
GROUPS = ("agent", "team", "queue", "reason", "customer_type", "day")

Out = tuple[str, str]  # reason for leaving a contact out, SQL condition


@dataclass(frozen=True, slots=True)
class Figure:
    """One definition. `out` is tried in order: a contact is left out for the first reason that holds, and counted there once.

    `hit`: SQL condition of the numerator. `count`: SQL aggregate of a bare count instead (no denominator).
    `by`: contacts outside the population are left out first unless `population` is false. `grouped`: also by each of GROUPS.
    """

    definition: str
    out: tuple[Out, ...]
    hit: str = "true"
    count: str | None = None
    population: bool = True
    grouped: bool = False


_NO_IDENTITY: Out = ("no_identity", "NOT identified")
_NO_REASON: tuple[Out, ...] = (("faulty_recording", "reason IS NULL AND faulty"), ("no_reason", "reason IS NULL"))
_NO_TEXT: tuple[Out, ...] = (("faulty_recording", "faulty"), ("no_text", "NOT has_text"))
_SEVERAL: Out = ("several_by_nature", "nature = 'several'")
_GROUPED_WINDOW = "7d"


def _clock(column: str, workdays: bool) -> str:
    return f"{column}_workdays" if workdays else column


def _known(kind: str) -> tuple[Out, ...]:
    if kind == "phone":
        return (("no_number", "NOT has_phone"),)
    return (_NO_IDENTITY, *(_NO_REASON if kind == "same" else ()))


def _immature_before(window: Window) -> tuple[Out, ...]:
    if window.before is None:
        return ()
    return (("immature_before", f"{_clock('covered_before', window.before_workdays)} < {window.before}"),)


def _immature_after(window: Window) -> Out:
    return "immature_after", f"{_clock('covered_after', window.after_workdays)} < {window.after} OR promise_runs"


def _came_before(kind: str, window: Window) -> str:
    return f"{_clock(f'{kind}_before', window.before_workdays)} <= {window.before}"


def _not_first(kind: str, window: Window) -> tuple[Out, ...]:
    return () if window.before is None else (("not_first", _came_before(kind, window)),)


def _followed(kind: str, window: Window) -> str:
    return f"coalesce({_clock(f'{kind}_after', window.after_workdays)} <= {window.after}, false)"


def _windowed(text: str, kind: str) -> Iterable[Figure]:
    grouped = kind == "same" and text == _GROUPED_WINDOW
    window, known = parse_window(text), _known(kind)
    again, after = _followed(kind, window), _immature_after(window)
    out = (*known, *_immature_before(window), after, *_not_first(kind, window))
    yield Figure(f"window_fcr.{text}.{kind}", out, f"NOT {again}", grouped=grouped)
    if ":" in text:  # looking one way only, there is but one window
        return
    if kind == "same":
        yield Figure(f"window_fcr.{text}.same_net", (*out, _SEVERAL), f"NOT {again}")
    yield Figure(f"followed_by_repeat.{text}.{kind}", (*known, after), again, grouped=grouped)
    is_repeat = f"inbound AND coalesce({_came_before(kind, window)}, false)"
    yield Figure(f"repeat_share.{text}.{kind}", (*known, *_immature_before(window)), is_repeat, grouped=grouped)


def _bridge() -> Iterable[Figure]:
    """From the switch's number to the window figure, one step a row."""
    day, week = parse_window("24h"), parse_window("7d")
    number, person, problem = (f"NOT {_followed(kind, day)}" for kind in ("phone", "any", "same"))
    known = _known("same")
    mature = (*_immature_before(day), _immature_after(day))
    mature_week = (*_immature_before(week), _immature_after(week))
    yield Figure("same_number_24h", (), number)
    yield Figure("bridge.1_same_number_24h", (), number)
    yield Figure("bridge.2_identity", (_NO_IDENTITY,), person)
    yield Figure("bridge.3_same_reason", known, problem)
    yield Figure("bridge.4_both_windows", (*known, *_not_first("same", day)), problem)
    yield Figure("bridge.5_mature", (*known, *mature, *_not_first("same", day)), problem)
    yield Figure("bridge.6_window_7d", (*known, *mature_week, *_not_first("same", week)), f"NOT {_followed('same', week)}")


def _single() -> Iterable[Figure]:
    no_case: Out = ("no_case", "case_key IS NULL")
    later: Out = ("not_first", "NOT case_first")
    by_case = (_NO_IDENTITY, no_case, _immature_after(parse_window("7d")), later)
    yield Figure("linked_fcr", by_case, "NOT case_followed")
    yield Figure("linked_fcr_net", (*by_case, _SEVERAL), "NOT case_followed")
    yield Figure("cue_contacts", _NO_TEXT, "cued")
    yield Figure("cue_without_earlier", (*_NO_TEXT, ("no_cue", "NOT cued")), "NOT linked")
    yield Figure("link_recall", (*_NO_TEXT, ("no_cue", "NOT cued")), "linked")
    yield Figure("cue_recall", (*_NO_TEXT, ("not_linked", "NOT linked")), "cued")
    yield Figure("survey_resolved", (("not_answered", "said_resolved IS NULL"),), "said_resolved = 'yes'")
    both: Out = ("not_answered", "said_first IS NULL OR said_resolved IS NULL")
    yield Figure("survey_fcr", (both, ("not_first", "said_first = 'no'")), "said_resolved = 'yes'")
    yield Figure("survey_first_contact", (("not_answered", "said_first IS NULL"),), "said_first = 'yes'")
    yield Figure("survey_answered", (), "answered_survey = 'yes'")
    said_yes: Out = ("not_answered", "said_resolved IS NULL")
    week = parse_window("7d")
    yes = (said_yes, ("said_no", "said_resolved = 'no'"), *_known("same"), _immature_after(week))
    yield Figure("survey_yes_followed", yes, _followed("same", week))
    yield Figure("transfer_rate", (), "transferred")
    no_ticket: Out = ("no_ticket", "NOT ticketed")
    yield Figure("ticket_closed", (no_ticket,), "ticket_done")
    pending: Out = ("ticket_not_due", "NOT ticket_due")
    yield Figure("ticket_fcr", (no_ticket, pending, ("not_first", "ticket_again")), "ticket_once")
    yield Figure("visit_resolved", (no_ticket, ("not_visited", "visited IS NULL")), "visited = 'yes'")
    yield Figure("wrap_code_reason", _NO_REASON, "reason_source = 'wrap_code'")
    yield Figure("contacts", (), count="count(*)", population=False)
    yield Figure("population", (), count="count(*)", grouped=True)
    yield Figure("customers", (_NO_IDENTITY,), count="count(DISTINCT customer_key)")
    yield Figure("cases", (("no_case", "case_key IS NULL"),), count="count(DISTINCT case_key)")


def _by_number(heavy: tuple[int, int]) -> Iterable[Figure]:
    """What operators' own reports count, by number alone."""
    calls, days = heavy
    known, hours, week = _known("phone"), parse_window("2h"), parse_window("7d")
    yield Figure("same_number_2h_repeat", (), _followed("phone", hours))
    out = (*known, *_immature_before(week), _immature_after(week), *_not_first("phone", week))
    yield Figure("same_number_fcr", out, f"NOT {_followed('phone', week)}")
    early = _immature_before(parse_window(f"{days}d"))
    yield Figure("heavy_caller", (*known, *early), f"inbound AND phone_calls >= {calls}")


def figures(windows: Iterable[str], heavy: tuple[int, int] = (3, 7)) -> tuple[Figure, ...]:
    """Every figure of a report, windows in the order given, each once.

    Args:
        windows: as `laidian.calendar.parse_window` reads them.
        heavy: calls of one number, within days, that make a heavy caller; the days are those `facts` counted in.

    Raises:
        SettingsError: a window cannot be read.
    """
    windowed = (f for window in dict.fromkeys(windows) for kind in ("any", "same", "phone") for f in _windowed(window, kind))
    return (*windowed, *_by_number(heavy), *_bridge(), *_single())
