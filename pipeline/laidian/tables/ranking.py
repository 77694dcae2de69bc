"""What the meeting ranks: the lines of the TOP lists."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from laidian.tables.row import Row

Ranking = Literal["common", "unresolved", "escalated"]


@dataclass(frozen=True, slots=True)
class Issue(Row):
    """One line of a TOP list over a period (bounds inclusive, business days), of all contacts or of one group of them.

    `ranking`: `common` (常见, by contacts), `unresolved` (未解决, by `burden`) or `escalated` (by contacts in which the
    customer wanted to take it higher). `group_by` is `all`, customer_type, trade, queue or region. `issue` is the third level,
    or `<reason>.other` where contacts of a reason name no issue.

    **Counted**: `contacts`: in the population with this primary reason and issue; `repeats`: those among them followed by a
    repeat; `cases`, `customers`: distinct; `cue_contacts`: with a customer's repeat cue. `share`, `cumulative_share`: of
    contacts (common), of contacts followed by a repeat (unresolved), of escalated contacts. `evidence`: up to three
    `contact_id/recording_no/turn`. `rank_low`..`rank_high`: 95 % of the resamples of the customers put it there.

    **Burden**: `opened`: cases whose first contact of the period has this issue; `shrunk_rate`: share of them followed by a
    repeat, drawn towards the whole as far as chance explains it; `reference_rate`: what can be reached (`issues.reference`);
    `extra_contacts`: repeats of a case that has any; `handled_s`: mean seconds of a contact. `excess_contacts` = opened ·
    max(0, shrunk_rate - reference_rate) · extra_contacts; `burden` = those · hours · `issues.cost_per_hour`; `burden_low`: its
    10 % quantile over resampled customers. `pareto`: one of the fewest issues that hold 80 % (of contacts, burden, escalated).

    **Classes**: `classes`: 共性 common, 热点 hot, 难点 difficult. `spread` over agents and queues, 0..1; `hot_ratio`, `hot_low`:
    new cases against those to be expected from the weeks before (EBGM, EB05); `trend`: Kendall's tau over the latest buckets,
    `trend_q`: its false discovery rate; `difficulty` 0..1; `typical_case`: 典型, the case nearest to the issue's middle.

    **Compared**: `*_before`, `*_year`: of the period before (环比) and a year before (同比), null where the log does not reach.
    `watched`: contacts the log covers for `issues.window_days` after; `watched_rate`: share of them followed within it, so
    that a young period is not compared with an old one; `change_low`..`change_high`: 95 % interval of its change against the
    period before. `target`: the rate to keep to (null: none set).

    Null in columns after `evidence`: not known, or a list made before they came.
    """

    TABLE: ClassVar[str] = "issues"
    KEY: ClassVar[tuple[str, ...]] = ("ranking", "from_day", "to_day", "group_by", "group", "rank")
    BY_DAY: ClassVar[bool] = False

    ranking: Ranking
    from_day: date
    to_day: date
    rank: int
    reason: str
    issue: str
    contacts: int
    cases: int
    customers: int
    repeats: int
    repeat_rate: float | None
    cue_contacts: int
    share: float
    cumulative_share: float
    evidence: list[str]
    group_by: str | None
    group: str | None
    rank_low: int | None
    rank_high: int | None
    opened: int | None
    shrunk_rate: float | None
    reference_rate: float | None
    extra_contacts: float | None
    handled_s: float | None
    excess_contacts: float | None
    burden: float | None
    burden_low: float | None
    pareto: bool | None
    escalated: int | None
    classes: list[str] | None
    spread: float | None
    hot_ratio: float | None
    hot_low: float | None
    trend: float | None
    trend_q: float | None
    difficulty: float | None
    typical_case: str | None
    contacts_before: int | None
    contacts_year: int | None
    watched: int | None
    watched_rate: float | None
    watched_rate_before: float | None
    watched_rate_year: float | None
    change_low: float | None
    change_high: float | None
    target: float | None


Verdict = Literal["fewer", "more", "not_told", "too_early", "no_others"]


@dataclass(frozen=True, slots=True)
class ActionEffect(Row):
    """One action of the register (整改登记) and what came of it by the report's day.

    The rate is the share of cases begun in which the customer came back within `issues.window_days`. `target`: the rate to be
    reached (null: none named). `*_before`, `*_after`: cases begun and those followed, at most `issues.action_days` before the
    start and from it on; `days` watched since. `others`: issues without an action that it is compared with, `others_change`
    how their rates changed (ratio less one). `change`: of this issue's rate beyond that, with its 95 % interval (null: too few
    cases or others). `power`: chance that a change down to the target (else by a fifth) would have been told; `detectable`:
    the smallest cut told with a chance of 80 %. `verdict`: the interval is below zero (fewer), above (more), holds it
    (not_told), or there are too few cases (too_early) or issues without an action (no_others).
    """

    TABLE: ClassVar[str] = "action_effects"
    KEY: ClassVar[tuple[str, ...]] = ("starts", "issue")
    BY_DAY: ClassVar[bool] = False

    issue: str
    what: str
    owner: str
    starts: date
    target: float | None
    followed_before: int
    cases_before: int
    followed_after: int
    cases_after: int
    days: int
    others: int
    others_change: float | None
    change: float | None
    low: float | None
    high: float | None
    power: float | None
    detectable: float | None
    verdict: Verdict
