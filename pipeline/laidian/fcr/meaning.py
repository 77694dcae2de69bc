"""The form of a definition, and what several of them read."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition. `reads`: the `table.column`s that decide it.

    `{w}` stands for the window, `{b}` for the one before where there are two, in each language's words.
    """

    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    numerator_zh: str
    denominator_zh: str
    reads: tuple[str, ...] = ()


GAP = ("contacts.started_at", "contacts.ended_at", "contacts.in_population", "customers.customer_key")
SAME = (*GAP, "reasons.reason", "reasons.primary")
NUMBER = ("contacts.started_at", "contacts.ended_at", "contacts.in_population", "contacts.phone_key")

_NET_ZH = "净口径：原因本身决定一次办不完的（如装机、移机，见原因分类 by_nature_multi）不计；其余同“{gross}”。"
_NET_EN = "Net: contacts whose reason one contact cannot settle by its nature (by_nature_multi) are left out; else as {gross}."


def net(gross: Definition, name_zh: str, name_en: str, of: tuple[str, str]) -> Definition:
    """The net figure of a gross one; `of`: what the gross one is called in each language."""
    return replace(
        gross, name_zh=name_zh, name_en=name_en, text_zh=_NET_ZH.replace("{gross}", of[0]),
        text_en=_NET_EN.replace("{gross}", of[1]), reads=tuple(dict.fromkeys((*gross.reads, "reasons.reason"))),
    )  # fmt: skip
