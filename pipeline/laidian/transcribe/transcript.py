"""What one recording says, as the vault keeps it."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance of one channel. `confidence`: mean word probability weighted by characters, 0..1.

    `voice`: on a channel that holds two people, log odds that the first of them speaks (null: not told apart, or two channels).
    """

    channel: int
    start: float
    end: float
    text: str
    confidence: float
    voice: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one recording says: no roles of people yet. `speech_s`: seconds of speech kept per channel.

    `error`: why it could not be decoded (null: it could); then everything else is empty.
    """

    sha256: str
    duration_s: float | None
    channels: int | None
    faults: list[str]
    speech_s: list[float]
    utterances: list[Heard]
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data for the cache."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Transcript":
        """The transcript that `as_json` wrote."""
        return cls(**{**data, "utterances": [Heard(**u) for u in data["utterances"]]})
