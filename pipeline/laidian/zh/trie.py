"""The automaton of Aho and Corasick (1975): many words found in one pass over a text, whatever their number."""

import numpy as np
import numpy.typing as npt


def complete(children: list[dict[int, int]], width: int) -> tuple[npt.NDArray[np.int32], list[int], list[int]]:
    """Steps of a trie where no child goes on: the step of the longest suffix that is also a beginning.

    Returns:
        `step[state, symbol]`; each state's suffix; the states so ordered that a suffix comes before its states.
    """
    step = np.zeros((len(children), width), np.int32)
    suffix = [0] * len(children)
    order = [0]
    for state in order:  # grows while it is read: breadth first, so that a suffix is complete before it is asked
        step[state] = step[suffix[state]] if state else 0
        for symbol, child in children[state].items():
            suffix[child] = int(step[suffix[state], symbol]) if state else 0
            order.append(child)
        for symbol, child in children[state].items():
            step[state, symbol] = child
    return step, suffix, order
