"""Promotions and coupons."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.promotions import CouponState, PromotionStatus
from app.core.ids import new_id, random_code
from app.models.promotions import Coupon, Promotion, PromotionQuota


async def make_promotion(
    session: AsyncSession,
    merchant_id: UUID,
    *,
    total_uses: int | None = None,
    uses_per_member: int | None = None,
    uses_per_day: int | None = None,
    uses_per_member_per_day: int | None = None,
    time_zone: str = "Asia/Shanghai",
    budget_minor: int | None = None,
    **overrides: Any,
) -> Promotion:
    """A running order promotion of ten yuan off everything, without limits."""
    code = random_code(8)
    row = Promotion(
        **{
            "id": new_id(),
            "merchant_id": merchant_id,
            "code": f"promo-{code}",
            "name": f"Promotion {code}",
            "stage": "order",
            "priority": 0,
            "status": PromotionStatus.RUNNING,
            "currency": "CNY",
            "channel_ids": [],
            "needs_coupon": False,
            "scope": {},
            "condition": {},
            "action": {"type": "amount_off", "amount_minor": 1_000},
            "stack": {},
            "limits": {},
            "funding": {},
            "refund": {},
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    session.add(
        PromotionQuota(
            promotion_id=row.id,
            total_uses=total_uses,
            uses_per_member=uses_per_member,
            uses_per_day=uses_per_day,
            uses_per_member_per_day=uses_per_member_per_day,
            time_zone=time_zone,
            budget_minor=budget_minor,
        )
    )
    await session.flush()
    return row


async def make_coupon(
    session: AsyncSession, promotion_id: UUID, *, member_id: UUID | None = None, **overrides: Any
) -> Coupon:
    """An available coupon; without `member_id` it belongs to whoever claims or uses it."""
    row = Coupon(
        **{
            "id": new_id(),
            "promotion_id": promotion_id,
            "member_id": member_id,
            "code": random_code(16),
            "state": CouponState.AVAILABLE,
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    return row
