"""What the promotions still to be decided at one level can take off."""

from collections.abc import Callable


class Undecided:
    """`most` is what they are worth at most, as a key.

    If they reach it, they take at least `sure(mask)` off the goods in `mask`, and a cent less for
    each cent they stay below it. `outside` returns the most they can take off other goods.
    """

    __slots__ = ("_goods_minor", "_known", "_outside", "most")

    def __init__(self, most: int, goods_minor: int, outside: Callable[[int], int]) -> None:
        self.most = most
        self._goods_minor = goods_minor
        self._outside = outside
        self._known: dict[int, int] = {}

    def sure(self, mask: int) -> int:
        """Return what is surely taken off the goods in `mask` where all of `most` is reached."""
        if not self._goods_minor:
            return 0
        known = self._known.get(mask)
        if known is None:
            known = self._known[mask] = max(0, self._goods_minor - self._outside(mask))
        return known


NOTHING = Undecided(0, 0, lambda _: 0)
