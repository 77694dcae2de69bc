"""What a simulated contact centre is like. Every number is a judgement about the trade, none is measured on anybody's log."""

from dataclasses import dataclass
from datetime import datetime

OPENS = datetime(2025, 3, 3)
"""Where a simulated log opens: a Monday, midnight, wall time."""


@dataclass(frozen=True, slots=True)
class ReasonProfile:
    """One call reason of the simulated centre.

    `share`: part of the problems. `settle`: chance that one contact settles it while the line is open; `promise`: that it is
    settled within the time told. `returns`: chance that a settled problem comes back as a new one within weeks.
    """

    code: str
    share: float
    settle: float
    promise: float
    returns: float


REASONS: tuple[ReasonProfile, ...] = (
    ReasonProfile("宽带故障", 0.19, 0.40, 0.24, 0.10),
    ReasonProfile("费用争议", 0.16, 0.55, 0.12, 0.03),
    ReasonProfile("话费余额与账单查询", 0.14, 0.93, 0.01, 0.30),
    ReasonProfile("套餐变更与退订", 0.13, 0.72, 0.08, 0.04),
    ReasonProfile("手机信号与移动网络", 0.10, 0.42, 0.16, 0.09),
    ReasonProfile("宽带装机移机", 0.09, 0.30, 0.36, 0.02),
    ReasonProfile("电视机顶盒故障", 0.06, 0.56, 0.16, 0.08),
    ReasonProfile("充值缴费问题", 0.05, 0.76, 0.07, 0.05),
    ReasonProfile("停机复机", 0.05, 0.85, 0.03, 0.06),
    ReasonProfile("增值业务", 0.03, 0.68, 0.08, 0.04),
)
"""Codes are names of the telecom taxonomy, as an agent's wrap-up list would have them."""

STEPS: dict[str, tuple[str, ...]] = {
    "宽带故障": ("核实身份", "远程测线路", "指导重启光猫", "确认恢复或派单"),
    "费用争议": ("核实身份", "查账单明细", "说明或退费"),
    "宽带装机移机": ("核实身份", "查装机资源", "预约上门", "告知时限"),
}
"""What the agent's desktop writes for a contact about these codes, in order: the names of models/procedures/telecom.toml."""

FAULTS = ("宽带故障", "手机信号与移动网络", "宽带装机移机", "电视机顶盒故障")
"""Go to the queue of faults, all others to the general one."""

PERIODIC = "话费余额与账单查询"
"""Comes back by the calendar, about every 30 days."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of contact centre.

    `customers`, `days`: size of the log; problems of 60 days before it opens are simulated as well, unseen. `problems`: of one
    customer in 30 days. `easier`: added to every reason's chance of settling. `give_up`: chance that a customer whose problem
    was not settled never comes back. `deferring`: share of agents who send unsettled customers away for more than a week.
    `specialised`: chance that a contact goes to the half of the agents who serve its queue (0: to anybody).
    `outside`: chance that a contact is made where no log sees it (a branch). `phone`, `account`, `id_hash`, `name`, `service`:
    chance that a contact's row states it; `masked`: of a stated phone that only a mask is; `other_phone`: that the customer
    calls from another number. `cue`: chance that a customer who has been here before says so.
    """

    name: str
    customers: int = 6100
    days: int = 90
    problems: float = 0.42
    easier: float = 0.0
    give_up: float = 0.20
    deferring: float = 0.0
    specialised: float = 0.0
    outside: float = 0.04
    phone: float = 0.96
    masked: float = 0.02
    other_phone: float = 0.07
    account: float = 0.55
    id_hash: float = 0.10
    name_stated: float = 0.60
    service: float = 0.30
    cue: float = 0.35


SCENARIOS: dict[str, Scenario] = {
    s.name: s
    for s in (
        Scenario("base"),
        Scenario("give_ups", give_up=0.50),
        Scenario("deferral", deferring=0.5),
        Scenario(
            "weak_identifiers", phone=0.90, masked=0.15, other_phone=0.25, account=0.12, id_hash=0.02, name_stated=0.45,
            service=0.08,
        ),
        Scenario("high_fcr", easier=0.22, customers=6900),
    )
}  # fmt: skip
