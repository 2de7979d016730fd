"""Writing a new order down, whoever it comes from: its rows, its payment, what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import OrderKind, OrderSource
from app.core.enums.payments import PlanState, TenderKind
from app.core.errors import DomainError
from app.core.ids import new_id, new_number
from app.repositories.orders import PlaceRepository
from app.services import cart, inventory, payments, pricing, system
from app.services.orders.errors import PriceChanged, ReferenceTaken, TooManyUnpaidOrders
from app.services.orders.events import OrderPlaced
from app.services.orders.freeze import freeze_fulfilments, freeze_lines
from app.services.orders.marks import Marks
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.orders.sale import sale_of
from app.services.orders.take import Taking, take_shared
from app.services.promotions.engine import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What is ordered, at which price, to where and by whom (`actor`, as it is recorded).

    `wish` is the delivery asked for, `delivery` what the order keeps of it. It waits for its money
    for `waits_seconds`, longer where its way to pay takes longer. `is_limited`: it counts against
    what one member may buy. `quote_hash` is what a shopper agreed to, if one did.
    """

    snapshot: cart.CartSnapshot
    quoted: cart.CartQuote
    address: Mapping[str, Any]
    wish: Mapping[str, Any]
    delivery: Mapping[str, Any]
    invoice: Mapping[str, Any] | None
    note: str | None
    tenders: tuple[payments.TenderRequest, ...]
    actor: str | None
    waits_seconds: int
    cart_id: UUID | None = None
    kind: OrderKind = OrderKind.SALE
    source: OrderSource = OrderSource.CART
    reference: str | None = None
    cost_centre: str | None = None
    is_limited: bool = True
    marks: Marks = field(default_factory=Marks)
    quote_hash: str | None = None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """A new order and how it is paid."""

    id: UUID
    number: str
    currency: str
    payable_minor: int
    expires_at: datetime
    plan: payments.PlanView


async def enter(
    session: AsyncSession,
    new: NewOrder,
    *,
    max_unpaid: int | None,
    terms: payments.PaymentTerms,
) -> PlacedOrder:
    """Write the order and hold all that is its own; nothing remains if anything is refused.

    With `max_unpaid` it is refused to who has as many unpaid orders already. The caller holds the
    member's row and what the order was made of; internal tenders, then stock, quotas and coupons
    are held in the order of locks. Raises `PriceChanged` where goods would wait
    that the shopper did not agree to wait for, `TooManyUnpaidOrders`, `ReferenceTaken`, and what
    stock, promotions and payments refuse.
    """
    snapshot, quoted = new.snapshot, new.quoted
    member_id, channel = snapshot.member_id, snapshot.channel
    order_id, number = new_id(), new_number("O", snapshot.at)
    waits = terms.waits_seconds((each.kind for each in new.tenders), at_least=new.waits_seconds)
    expires_at = snapshot.at + timedelta(seconds=waits)
    frozen = freeze_lines(snapshot, quoted)
    routed = await cart.route_goods(
        session,
        snapshot,
        new.wish,
        new.address,
        [inventory.Wanted(each.sku_id, each.quantity) for each in frozen.ordered],
    )
    quoted = quoted.waiting(routed.allocations)
    if new.quote_hash is not None:
        require_agreement(new.quote_hash, quoted)
    fulfilments, parts = freeze_fulfilments(frozen.ordered, routed, snapshot.at)
    payable_minor = quoted.quote.totals.payable_minor
    named: dict[str, Any] = {
        "order_id": order_id,
        "number": number,
        "member_id": member_id,
        "channel_id": channel.id,
        "payable_minor": payable_minor,
        "currency": channel.currency,
        "kind": new.kind,
    }
    is_placed = await PlaceRepository(session).place(
        max_unpaid=max_unpaid,
        told=system.outbox.told(OrderPlaced(**named)),
        member_id=member_id,
        cart_id=new.cart_id,
        expires_at=expires_at,
        event_id=new_id(),
        actor=new.actor,
        is_reviewed=any(each.kind is TenderKind.CASH_ON_DELIVERY for each in new.tenders),
        placed={
            "id": order_id,
            "number": number,
            "channel_id": channel.id,
            "currency": channel.currency,
            "tax_mode": channel.tax_mode,
            **_totals(quoted.quote),
            "quote_hash": str(quoted.agreement),
            "quote": quoted.document(),
            "priced_with": quoted.priced_with,
            "address": new.address,
            "delivery": new.delivery,
            "invoice": new.invoice,
            "note": new.note,
            "kind": new.kind,
            "source": new.source,
            "reference": new.reference,
            "cost_centre": new.cost_centre,
            **new.marks.columns(),
        },
        lines=frozen.lines,
        units=frozen.units,
        fulfilments=fulfilments,
        parts=parts,
    )
    if not is_placed:
        raise await _refusal(session, new, max_unpaid)
    plan = await payments.open_plan(
        session,
        order_id=order_id,
        member_id=member_id,
        currency=channel.currency,
        payable_minor=payable_minor,
        requests=new.tenders,
        exchange_points=quoted.exchange_points,
        expires_at=expires_at,
        number=number,
        sale=sale_of(snapshot, quoted, new.address, new.wish),
        terms=terms,
    )
    if new.is_limited and any(each.is_limited for each in quoted.skus.values()):
        await pricing.use_purchase_limits(
            session,
            [(each.sku_id, each.quantity) for each in snapshot.lines],
            order_id=order_id,
            member_id=member_id,
            channel_id=channel.id,
        )
    is_paid = plan.state is PlanState.PAID
    if is_paid:
        await PAYMENT_OWNER.paid_when_placed(session, order_id, named)
    await take_shared(
        session,
        Taking(
            order_id=order_id,
            member_id=member_id,
            channel_id=channel.id,
            slot_id=new.wish.get("slot_id"),
            allocations=routed.allocations,
            earmark=snapshot.earmark,
            is_earmarked=routed.is_earmarked,
            quota_uses=quoted.quota_uses,
            exchanges=quoted.exchanges,
            bargains=quoted.bargains,
            quote=quoted.quote,
            expires_at=None if is_paid else expires_at,
        ),
    )
    return PlacedOrder(order_id, number, channel.currency, payable_minor, expires_at, plan)


def require_agreement(quote_hash: str, quoted: cart.CartQuote) -> None:
    """Raise `PriceChanged` unless a shopper who saw that hash agreed to this quote."""
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


async def _refusal(session: AsyncSession, new: NewOrder, max_unpaid: int | None) -> DomainError:
    """Why nothing was written."""
    if new.reference is not None:
        order_id = await PlaceRepository(session).referred(new.source, new.reference)
        if order_id is not None:
            return ReferenceTaken(
                "It was entered before", order_id=str(order_id), reference=new.reference
            )
    return TooManyUnpaidOrders("Pay or cancel one of them", max_unpaid_orders=max_unpaid)


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
