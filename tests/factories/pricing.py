"""Price lists and prices."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.enums.pricing import LimitPeriod, PriceListKind
from app.core.ids import new_id, random_code
from app.models.pricing import Price, PriceList
from app.models.purchase_limits import PurchaseLimit


async def make_price_list(session: AsyncSession, **overrides: Any) -> PriceList:
    """An active list for everybody without a window; `kind` list unless overridden."""
    code = random_code(8)
    row = PriceList(
        **{
            "id": new_id(),
            "code": f"list-{code}",
            "name": f"List {code}",
            "kind": PriceListKind.LIST,
            "currency": "CNY",
            "blocks_promotions": False,
            "is_active": True,
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    return row


async def put_price(
    session: AsyncSession,
    price_list_id: UUID,
    sku_id: UUID,
    price_minor: int = 10_000,
    *,
    min_quantity: int = 1,
    quota: int | None = None,
    per_member: int | None = None,
) -> Price:
    row = Price(
        sku_id=sku_id,
        price_list_id=price_list_id,
        min_quantity=min_quantity,
        price_minor=price_minor,
        quota=quota,
        per_member=per_member,
        sold=0,
    )
    session.add(row)
    await session.flush()
    return row


async def make_flash_session(
    session: AsyncSession,
    sku_id: UUID,
    price_minor: int = 6_000,
    *,
    starts_in: int = -60,
    ends_in: int = 3_600,
    quota: int | None = None,
    per_member: int | None = None,
    **overrides: Any,
) -> PriceList:
    """A session with one offer, its window given in seconds from now; it runs unless overridden."""
    row = await make_price_list(
        session,
        **{
            "kind": PriceListKind.FLASH,
            "blocks_promotions": True,
            "starts_at": now() + timedelta(seconds=starts_in),
            "ends_at": now() + timedelta(seconds=ends_in),
            **overrides,
        },
    )
    await put_price(session, row.id, sku_id, price_minor, quota=quota, per_member=per_member)
    return row


async def make_purchase_limit(
    session: AsyncSession,
    max_quantity: int = 2,
    *,
    period: LimitPeriod = LimitPeriod.DAY,
    **values: Any,
) -> PurchaseLimit:
    """A limit that is open; `sku_id` or `spu_id` says of what."""
    row = PurchaseLimit(
        id=new_id(), name="A limit", max_quantity=max_quantity, period=period, **values
    )
    session.add(row)
    await session.flush()
    return row
