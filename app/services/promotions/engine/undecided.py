"""What the promotions still to be decided at one level can take off."""

from collections.abc import Callable
from typing import TypeAlias

Outside: TypeAlias = Callable[[int], int]
"""Tells the most that can be taken off other goods than those in a mask."""

Look: TypeAlias = tuple[int, Outside]


class Undecided:
    """`most` is what they are worth at most, as a key.

    If they reach it, they take at least `sure(mask)` off the goods in `mask`, and a cent less for
    each cent they stay below it. `look` returns the most they can take off all goods, and a
    function that does for other goods than those in a mask; it is called when it is needed.
    """

    __slots__ = ("_goods_minor", "_known", "_look", "_outside", "most")

    def __init__(self, most: int, look: Callable[[], Look]) -> None:
        self.most = most
        self._look = look
        self._goods_minor = -1
        self._outside: Outside = abs
        self._known: dict[int, int] = {}

    def sure(self, mask: int) -> int:
        """Return what is surely taken off the goods in `mask` where all of `most` is reached."""
        if self._goods_minor < 0:
            self._goods_minor, self._outside = self._look()
        if not self._goods_minor:
            return 0
        known = self._known.get(mask)
        if known is None:
            known = self._known[mask] = max(0, self._goods_minor - self._outside(mask))
        return known


NOTHING = Undecided(0, lambda: (0, abs))
