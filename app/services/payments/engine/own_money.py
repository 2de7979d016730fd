"""Which part of a balance was given and which is the member's own money. Pure.

Given money buys goods and never leaves otherwise. Own money is spent first; what an order is given
back is first what it had taken of given money. So buying and cancelling changes nothing, and no
way round turns a gift into cash.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

GIFTS = frozenset({"balance_goodwill", "top_up_bonus", "top_up_bonus_back"})
RETURN_POSTAGE = "return_postage"
"""What a member laid out himself comes back as his own, whatever his order was paid with."""
WITHDRAWALS = frozenset({"withdrawal_asked", "withdrawal_given_up", "withdrawal_paid"})


class Move(NamedTuple):
    """What one journal did to the two sides of a balance, in minor units."""

    kind: str
    order_id: UUID | None
    available_minor: int
    held_minor: int


class Split(NamedTuple):
    """Together what the balance is, less what is asked to be paid out."""

    own_minor: int = 0
    given_minor: int = 0

    def withdrawable(self, available_minor: int, owed_minor: int = 0) -> int:
        """Own money that no order holds and that does not stand for a debt."""
        return max(0, min(self.own_minor, available_minor) - owed_minor)


def split(moves: Iterable[Move]) -> Split:
    """Follow a balance from its opening on, in the order of its journals."""
    own = given = 0
    given_to: defaultdict[UUID, int] = defaultdict(int)
    for kind, order_id, available, held in moves:
        change = available if kind in WITHDRAWALS else available + held
        if kind in WITHDRAWALS or kind == RETURN_POSTAGE:
            own += change
        elif kind in GIFTS:
            part = change if change > 0 else -min(given, -change)
            given, own = given + part, own + change - part
        elif change < 0:
            part = min(given, max(0, -change - max(0, own)))
            given, own = given - part, own + change + part
            if order_id is not None:
                given_to[order_id] += part
        else:
            part = min(change, given_to[order_id]) if order_id is not None else 0
            given, own = given + part, own + change - part
            if order_id is not None:
                given_to[order_id] -= part
    return Split(own, given)
