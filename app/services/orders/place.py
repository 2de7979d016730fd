"""Placing an order: everything up to the gateway, in one transaction."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import PlanState, TenderKind
from app.core.errors import NotFound
from app.core.ids import new_id, new_number
from app.core.settings import CheckoutSettings
from app.repositories.orders import PlaceRepository
from app.services import cart, delivery, inventory, payments, pricing, system
from app.services.orders.addresses import chosen_address
from app.services.orders.errors import CartAlreadyOrdered, PriceChanged, TooManyUnpaidOrders
from app.services.orders.events import OrderPlaced
from app.services.orders.freeze import freeze_fulfilments, freeze_lines
from app.services.orders.marks import Marks
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.orders.sale import sale_of
from app.services.orders.take import Taking, take_shared
from app.services.promotions.engine import Quote

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


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """A new order and how it is paid."""

    id: UUID
    number: str
    currency: str
    payable_minor: int
    expires_at: datetime
    plan: payments.PlanView


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
    )
    judged = quoted.judged_delivery()
    delivery.require_allowed(judged)
    _require_agreement(command.quote_hash, quoted)
    order_id, number = new_id(), new_number("O", snapshot.at)
    waits = terms.waits_seconds(
        (each.kind for each in command.tenders), at_least=limits.reservation_seconds
    )
    expires_at = snapshot.at + timedelta(seconds=waits)
    frozen = freeze_lines(snapshot, quoted)
    routed = await cart.route_goods(
        session,
        snapshot,
        command.delivery,
        address,
        [inventory.Wanted(each.sku_id, each.quantity) for each in frozen.ordered],
    )
    fulfilments, parts = freeze_fulfilments(frozen.ordered, routed, snapshot.at)
    is_placed = await PlaceRepository(session).place(
        max_unpaid=limits.max_unpaid_orders,
        member_id=actor.id,
        cart_id=snapshot.id,
        expires_at=expires_at,
        event_id=new_id(),
        actor=actor.principal,
        is_reviewed=any(each.kind is TenderKind.CASH_ON_DELIVERY for each in command.tenders),
        placed={
            "id": order_id,
            "number": number,
            "channel_id": snapshot.channel.id,
            "currency": snapshot.channel.currency,
            **_totals(quoted.quote),
            "quote_hash": str(quoted.agreement),
            "quote": quoted.document(),
            "priced_with": quoted.priced_with,
            "address": address,
            "delivery": delivery.kept_document(snapshot.offered, command.delivery, judged),
            "invoice": command.invoice,
            "note": command.note,
            **asdict(command.marks),
        },
        lines=frozen.lines,
        units=frozen.units,
        fulfilments=fulfilments,
        parts=parts,
    )
    if not is_placed:
        raise TooManyUnpaidOrders(
            "Pay or cancel one of them", max_unpaid_orders=limits.max_unpaid_orders
        )
    payable_minor = quoted.quote.totals.payable_minor
    named: dict[str, Any] = {
        "order_id": order_id,
        "number": number,
        "member_id": actor.id,
        "channel_id": snapshot.channel.id,
        "payable_minor": payable_minor,
        "currency": snapshot.channel.currency,
    }
    await system.publish(session, OrderPlaced(**named))
    plan = await payments.open_plan(
        session,
        order_id=order_id,
        member_id=actor.id,
        currency=snapshot.channel.currency,
        payable_minor=payable_minor,
        requests=command.tenders,
        exchange_points=quoted.exchange_points,
        expires_at=expires_at,
        number=number,
        sale=sale_of(snapshot, quoted, address, command.delivery),
        terms=terms,
    )
    if any(each.is_limited for each in quoted.skus.values()):
        await pricing.use_purchase_limits(
            session,
            [(each.sku_id, each.quantity) for each in snapshot.lines],
            order_id=order_id,
            member_id=actor.id,
            channel_id=snapshot.channel.id,
        )
    is_paid = plan.state is PlanState.PAID
    if is_paid:
        await PAYMENT_OWNER.paid_when_placed(session, order_id, named)
    await take_shared(
        session,
        Taking(
            order_id=order_id,
            member_id=actor.id,
            channel_id=snapshot.channel.id,
            slot_id=command.delivery.get("slot_id"),
            allocations=routed.allocations,
            quota_uses=quoted.quota_uses,
            exchanges=quoted.exchanges,
            bargains=quoted.bargains,
            quote=quoted.quote,
            expires_at=None if is_paid else expires_at,
        ),
    )
    return PlacedOrder(order_id, number, snapshot.channel.currency, payable_minor, expires_at, plan)


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
        order_id = await PlaceRepository(session).placed_from(command.cart_id, actor.id)
        if order_id is None:
            raise
        raise CartAlreadyOrdered("The cart is an order now", order_id=str(order_id)) from None


def _require_agreement(quote_hash: str, quoted: cart.CartQuote) -> None:
    seen = cart.Agreement.parse(quote_hash)
    if seen is None or not seen.covers(quoted.agreement):
        raise PriceChanged(
            "Show the new quote and ask again",
            agreed={
                "quote_hash": quote_hash,
                "payable_minor": seen.payable_minor if seen else None,
            },
            quote=quoted.document(),
        )


def _totals(quote: Quote) -> dict[str, int]:
    totals = quote.totals
    return {
        "list_minor": totals.list_minor,
        "price_saving_minor": totals.price_saving_minor,
        "discount_minor": totals.discount_minor,
        "shipping_minor": totals.shipping_minor,
        "shipping_discount_minor": totals.shipping_discount_minor,
        "tax_minor": totals.tax_minor,
        "payable_minor": totals.payable_minor,
    }
