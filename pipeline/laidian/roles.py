"""Who speaks on which channel."""

from collections.abc import Mapping, Sequence

from laidian.tables.log import Speaker

AGENT_PHRASES = (
    "为您服务",
    "请问有什么可以帮",
    "请问有什么",
    "工号",
    "您好这里是",
    "客服",
    "感谢您的来电",
    "请稍等",
    "祝您",
    "给您登记",
)
MARGIN = 2  # phrases more than the other channel before a channel is called the agent's


def speakers(channels: int, agent_channel: str | None, texts: Mapping[int, Sequence[str]]) -> dict[int, Speaker]:
    """The speaker of each channel of one recording.

    Args:
        channels: 1 or 2; one channel holds both people, so it is `unknown`.
        agent_channel: "0" or "1" as the contact log says; None or "none": judged by what is said.
        texts: utterances of each channel.
    """
    if channels != 2:
        return dict.fromkeys(range(channels), "unknown")
    if agent_channel in ("0", "1"):
        agent = int(agent_channel)
        return {agent: "agent", 1 - agent: "customer"}
    score = [sum(phrase in text for text in texts.get(c, ()) for phrase in AGENT_PHRASES) for c in (0, 1)]
    if abs(score[0] - score[1]) < MARGIN:
        return {0: "unknown", 1: "unknown"}
    agent = int(score[1] > score[0])
    return {agent: "agent", 1 - agent: "customer"}
