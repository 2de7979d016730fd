"""Placing an order: everything up to the gateway, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.orders import OrderSource
from app.core.errors import NotFound
from app.core.settings import CheckoutSettings
from app.repositories.orders import PlaceRepository
from app.services import cart, delivery, payments
from app.services.orders.addresses import chosen_address
from app.services.orders.enter import (
    NewOrder,
    PlacedOrder,
    enter,
    require_agreement,
)
from app.services.orders.errors import CartAlreadyOrdered
from app.services.orders.marks import Marks

_TERMS = payments.PaymentTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """What the shopper asked for. `quote_hash` is what they saw; one of the addresses is set."""

    cart_id: UUID
    quote_hash: str
    address_id: UUID | None = None
    address: Mapping[str, Any] | None = None
    delivery: Mapping[str, Any] = field(default_factory=lambda: {"kind": cart.STANDARD})
    invoice: Mapping[str, Any] | None = None
    note: str | None = None
    marks: Marks = field(default_factory=Marks)
    tenders: tuple[payments.TenderRequest, ...] = ()
    pays_within_seconds: int | None = None


async def place_order(
    session: AsyncSession,
    command: PlaceOrder,
    *,
    actor: Actor,
    limits: CheckoutSettings,
    terms: payments.PaymentTerms = _TERMS,
) -> PlacedOrder:
    """Turn the selected lines of a cart into an order that awaits payment, or is paid.

    One transaction: the cart is locked and quoted again; internal tenders, then stock, quotas and
    coupons are held in the order of locks; nothing of it remains if anything is refused. Raises
    `PriceChanged` when the shopper did not agree to what it costs now, `CartAlreadyOrdered`,
    `TooManyUnpaidOrders`, and what carts, delivery, stock, promotions and payments refuse.

    Staff place what they entered on behalf of a member: as many as they like, and it is waited for
    `pays_within_seconds`. Raises `SecondPersonNeeded` for prices nobody else approved who has to.
    """
    snapshot = await _lock_cart(session, command, actor)
    address = chosen_address(command.address_id, command.address, snapshot.address)
    quoted = await cart.quote_snapshot(
        session,
        snapshot,
        delivery=command.delivery,
        address=address,
        payment_kinds=[each.kind for each in command.tenders],
        point_value_minor=terms.point_value_minor,
        is_last=True,
    )
    judged = quoted.judged_delivery()
    delivery.require_allowed(judged)
    cart.require_approved(snapshot, quoted)
    is_entered = actor.on_behalf_of is not None
    require_agreement(command.quote_hash, quoted)
    return await enter(
        session,
        NewOrder(
            snapshot=snapshot,
            quoted=quoted,
            address=address,
            wish=command.delivery,
            delivery=delivery.kept_document(snapshot.offered, command.delivery, judged),
            invoice=command.invoice,
            note=command.note,
            tenders=command.tenders,
            actor=actor.principal,
            waits_seconds=command.pays_within_seconds or limits.reservation_seconds,
            cart_id=snapshot.id,
            source=OrderSource.PHONE if is_entered else OrderSource.CART,
            marks=command.marks,
            quote_hash=command.quote_hash,
        ),
        max_unpaid=None if is_entered else limits.max_unpaid_orders,
        terms=terms,
    )


async def _lock_cart(session: AsyncSession, command: PlaceOrder, actor: Actor) -> cart.CartSnapshot:
    try:
        return await cart.snapshot(
            session,
            command.cart_id,
            actor,
            lock=True,
            address_id=command.address_id,
            wish=command.delivery,
        )
    except NotFound:
        order_id = await PlaceRepository(session).placed_from(command.cart_id, actor.shopper_id)
        if order_id is None:
            raise
        raise CartAlreadyOrdered("The cart is an order now", order_id=str(order_id)) from None
