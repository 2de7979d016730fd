"""What a wish comes to for an order as it stands."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.orders import ChangeRules, FulfilmentStatus, OrderState, PaymentStatus
from app.core.enums.scopes import Scope
from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.repositories.orders import ChangeRepository
from app.services.orders.addresses import chosen_address, delivery_address
from app.services.orders.changes.errors import AlreadyInvoiced, NothingToChange
from app.services.orders.changes.fewer import Fewer, fewer_of
from app.services.orders.changes.freight import SAID, Judged, judged_anew
from app.services.orders.changes.money import Money, money_of
from app.services.orders.changes.rules import (
    PAID,
    UNPAID,
    Subject,
    is_elsewhere,
    require_changeable,
    require_open,
    require_served,
)
from app.services.orders.changes.wish import (
    ADDRESS,
    DELIVERY,
    GIFT_MESSAGE,
    HIDES_PRICES,
    INVOICE,
    IS_GIFT,
    ChangeWish,
)
from app.services.orders.engine import BeingPicked
from app.services.orders.shipping.errors import OrderNotPaid
from app.services.orders.shipping.standing import Part, parts_of


@dataclass(frozen=True, slots=True)
class Planned:
    """Fields before and after, only those that differ, and what that costs or brings.

    `open_pieces` by line are in no parcel yet. An order that is not paid becomes `fewer`.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    money: Money
    open_pieces: dict[UUID, int]
    fewer: Fewer | None = None


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
    `AddressNotServed`, `PiecesNotOpen`, `NothingToChange`, `ChangesApart`, `InsufficientScope`, and
    what addresses, deliveries and prices are refused for.
    """
    if wish.is_about_money:
        actor.require(Scope.PAYMENTS_WRITE)
    for subject in sorted(wish.subjects):
        require_changeable(
            subject,
            OrderState(facts["state"]),
            PaymentStatus(facts["payment_status"]),
            FulfilmentStatus(facts["fulfilment_status"]),
            is_staff=is_staff(actor),
        )
    wanted, judged = await _wanted(session, facts, wish, actor)
    is_unpaid = facts["payment_status"] in UNPAID
    money = await money_of(session, facts, wish, judged, is_unpaid=is_unpaid)
    asks_at_door = wanted.get(HIDES_PRICES) is True  # what is paid there has to be named
    if (money.gives or money.charge or asks_at_door) and facts["payment_status"] not in PAID:
        raise OrderNotPaid("Its own money comes first", payment_status=facts["payment_status"])
    after = {name: value for name, value in wanted.items() if value != facts[name]}
    if INVOICE in after and facts["is_invoiced"]:
        raise AlreadyInvoiced("Have the invoice changed instead")
    if not after and not money.gives and not money.charge and not wish.pieces:
        raise NothingToChange("Say what is to be different")
    parts = await parts_of(session, facts["id"])
    if Subject.DELIVERY in wish.subjects:
        _require_no_labels(parts)
    open_pieces: Counter[UUID] = Counter()
    for line in (line for part in parts if part.is_sale for line in part.lines):
        open_pieces[line.line_id] += line.open
    require_open(open_pieces, wish.pieces)
    before = {name: facts[name] for name in after}
    if wish.pieces and is_unpaid:
        fewer = await fewer_of(session, facts["id"], wish)
        return Planned(before, after, money, dict(open_pieces), fewer)
    return Planned(before, after, money, dict(open_pieces))


async def _wanted(
    session: AsyncSession, facts: RowMapping, wish: ChangeWish, actor: Actor
) -> tuple[dict[str, Any], Judged | None]:
    """The fields as the order would keep them, and freight where it is asked for anew."""
    wanted = dict(wish.fields)
    if wanted.get(GIFT_MESSAGE) is not None:
        wanted[IS_GIFT] = True
    elif wanted.get(IS_GIFT) is False:
        wanted[GIFT_MESSAGE] = None
    is_asked = DELIVERY in wanted
    if ADDRESS in wanted or wish.address_id is not None:
        wanted[ADDRESS] = await _address(session, facts, wish, actor)
        is_moved = is_elsewhere(facts[ADDRESS], wanted[ADDRESS])
        is_asked = is_asked or (is_moved and wish.rules is ChangeRules.CURRENT)
    judged = await _judged(session, facts, wish, wanted) if is_asked else None
    if wish.freight_minor is None or wish.added:  # that of added goods is theirs alone
        return wanted, judged
    wanted[DELIVERY] = (wanted.get(DELIVERY) or facts[DELIVERY]) | {SAID: wish.freight_minor}
    return wanted, None


async def _judged(
    session: AsyncSession, facts: RowMapping, wish: ChangeWish, wanted: dict[str, Any]
) -> Judged | None:
    """Freight of now, where it counts; the delivery that is kept for it becomes one of `wanted`."""
    address = wanted.get(ADDRESS) or facts[ADDRESS] or {}
    judged = await judged_anew(session, facts, address, wanted.get(DELIVERY))
    is_frozen = wish.rules is ChangeRules.FROZEN
    if judged.is_known or DELIVERY in wanted:
        wanted[DELIVERY] = judged.frozen if is_frozen else judged.delivery
    return None if is_frozen else judged


async def _address(
    session: AsyncSession, facts: RowMapping, wish: ChangeWish, actor: Actor
) -> dict[str, Any]:
    given = wish.fields.get(ADDRESS)
    if is_staff(actor):
        found = chosen_address(None, given, None)
    else:
        found = await delivery_address(session, wish.address_id, given, actor=actor)
    require_served(facts[ADDRESS], found, is_paid=facts["payment_status"] in PAID)
    return found


def _require_no_labels(parts: tuple[Part, ...]) -> None:
    """A parcel that is packed has its label."""
    if any(ShipmentState.PREPARED in part.parcels for part in parts):
        raise BeingPicked("Void its parcels first", fulfilment_status=FulfilmentStatus.PICKING)
