"""What a shopper saw and agreed to, in a text of at most 64 characters.

`<16 of the goods><8 of what waits>-<24 of the money>-<payable in base 16>`. Nothing of it is secret
and nothing of it is trusted: naming a higher payable only agrees to pay up to that.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple, Self

from typing_extensions import override

_DIGITS = 24
_GOODS = 16
_FORM = re.compile(
    rf"([0-9a-f]{{{_GOODS}}})([0-9a-f]{{{_DIGITS - _GOODS}}})"
    rf"-([0-9a-f]{{{_DIGITS}}})-([0-9a-f]{{1,13}})"
)
_NOTHING = "0" * (_DIGITS - _GOODS)


class Agreement(NamedTuple):
    """The goods, everything that decides their price, the amount due, and which goods wait."""

    goods: str
    money: str
    payable_minor: int
    waits: str = _NOTHING

    @override
    def __str__(self) -> str:
        return f"{self.goods}{self.waits}-{self.money}-{self.payable_minor:x}"

    @classmethod
    def parse(cls, hashed: str) -> Self | None:
        """Return what the text stands for, or None when it is no quote hash."""
        found = _FORM.fullmatch(hashed)
        return cls(found[1], found[3], int(found[4], 16), found[2]) if found else None

    def waiting(self, pieces: Iterable[tuple[str, int, str]]) -> Self:
        """The same where pieces wait: `(sku id, quantity, what is said of their wait)`."""
        said = sorted(pieces)
        if not said:
            return self._replace(waits=_NOTHING)
        digits = hashlib.sha256(repr(said).encode()).hexdigest()
        return self._replace(waits=digits[: len(_NOTHING)])

    def covers(self, now: "Agreement") -> bool:
        """Whether agreeing to this agrees to `now`: the same goods, no later, not a fen more.

        Equal goods at an equal or lower payable are covered although the way to the price may
        have changed (pricing specification 2.7); of what waits the same has to wait, or nothing.
        """
        return (
            self.goods == now.goods
            and now.payable_minor <= self.payable_minor
            and now.waits in {_NOTHING, self.waits}
        )


def agree(
    goods: Iterable[tuple[str, str, int]],
    gifts: Iterable[tuple[str, int]],
    money_hash: str,
    delivery: str,
    payable_minor: int,
    *,
    is_group_buy: bool = False,
) -> Agreement:
    """Return what a shopper agrees to who sees this quote.

    `goods` are `(sku id, options key, quantity)` and `gifts` `(sku id, quantity)`, in any order;
    `money_hash` is the engine's. Gifts are goods: an order without one is another order, and
    so is one of a group.
    """
    said = (sorted(goods), sorted(gifts), delivery)
    listed = repr((*said, "group") if is_group_buy else said)
    return Agreement(
        hashlib.sha256(listed.encode()).hexdigest()[:_GOODS], money_hash[:_DIGITS], payable_minor
    )
