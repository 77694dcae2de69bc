"""The night reads an answer with the agent's question before it, as `laidian tag` does."""

import pytest
from laidian.cues import answer, find_in_talk, load_lexicon
from laidian.tables import Cue, Spoken, from_rows

ASKED = "您之前打过电话吗"


def talk(*turns: tuple[str, str, str]) -> list[tuple[str, int, str, int | None]]:
    """(contact, speaker, text) in their order -> the customers' (contact, turn, kind, prior contacts)."""
    rows = [Spoken(contact, 1, n, None, who, None, None, text, None) for n, (contact, who, text) in enumerate(turns)]  # type: ignore[arg-type]
    found = find_in_talk(from_rows(rows, Spoken), load_lexicon())
    assert found.select(Cue.KEY).is_duplicated().sum() == 0
    kept = found.filter(found["speaker"] != "agent").select("contact_id", "turn", "kind", "prior_contacts")
    return [tuple(row) for row in kept.iter_rows()]


@pytest.mark.parametrize(
    ("turns", "cues"),
    [
        ([("A", "agent", ASKED), ("A", "customer", "打过")], [("A", 1, "prior_contact", None)]),
        ([("A", "agent", ASKED), ("A", "customer", "第三次")], [("A", 1, "explicit_count", 2)]),
        ([("A", "agent", ASKED), ("A", "customer", "没有")], []),
        ([("A", "agent", "请问您的号码是多少"), ("A", "customer", "对")], []),
        ([("A", "agent", ASKED), ("A", "agent", "请稍等"), ("A", "customer", "对")], []),  # the answer to something else
        ([("A", "agent", ASKED), ("B", "customer", "对")], []),  # another call
        ([("A", "agent", ASKED), ("A", "unknown", "对")], []),  # perhaps the agent's own next words
    ],
)
def test_an_answer_counts_with_its_question(
    turns: list[tuple[str, str, str]], cues: list[tuple[str, int, str, int | None]]
) -> None:
    assert talk(*turns) == cues


def test_it_says_what_the_single_answer_says() -> None:
    said = answer(ASKED, "打过两次", load_lexicon())
    assert said is not None
    assert ("A", 1, said.kind, said.prior_contacts) in talk(("A", "agent", ASKED), ("A", "customer", "打过两次"))
