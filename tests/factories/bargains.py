"""Bargains to test with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.models.bargains import Bargain, BargainActivity
from app.services import pricing
from tests.factories.members import make_member
from tests.factories.shop import Shop


async def make_activity(session: AsyncSession, shop: Shop, **overrides: Any) -> BargainActivity:
    """Three cuts bring the shop's first SKU from 100.00 to 60.00, for everybody, without limits."""
    row = BargainActivity(
        **{
            "id": new_id(),
            "sku_id": shop.skus[0].id,
            "channel_id": shop.channel.id,
            "currency": "CNY",
            "start_minor": 10_000,
            "floor_minor": 6_000,
            "cuts": 3,
            "lives_hours": 24,
            "helps_per_day": 3,
            "tiers": [],
            "blocks_promotions": True,
            "is_active": True,
            "sold": 0,
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    return row


async def start(session: AsyncSession, activity: BargainActivity, member_id: UUID) -> UUID:
    return (await pricing.start_bargain(session, activity.id, member_id=member_id)).id


async def help_out(session: AsyncSession, bargain_id: UUID, times: int) -> list[int]:
    """What so many other members cut off."""
    amounts = []
    for _ in range(times):
        helper = await make_member(session)
        made = await pricing.cut_bargain(session, bargain_id, helper_id=helper.id)
        amounts.append(made.amount_minor)
    return amounts


async def finished(session: AsyncSession, activity: BargainActivity, member_id: UUID) -> UUID:
    """A member's bargain after its last cut."""
    bargain_id = await start(session, activity, member_id)
    await help_out(session, bargain_id, activity.cuts)
    return bargain_id


async def expire(session: AsyncSession, bargain_id: UUID) -> None:
    row = await session.get_one(Bargain, bargain_id)
    row.expires_at = clock.now() - timedelta(days=1)
    await session.flush()
