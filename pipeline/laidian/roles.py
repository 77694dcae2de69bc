"""Who speaks: by channel, by what is said, and on one channel by voice as well."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from laidian.zh.syllables import near

if TYPE_CHECKING:  # the tables bring polars, which `laidian transcribe` does without
    from laidian.tables.log import Speaker

# What agents and customers of any contact centre say, compared by near syllables: recognisers spell it many ways. The weight is
# a judgement in log odds (1 = 2.7 times as likely from one as from the other).
AGENT_PHRASES = {
    3.0: "为您服务 请问有什么 有什么可以帮".split(),  # noqa: SIM905
    2.5: "可以帮您 感谢您的来电 感谢来电 祝您 请提供 非常抱歉".split(),  # noqa: SIM905
    2.0: "您好这里是 为您 请您 请保持 还有其他 其他需要 请谅解 带来不便 温馨提示".split(),  # noqa: SIM905
    1.5: "工号 感谢您的 请稍等 给您 帮您 您那边 您这边 抱歉 先生 女士 已经给您".split(),  # noqa: SIM905
    1.2: "核实".split(),  # noqa: SIM905
    1.0: "客服 跟您 您的 请问 登记 工作人员 小时之内 工作日 机主 别着急".split(),  # noqa: SIM905
    0.8: "之内".split(),  # noqa: SIM905
    0.7: "这边 查到".split(),  # noqa: SIM905
    0.5: "是的".split(),  # noqa: SIM905
}
CUSTOMER_PHRASES = {
    2.0: "我家 你们 我们家 我们小区 凭什么 你帮我".split(),  # noqa: SIM905
    1.5: "我想 我这个 我那个 我昨天 我今天 我上个月 行吧 谢谢啊 谢谢你 麻烦你 帮我 给我 跟我说 我都 我妈 我爱人 同志".split(),  # noqa: SIM905
    1.2: "我要 我刚 那行 我试 我打".split(),  # noqa: SIM905
    1.0: "我的 为什么 投诉 我不 到底 我老 我等 啥".split(),  # noqa: SIM905
    0.8: "怎么".split(),  # noqa: SIM905
    0.7: "我是 你好 多少钱 我记".split(),  # noqa: SIM905
}
MOST = 4.0  # log odds one utterance may give: a phrase can be quoted, a word misheard
SURE = 2.0  # log odds between two channels from which their speakers are named
SWAPPED = 4.0  # the same against the contact log, from which it is not believed
LOGGED = 4.0  # log odds that the contact log names the agent's channel rightly
FIRST = 1.0  # log odds that the first utterance of a call is the agent's
OTHER = 0.6  # probability that the next utterance on one channel is the other's; scripted calls alternate more than people
NAMED = 0.65  # probability from which a speaker on one channel is named


class Role(NamedTuple):
    """Who said an utterance, and how likely: 0.5..1, or 0.5 where unknown."""

    speaker: "Speaker"
    probability: float


def leaning(text: str) -> float:
    """Log odds that an agent says this rather than a customer; 0 where nothing tells.

    >>> leaning("您好，请问有什么可以帮您") > 3, leaning("我家宽带你们修了没有") < -3, leaning("好的")
    (True, True, 0.0)
    """
    sound = _sound(text)
    found = sum(w for phrase, w in _AGENT if phrase in sound) - sum(w for phrase, w in _CUSTOMER if phrase in sound)
    found += 0.5 * min(2, text.count("您"))  # heard alike, but written 您 only where it was said so
    return max(-MOST, min(MOST, found))


def _sound(text: str) -> str:
    return " " + " ".join(near("".join(c for c in text if c.isalnum()))) + " "


_AGENT = tuple((_sound(phrase), weight) for weight, phrases in AGENT_PHRASES.items() for phrase in phrases)
_CUSTOMER = tuple((_sound(phrase), weight) for weight, phrases in CUSTOMER_PHRASES.items() for phrase in phrases)


def speakers(channels: int, agent_channel: str | None, texts: Mapping[int, Sequence[str]]) -> "dict[int, Speaker]":
    """The speaker of each channel of one recording.

    Args:
        channels: 1 or 2; one channel holds both people, so it is `unknown`: see `on_one_channel`.
        agent_channel: "0" or "1" as the contact log says; None or "none": judged by what is said. Where what is said
            contradicts the log strongly, the log is not believed.
        texts: utterances of each channel.
    """
    if channels != 2:
        return dict.fromkeys(range(channels), "unknown")
    lean = _difference(texts)
    if agent_channel in ("0", "1"):
        agent = 1 - int(agent_channel) if contradicted(agent_channel, texts) else int(agent_channel)
    elif abs(lean) < SURE:
        return {0: "unknown", 1: "unknown"}
    else:
        agent = int(lean < 0)
    return {agent: "agent", 1 - agent: "customer"}


def by_channel(agent_channel: str | None, texts: Mapping[int, Sequence[str]]) -> dict[int, Role]:
    """`speakers` of two channels, each with its probability: what is said, and the log where there is one."""
    lean = _difference(texts)
    if agent_channel in ("0", "1"):
        lean += LOGGED if agent_channel == "0" else -LOGGED
    sure = round(_probability(abs(lean)), 3)
    return {channel: Role(who, sure) for channel, who in speakers(2, agent_channel, texts).items()}


def contradicted(agent_channel: str | None, texts: Mapping[int, Sequence[str]]) -> bool:
    """Whether what is said shows that the contact log has the two channels the wrong way round."""
    if agent_channel not in ("0", "1"):
        return False
    return _difference(texts) * (1 if agent_channel == "0" else -1) <= -SWAPPED


def _difference(texts: Mapping[int, Sequence[str]]) -> float:
    """Log odds that channel 0 is the agent's and channel 1 the customer's, rather than the other way round."""
    return sum(leaning(text) for text in texts.get(0, ())) - sum(leaning(text) for text in texts.get(1, ()))


def on_one_channel(texts: Sequence[str], voices: Sequence[float | None]) -> list[Role]:
    """Who said each utterance of a recording that holds both people on one channel, in order.

    Two readings are weighed: the first voice is the agent's, or the second is. Each utterance votes for one by its text as
    far as its voice is known; then text, voice and the utterances around, for people take turns, say who spoke.

    Args:
        texts: the utterances in order of start.
        voices: log odds that each was spoken by the first of two voices (see `transcribe.voices`); null: not told apart.
    """
    lean = [leaning(text) + (FIRST if number == 0 else 0.0) for number, text in enumerate(texts)]
    known = [0.0 if voice is None else voice for voice in voices]
    weight, agent_if_first = _read(lean, known)
    other_weight, agent_if_second = _read(lean, [-voice for voice in known])
    agent_first = _probability(weight - other_weight)
    roles: list[Role] = []
    for if_first, if_second in zip(agent_if_first, agent_if_second, strict=True):
        agent = agent_first * if_first + (1 - agent_first) * if_second
        likely: Speaker = "agent" if agent >= 0.5 else "customer"
        sure = max(agent, 1 - agent)
        roles.append(Role(likely if sure >= NAMED else "unknown", round(sure, 3)))
    return roles


def _read(lean: Sequence[float], voices: Sequence[float]) -> tuple[float, list[float]]:
    """One reading: its log weight, and how likely each utterance is the agent's, by the forward-backward algorithm.

    Args:
        lean: log odds of the agent by what is said.
        voices: the same by the voice, if this reading is right.
    """
    fits = [
        (p * q, (1 - p) * (1 - q)) for p, q in ((_probability(t), _probability(v)) for t, v in zip(lean, voices, strict=True))
    ]
    weight, before = 0.0, (0.5, 0.5)
    forward: list[tuple[float, float]] = []
    for agent, customer in fits:
        ahead = _turned(before) if forward else before
        scale = agent * ahead[0] + customer * ahead[1]
        before = (agent * ahead[0] / scale, customer * ahead[1] / scale)
        forward.append(before)
        weight += math.log(scale)
    likely = [0.0] * len(fits)
    after = (1.0, 1.0)
    for i in range(len(fits) - 1, -1, -1):
        both = (forward[i][0] * after[0], forward[i][1] * after[1])
        likely[i] = both[0] / sum(both)
        back = _turned((fits[i][0] * after[0], fits[i][1] * after[1]))
        after = (back[0] / sum(back), back[1] / sum(back))
    return weight, likely


def _turned(chances: tuple[float, float]) -> tuple[float, float]:
    """The chances of agent and customer for the neighbouring utterance."""
    agent, customer = chances
    return agent * (1 - OTHER) + customer * OTHER, agent * OTHER + customer * (1 - OTHER)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
