"""The examples that patterns and vetoes bring along: each must be found, or left, by the grammar alone."""

from collections.abc import Iterator

from laidian.cues.find import Found, find_in_text
from laidian.cues.lexicon import Lexicon, Pattern, Veto
from laidian.errors import InputError

_MORE = {"prior_contact": {"prior_contact", "explicit_count"}}  # a stated count says more than a prior contact


def prove(lexicon: Lexicon) -> int:
    """Checks every example of every pattern and veto; how many there are.

    Raises:
        InputError: an example is found that must not be, or is not found that must be; the message names rule and example.
    """
    count = 0
    rules: list[Pattern | Veto] = [*lexicon.patterns, *lexicon.vetoes]
    for rule in rules:
        for example, expected, held in _pattern(rule, lexicon) if isinstance(rule, Pattern) else _veto(rule, lexicon):
            count += 1
            if not held:
                found = f"«{example}» does not give {expected}"
                raise InputError(f"cue lexicon [{rule.name}]", found, "what its example says", "correct the form or the example")
    return count


def _pattern(rule: Pattern, lexicon: Lexicon) -> Iterator[tuple[str, str, bool]]:
    for example in (*rule.matches, *rule.counts):
        yield example, f"a cue {rule.kind}", bool(_kinds(example, lexicon) & _MORE.get(rule.kind, {rule.kind}))
    for example, number in rule.counts.items():
        yield example, f"{number} earlier contacts", number in {f.prior_contacts for f in _found(example, lexicon)}
    for example in rule.unlike:
        yield example, f"no cue {rule.kind}", rule.kind not in _kinds(example, lexicon)


def _veto(rule: Veto, lexicon: Lexicon) -> Iterator[tuple[str, str, bool]]:
    kinds = set(rule.kinds or lexicon.kinds)
    for example in rule.matches:
        yield example, f"no cue {' '.join(sorted(kinds))}", not _kinds(example, lexicon) & kinds
    for example in rule.keeps:
        yield example, f"a cue {' '.join(sorted(kinds))}", bool(_kinds(example, lexicon) & kinds)


def _kinds(example: str, lexicon: Lexicon) -> set[str]:
    return {found.kind for found in _found(example, lexicon)}


def _found(example: str, lexicon: Lexicon) -> list[Found]:
    return [f for speaker in ("customer", "agent") for f in find_in_text(example, speaker, lexicon, learned=False)]
