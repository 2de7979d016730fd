"""What a wish comes to for an order as it stands."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.enums.payments import RefundKind, RefundReason
from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.repositories.orders import ChangeRepository
from app.services.orders.addresses import chosen_address, delivery_address
from app.services.orders.changes.errors import AlreadyInvoiced, NothingToChange
from app.services.orders.changes.rules import (
    PAID,
    Subject,
    require_changeable,
    require_open,
    require_served,
)
from app.services.orders.changes.wish import ADDRESS, INVOICE, ChangeWish
from app.services.orders.engine import BeingPicked, RefundWish
from app.services.orders.shipping.standing import Part, parts_of

ITS_SHOPPER = "changed by the shopper"
"""Why pieces are given back whose shopper does not say why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Fields before and after, only those that differ, and the refund of what is taken off.

    `open_pieces` by line are in no parcel yet.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    refund: RefundWish | None
    open_pieces: dict[UUID, int]


def is_staff(actor: Actor) -> bool:
    return actor.audience is Audience.ADMIN


async def facts_of(session: AsyncSession, order_id: UUID, *, actor: Actor) -> RowMapping:
    """The order as far as changes concern it; shoppers know their own. Raises `NotFound`."""
    member_id = None if is_staff(actor) else actor.id
    facts = await ChangeRepository(session).facts(order_id, member_id=member_id)
    if facts is None:
        raise NotFound("No such order")
    return facts


async def planned(
    session: AsyncSession, facts: RowMapping, wish: ChangeWish, *, actor: Actor
) -> Planned:
    """What changes, if all of it may.

    Raises `IllegalTransition`, `BeingPicked`, `AlreadyShipped`, `OrderNotPaid`, `AlreadyInvoiced`,
    `AddressNotServed`, `PiecesNotOpen`, `NothingToChange`, and what addresses are refused for.
    """
    for subject in sorted(wish.subjects):
        require_changeable(
            subject,
            OrderState(facts["state"]),
            PaymentStatus(facts["payment_status"]),
            FulfilmentStatus(facts["fulfilment_status"]),
            is_staff=is_staff(actor),
        )
    wanted = await _wanted(session, facts, wish, actor)
    after = {name: value for name, value in wanted.items() if value != facts[name]}
    if INVOICE in after and facts["is_invoiced"]:
        raise AlreadyInvoiced("Have the invoice changed instead")
    if not after and not wish.pieces:
        raise NothingToChange("Say what is to be different")
    parts = await parts_of(session, facts["id"])
    if Subject.DELIVERY in wish.subjects:
        _require_no_labels(parts)
    open_pieces: Counter[UUID] = Counter()
    for line in (line for part in parts if part.is_sale for line in part.lines):
        open_pieces[line.line_id] += line.open
    require_open(open_pieces, wish.pieces)
    before = {name: facts[name] for name in after}
    return Planned(before, after, _refund(wish), dict(open_pieces))


async def _wanted(
    session: AsyncSession, facts: RowMapping, wish: ChangeWish, actor: Actor
) -> dict[str, Any]:
    wanted = dict(wish.fields)
    if ADDRESS not in wanted and wish.address_id is None:
        return wanted
    given = wanted.get(ADDRESS)
    if is_staff(actor):
        wanted[ADDRESS] = chosen_address(None, given, None)
    else:
        wanted[ADDRESS] = await delivery_address(session, wish.address_id, given, actor=actor)
    is_paid = facts["payment_status"] in PAID
    require_served(
        facts[ADDRESS],
        wanted[ADDRESS],
        is_paid=is_paid,
        has_freight="freight" in facts["delivery"],
    )
    return wanted


def _require_no_labels(parts: tuple[Part, ...]) -> None:
    """A parcel that is packed has its label."""
    if any(ShipmentState.PREPARED in part.parcels for part in parts):
        raise BeingPicked("Void its parcels first", fulfilment_status=FulfilmentStatus.PICKING)


def _refund(wish: ChangeWish) -> RefundWish | None:
    if not wish.pieces:
        return None
    return RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.CANCELLED,
        reason=wish.reason or ITS_SHOPPER,
        lines=wish.pieces,
        gift_choice=wish.gift_choice,
    )
