"""Orders placed through the door, and everything an order can touch, to compare with later."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.settings import CheckoutSettings
from app.services import cart, orders
from app.services.payments import TenderRequest
from tests.factories.cart import make_cart
from tests.factories.payments import GATEWAY, TERMS

ADDRESS = {
    "recipient": "Lin Shopper",
    "phone": "+8613800138000",
    "country": "CN",
    "province": "上海市",
    "city": "上海市",
    "district": "黄浦区",
    "street": "南京东路 1 号",
    "postal_code": "200001",
    "region_code": "310101",
}
LIMITS = CheckoutSettings()


def shopper(member_id: UUID, *, is_guest: bool = False) -> Actor:
    return Actor(Audience.STOREFRONT, member_id, is_guest=is_guest)


async def quote_hash(session: AsyncSession, cart_id: UUID, actor: Actor) -> str:
    """What the shopper agrees to who looks at the cart now."""
    snapshot = await cart.snapshot(session, cart_id, actor)
    quoted = await cart.quote_snapshot(
        session, snapshot, delivery={"kind": cart.STANDARD}, address=ADDRESS
    )
    _, quoted = await cart.preview_delivery(session, snapshot, quoted)
    return str(quoted.agreement)


async def place(
    session: AsyncSession,
    member_id: UUID,
    lines: Sequence[tuple[UUID, int]] = (),
    *,
    tenders: Sequence[TenderRequest] = (GATEWAY,),
    cart_id: UUID | None = None,
    coupon_codes: Sequence[str] = (),
    limits: CheckoutSettings = LIMITS,
    **command: Any,
) -> orders.PlacedOrder:
    """An order for a new cart of `(sku_id, quantity)` lines, or for the cart given."""
    actor = shopper(member_id)
    cart_id = cart_id or await make_cart(session, member_id, lines, coupon_codes=coupon_codes)
    if "quote_hash" not in command:
        command["quote_hash"] = await quote_hash(session, cart_id, actor)
    values = {"address": ADDRESS, "tenders": tuple(tenders)} | command
    return await orders.place_order(
        session,
        orders.PlaceOrder(cart_id=cart_id, **values),
        actor=actor,
        limits=limits,
        terms=TERMS,
    )


async def order_row(session: AsyncSession, order_id: UUID) -> dict[str, Any]:
    found = await session.execute(text("SELECT * FROM orders WHERE id = :id"), {"id": order_id})
    return dict(found.mappings().one())


async def axes(session: AsyncSession, order_id: UUID) -> tuple[str, str, str]:
    """State, payment status and fulfilment status."""
    row = await order_row(session, order_id)
    return row["state"], row["payment_status"], row["fulfilment_status"]


_WORLD = {
    "stock": "SELECT sku_id, warehouse_id, on_hand, reserved FROM stock",
    "quotas": "SELECT promotion_id, reserved, consumed, reserved_minor, consumed_minor"
    " FROM promotion_quotas",
    "coupons": "SELECT id, state, order_id FROM coupons",
    "prices": "SELECT sku_id, price_list_id, min_quantity, sold FROM prices",
    "exchange": "SELECT id, sold FROM exchange_offers",
    "bargains": "SELECT id, order_id FROM bargains",
    "bargain_activities": "SELECT id, sold FROM bargain_activities",
    "limits": "SELECT limit_id, member_id, period_on, quantity FROM purchase_counts"
    " WHERE quantity <> 0",
    "lots": "SELECT id, remaining, held FROM points_lots",
    "accounts": "SELECT a.code, a.currency, coalesce(sum(e.amount_minor), 0)"
    " FROM ledger_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id"
    " GROUP BY a.id, a.code, a.currency HAVING coalesce(sum(e.amount_minor), 0) <> 0",
    "balances": "SELECT code, currency, balance_minor FROM ledger_accounts"
    " WHERE is_protected AND balance_minor <> 0",
}


async def world(session: AsyncSession) -> dict[str, set[tuple[Any, ...]]]:
    """Everything an order may take from and has to give back: goods, uses, prices and money."""
    found = {}
    for name, statement in _WORLD.items():
        rows = await session.execute(text(statement))
        found[name] = {tuple(row) for row in rows}
    return found
