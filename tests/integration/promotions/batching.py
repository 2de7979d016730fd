"""Batches of coupons to test with."""

from typing import Any

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions
from app.core.enums.promotions import CouponBatchKind
from app.core.settings import DEVELOPMENT_SECRET
from app.models.coupon_batches import CouponBatch
from app.models.promotions import Promotion
from app.services import promotions, reports
from app.services.promotions import NewBatch
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import actor_of, make_staff
from tests.integration.promotions.test_quote import COUPON

PEPPER = SecretStr(DEVELOPMENT_SECRET)


async def make_batch(
    session: AsyncSession, kind: str = "claim", **terms: Any
) -> tuple[Shop, Promotion, CouponBatch]:
    """A batch as staff open it, of a running promotion by coupon."""
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    return shop, promotion, await batch_of(session, promotion, kind, **terms)


async def batch_of(
    session: AsyncSession, promotion: Promotion, kind: str = "claim", **terms: Any
) -> CouponBatch:
    command = NewBatch(
        **{"promotion_id": promotion.id, "kind": CouponBatchKind(kind), "name": "Spring", **terms}
    )
    return await promotions.open_batch(session, command, actor=actor_of(await make_staff(session)))


async def held(session: AsyncSession, batch_id: Any) -> list[tuple[Any, str]]:
    """`(member_id, state)` of the coupons of a batch, by age."""
    rows = await session.execute(
        text("SELECT member_id, state FROM coupons WHERE batch_id = :id ORDER BY id"),
        {"id": batch_id},
    )
    return [tuple(row) for row in rows]


async def failing(sessions: Sessions) -> list[str]:
    """Names of the invariants that do not hold."""
    return [each.name async for each in reports.audit(sessions) if not each.holds]
