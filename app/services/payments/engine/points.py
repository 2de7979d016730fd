"""Points lots: first in, first out; and how long value given back stays valid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

GRACE = timedelta(days=90)
"""What a refund gives at least unless its store says otherwise: nothing returns expired."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one grant; `remaining` excludes held ones."""

    id: UUID
    remaining: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Draw:
    lot_id: UUID
    quantity: int


def draw(lots: Iterable[Lot], quantity: int) -> tuple[Draw, ...]:
    """Take `quantity` from the lots that expire first. Raises `ValueError` if they hold less."""
    drawn: list[Draw] = []
    for lot in sorted(lots, key=lambda each: (each.expires_at, each.id)):
        if taken := min(lot.remaining, quantity):
            drawn.append(Draw(lot.id, taken))
            quantity -= taken
    if quantity:
        raise ValueError(f"the lots lack {quantity} points")
    return tuple(drawn)


def renewed(expires_at: datetime, refunded_at: datetime, grace: timedelta = GRACE) -> datetime:
    """Expiry of value given back: the old one, or `grace` after the refund if that is later."""
    return max(expires_at, refunded_at + grace)


def total(draws: Sequence[Draw]) -> int:
    return sum(each.quantity for each in draws)
