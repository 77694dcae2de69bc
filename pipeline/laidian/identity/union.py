"""Disjoint sets of tokens."""

Token = tuple[str, ...]  # kind and value of an identifier, perhaps with a name it is shared under


class Union:
    """Disjoint sets; the root of a set is its least member, so results do not depend on the order of joining."""

    def __init__(self) -> None:
        """Every token starts as a set of its own."""
        self._parent: dict[Token, Token] = {}

    def find(self, item: Token) -> Token:
        """The root of the token's set."""
        root = item
        while (parent := self._parent.setdefault(root, root)) != root:
            root = parent
        while item != root:
            self._parent[item], item = root, self._parent[item]
        return root

    def join(self, one: Token, other: Token) -> None:
        """Make the two tokens' sets one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low
