"""Freight templates, points to fetch from and slots of time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id, random_code
from app.models.delivery import DeliverySlot, FreightTemplate, PickupPoint

HERE = {
    "code": "here",
    "name": "Shanghai",
    "regions": ["31"],
    "is_served": True,
    "first_units": 1,
    "first_minor": 600,
    "step_units": 1,
    "step_minor": 200,
    "surcharge_minor": 0,
    "free_from_minor": None,
    "free_from_pieces": None,
    "transit_days": 1,
}
"""6.00 for the first piece, 2.00 for each other, to Shanghai."""


async def make_template(
    session: AsyncSession, merchant_id: UUID, *, zone: dict[str, Any] | None = None, **terms: Any
) -> FreightTemplate:
    """By pieces, with one zone."""
    values = {
        "name": "Freight",
        "method": "standard",
        "basis": "pieces",
        "currency": "CNY",
        "zones": [HERE | (zone or {})],
        "refused_category_ids": [],
        "works_on": [1, 2, 3, 4, 5, 6, 7],
    }
    row = FreightTemplate(id=new_id(), merchant_id=merchant_id, **(values | terms))
    session.add(row)
    await session.flush()
    return row


async def make_point(session: AsyncSession, merchant_id: UUID, **terms: Any) -> PickupPoint:
    """Open every day, in Shanghai."""
    values = {
        "code": f"P-{random_code(8)}",
        "name": "Bund",
        "country": "CN",
        "province": "上海市",
        "city": "上海市",
        "district": "黄浦区",
        "street": "中山东一路 1 号",
        "region_code": "310101",
        "phone": "+862163210000",
        "hours": [{"days": [1, 2, 3, 4, 5, 6, 7], "opens": "09:00", "closes": "21:00"}],
    }
    row = PickupPoint(id=new_id(), merchant_id=merchant_id, **(values | terms))
    session.add(row)
    await session.flush()
    return row


async def make_slot(session: AsyncSession, merchant_id: UUID, **terms: Any) -> DeliverySlot:
    """In three hours for one order, to be chosen within the next."""
    now = datetime.now(UTC)
    values = {
        "method": "same_city",
        "starts_at": now + timedelta(hours=3),
        "ends_at": now + timedelta(hours=5),
        "orders_until": now + timedelta(hours=1),
        "capacity": 1,
    }
    row = DeliverySlot(id=new_id(), merchant_id=merchant_id, **(values | terms))
    session.add(row)
    await session.flush()
    return row
