"""Points that come back, and points that were earned and have to go (payments 3.5). Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.services.payments.engine.points import GRACE, renewed


class Used(NamedTuple):
    """`quantity` points a tender took from a lot and has not given back.

    `is_shared` says that the lot holds other points, which expire with it.
    """

    lot_id: UUID
    quantity: int
    expires_at: datetime
    is_shared: bool


class Restored(NamedTuple):
    """Points that return to a lot, or to a new one made for them where `is_apart`."""

    lot_id: UUID
    quantity: int
    expires_at: datetime
    is_apart: bool


def points_due(refunded_minor: int, amount_minor: int, points: int, restored: int) -> int:
    """Points that come back once `refunded_minor` of the tender's amount has, less those that did.

    Cumulative and rounded down, so that everything brings exactly all `points`.
    """
    return refunded_minor * points // amount_minor - restored


def restore(
    used: Iterable[Used], quantity: int, at: datetime, grace: timedelta = GRACE
) -> tuple[Restored, ...]:
    """Give `quantity` points back to where they came from, to those that expire last first.

    They stay valid as long as before, and a `grace` from `at` on at least. Where that is longer
    than their lot lives and others are in it, they get a lot of their own: nobody else's points
    live longer for it. Raises `ValueError` when fewer were used.
    """
    found: list[Restored] = []
    for each in sorted(used, key=lambda one: (one.expires_at, one.lot_id), reverse=True):
        if back := min(each.quantity, quantity):
            expires_at = renewed(each.expires_at, at, grace)
            is_apart = each.is_shared and expires_at != each.expires_at
            found.append(Restored(each.lot_id, back, expires_at, is_apart))
            quantity -= back
    if quantity:
        raise ValueError(f"{quantity} more points come back than were used")
    return tuple(found)


def earned(eligible_minor: int, per_minor: int) -> int:
    """Points for what was paid in anything but points: one per `per_minor`, rounded down."""
    return eligible_minor // per_minor


def clawback(eligible_minor: int, per_minor: int, returned_minor: int, now_minor: int) -> int:
    """Points to take back when `now_minor` follows `returned_minor` of what earned them."""
    before = eligible_minor - returned_minor
    return earned(before, per_minor) - earned(max(0, before - now_minor), per_minor)
