"""The columns of every kind of file, and which column of a file is which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from rapidfuzz import fuzz, process

from laidian.errors import InputError, SettingsError
from laidian.ingest.answers import Resolved
from laidian.settings import Settings
from laidian.tables import Leg, Turn, allowed

Kind = Literal["contacts", "surveys", "tickets", "transcripts", "cues", "events", "audits", "labels"]
Form = Literal[
    "id", "account", "id_number", "text", "name", "phone", "service", "time", "seconds", "number", "count", "yes_no", "flag",
    "names", "choice", "resolved", "turns",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column laidian reads. `chinese`: what logs call it, for suggestions only. `default`: where the cell is empty."""

    name: str
    form: Form = "text"
    chinese: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | None = None


_LEG = allowed(Leg)
_ROLES = allowed(Turn)["role"]

KINDS: Mapping[Kind, tuple[Column, ...]] = {
    "contacts": (
        Column("contact_id", "id", "联络编号 流水号", required=True),
        Column("started_at", "time", "开始时间 来电时间 通话开始时间", required=True),
        Column("call_id", "id", "通话编号 呼叫编号"),
        Column("leg_no", "count", "通话段 段号"),
        Column("previous_contact_id", "id", "上次联络编号 前次流水号"),
        Column("ended_at", "time", "结束时间 挂机时间 通话结束时间"),
        Column("duration_s", "seconds", "时长 通话时长"),
        Column("medium", "choice", "渠道", choices=_LEG["medium"], default="voice"),
        Column("direction", "choice", "呼叫方向 呼叫类型", choices=_LEG["direction"], default="inbound"),
        Column("status", "choice", "状态 接通状态", choices=_LEG["status"], default="answered"),
        Column("phone", "phone", "客户号码 来电号码"),
        Column("caller", "phone", "主叫 主叫号码"),
        Column("callee", "phone", "被叫 被叫号码"),
        Column("contact_phone", "phone", "联系电话"),
        Column("service_number", "service", "业务号码"),
        Column("account_id", "account", "客户编号 账号 户号"),
        Column("id_number", "id_number", "身份证号 证件号码"),
        Column("id_hash", "account", "证件号码摘要"),
        Column("customer_name", "name", "客户姓名 姓名"),
        Column("customer_type", "text", "客户类型"),
        Column("caller_relation", "text", "来电人关系 本人 代办"),
        Column("hotline", "id", "热线 热线号码"),
        Column("region", "text", "地区 归属地"),
        Column("agent_id", "id", "工号 座席 座席工号"),
        Column("team", "text", "班组"),
        Column("queue", "text", "技能组 队列"),
        Column("recording", "names", "录音 录音文件"),
        Column("agent_channel", "choice", "座席声道", choices=_LEG["agent_channel"]),
        Column("end_reason", "text", "结束原因 挂机方"),
        Column("wrap_code", "text", "话后小结"),
        Column("transferred", "flag", "是否转接"),
        Column("queue_s", "seconds", "排队时长"),
        Column("ring_s", "seconds", "振铃时长"),
        Column("talk_s", "seconds", "通话时长"),
        Column("hold_s", "seconds", "保持时长"),
        Column("wrap_s", "seconds", "话后时长 整理时长"),
    ),
    "surveys": (
        Column("contact_id", "id", "联络编号 流水号", required=True),
        Column("asked_at", "time", "调查时间 评价时间"),
        Column("resolved", "yes_no", "是否解决"),
        Column("first_contact", "yes_no", "是否首次来电"),
        Column("prior_contacts", "count", "此前来电次数"),
        Column("reason", "text", "来电原因"),
        Column("score", "number", "评分 满意度"),
    ),
    "tickets": (
        Column("ticket_id", "id", "工单编号 工单号", required=True),
        Column("contact_id", "id", "联络编号 流水号"),
        Column("phone", "phone", "客户号码 联系电话"),
        Column("account_id", "account", "客户编号 账号 户号"),
        Column("opened_at", "time", "建单时间 受理时间", required=True),
        Column("promised_by", "time", "承诺时限 要求完成时间"),
        Column("closed_at", "time", "办结时间 归档时间"),
        Column("status", "text", "工单状态"),
        Column("department", "text", "处理部门 承办单位"),
        Column("reason", "text", "来电原因 工单类型"),
        Column("reopened", "flag", "是否重开"),
        Column("urged", "count", "催单次数"),
        Column("duplicate_of", "id", "重复工单"),
        Column("visit_result", "yes_no", "回访是否解决"),
        Column("level", "text", "工单级别 紧急程度"),
    ),
    "transcripts": (
        Column("contact_id", "id", "联络编号 流水号", required=True),
        Column("turns", "turns", "对话", required=True),
    ),
    "cues": (
        Column("contact_id", "id", "联络编号 流水号", required=True),
        Column("role", "choice", "说话人", required=True, choices=_ROLES),
        Column("kind", "text", "线索类型"),
        Column("prior_contacts", "count", "此前来电次数"),
    ),
    "events": (
        Column("contact_id", "id", "联络编号 流水号", required=True),
        Column("at", "time", "时间 操作时间", required=True),
        Column("step", "text", "步骤 操作", required=True),
    ),
    "audits": (
        Column("contact_id", "id", "联络编号 流水号", required=True),
        Column("is_first", "yes_no", "是否首次", required=True),
        Column("resolved", "resolved", "是否解决", required=True, choices=get_args(Resolved)),
        Column("method", "text", "复核方式"),
        Column("auditor", "text", "复核人"),
        Column("audited_at", "time", "复核时间"),
    ),
    "labels": (
        Column("contact_id", "id", "联络编号 流水号"),
        Column("case_id", "id", "诉求编号"),
        Column("issue_id", "id", "问题点编号"),
        Column("field", "text", "字段", required=True),
        Column("value", "text", "取值", required=True),
        Column("by", "text", "标注人"),
        Column("at", "time", "标注时间"),
    ),
}

TURN = (
    Column("role", "choice", "说话人 角色", required=True, choices=_ROLES),
    Column("text", "text", "文本 内容", required=True),
    Column("start", "seconds", "开始"),
    Column("end", "seconds", "结束"),
)
"""The parts of one turn in `turns` of transcripts."""

ONE_OF: Mapping[Kind, tuple[str, ...]] = {
    "tickets": ("contact_id", "phone", "account_id"),
    "labels": ("contact_id", "case_id", "issue_id"),
}
"""Kinds of which a file must have at least one of these columns."""


@dataclass(frozen=True, slots=True)
class Used:
    """One column of a file that is read: its place from 0, its name there, and what it is here."""

    index: int
    found: str
    column: Column

    @property
    def label(self) -> str:
        """The column as messages name it."""
        return self.column.name if self.found.casefold() == self.column.name else f"{self.column.name} («{self.found}»)"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which column of a file is which. `unknown`: columns kept out -> what each may have meant (null: no idea).

    `missing`: required columns that the file lacks, in order; `a|b` = one of them.
    """

    used: tuple[Used, ...]
    unknown: dict[str, str | None]
    missing: tuple[str, ...]


def plan(kind: Kind, found: tuple[str, ...], settings: Settings, where: str) -> Plan:
    """The columns of a file matched to laidian's: by `[columns.<kind>]` of laidian.toml, else by laidian's own name.

    Raises:
        InputError: two columns of the file are the same column of laidian.
        SettingsError: laidian.toml maps to a column, or maps values of a column, that this kind does not have.
    """
    mapping = settings.columns.get(kind, {})
    check_mapping(kind, settings)
    known = {c.name: c for c in KINDS[kind]}
    used: dict[str, Used] = {}
    unknown: dict[str, str | None] = {}
    for index, name in enumerate(found):
        column = known.get(mapping.get(name, name.casefold()))
        if column is None:
            if name:
                unknown[name] = suggestion(name, KINDS[kind])
        elif column.name in used:
            raise InputError(
                where, f"columns «{used[column.name].found}» and «{name}» both read as {column.name}", "one column for each",
                f"map only one of them in laidian.toml [columns.{kind}]",
            )  # fmt: skip
        else:
            used[column.name] = Used(index, name, column)
    missing = [c.name for c in KINDS[kind] if c.required and c.name not in used]
    if kind in ONE_OF and not any(name in used for name in ONE_OF[kind]):
        missing.append("|".join(ONE_OF[kind]))
    return Plan(tuple(used.values()), unknown, tuple(missing))


def check_mapping(kind: Kind, settings: Settings) -> None:
    """Refuse a mapping in laidian.toml that leads nowhere.

    Raises:
        SettingsError: it names a kind, a column or a value that does not exist.
    """
    columns = KINDS[kind] + (TURN if kind == "transcripts" else ())
    known = {c.name: c for c in columns}
    for section in ("columns", "values"):
        for name in getattr(settings, section):
            if name not in KINDS:
                raise SettingsError(
                    f"laidian.toml [{section}.{name}]", "no such kind of file", " ".join(KINDS), "correct its name"
                )
    for found, name in settings.columns.get(kind, {}).items():
        if name not in known:
            raise _unknown(f"laidian.toml [columns.{kind}] {found}", name, columns)
    for name, values in settings.values.get(kind, {}).items():
        if name not in known:
            raise _unknown(f"laidian.toml [values.{kind}.{name}]", name, columns)
        for value in values.values():
            if known[name].form == "choice" and value and value not in known[name].choices:
                raise SettingsError(
                    f"laidian.toml [values.{kind}.{name}]",
                    f"«{value}»",
                    " ".join(known[name].choices),
                    "map to one of these, or to «»",
                )


def _unknown(where: str, name: str, columns: tuple[Column, ...]) -> SettingsError:
    meant = suggestion(name, columns)
    return SettingsError(
        where,
        f"no column «{name}»",
        " ".join(c.name for c in columns),
        f"did you mean {meant}?" if meant else "choose one of these",
    )


def suggestion(found: str, columns: tuple[Column, ...]) -> str | None:
    """The column a name may have meant, by likeness to laidian's names and to what logs call them; None: none is near.

    >>> [suggestion(name, KINDS["contacts"]) for name in ("contactid", "座席工号", "备注")]
    ['contact_id', 'agent_id', None]
    """
    names = {alias: c.name for c in reversed(columns) for alias in (c.name, *c.chinese.split())}
    best = process.extractOne(found.casefold(), sorted(names), scorer=fuzz.ratio, score_cutoff=75)
    return None if best is None else names[best[0]]


def missing_error(kind: Kind, where: str, found: tuple[str, ...], plan: Plan) -> InputError:
    """The message for a file that lacks required columns: what it has, and the lines to add to laidian.toml."""
    if not plan.used and any(sum(c.isdigit() for c in name) >= 5 for name in found):
        return InputError(
            where, "a first line that looks like a row", "a first line of column names", "add one, or delete the lines above it"
        )  # the line is not repeated: it may hold a customer's number
    likely = {meant: name for name, meant in plan.unknown.items() if meant}
    lines = [f'{quoted(likely.get(m, "<column in the file>"))} = "{m}"' for m in (part.split("|")[0] for part in plan.missing)]
    return InputError(
        where, f"columns {', '.join(name for name in found if name) or 'without names'}",
        f"also {', '.join(m.replace('|', ' or ') for m in plan.missing)}",
        f"add under [columns.{kind}] in laidian.toml: {' and '.join(lines)}",
    )  # fmt: skip


def quoted(name: str) -> str:
    """A TOML key; quoted always, for column names may hold anything."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
