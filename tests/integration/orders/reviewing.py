"""Reviews in tests: rules, orders they look at, and clerks."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_reviews import ReviewEffect
from app.models.order_reviews import OrderReviewRule
from app.repositories.reports.collection_invariants import COLLECTIONS
from app.repositories.reports.review_invariants import REVIEWS
from app.repositories.reports.shipping_invariants import SHIPPING
from app.services import orders
from tests.factories.order_invariants import check_orders
from tests.factories.orders import ADDRESS
from tests.factories.payment_invariants import check_always
from tests.factories.payments import staff

BOSS = staff()
SECONDS = 600
HANGZHOU = ADDRESS | {
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "region_code": "330106",
}


async def make_rule(
    session: AsyncSession, effect: ReviewEffect = ReviewEffect.HOLD, **more: Any
) -> OrderReviewRule:
    """A rule that holds for every order, unless it has conditions."""
    said = {
        "name": f"{effect} them",
        "reason_zh": "人工审核",
        "reason_en": "Look at it",
        "effect": effect,
        "priority": 100,
        "conditions": {},
        "labels": [],
        "order_priority": 0,
        "sla_minutes": None,
        "needs_two": False,
        "is_enabled": True,
    }
    return await orders.review.create_rule(
        session, orders.review.RuleTerms(**(said | more)), actor=BOSS
    )


async def review_of(session: AsyncSession, order_id: UUID, actor: Actor = BOSS) -> Any:
    """The review of an order, or None."""
    found = text("SELECT id FROM order_reviews WHERE order_id = :id")
    review_id = await session.scalar(found, {"id": order_id})
    if review_id is None:
        return None
    return await orders.review.get_review(session, review_id, actor=actor)


async def opened(session: AsyncSession, order_id: UUID) -> Any:
    """The review of an order once the rules were asked."""
    await orders.review.judge_order(session, order_id)
    return await review_of(session, order_id)


async def claimed(session: AsyncSession, order_id: UUID, actor: Actor) -> Any:
    review = await opened(session, order_id)
    return await orders.review.claim(session, review["id"], actor=actor, seconds=SECONDS)


async def approve(session: AsyncSession, review: Any, actor: Actor, **more: Any) -> Any:
    said = {"reason": "fine", "version": review["version"], "two_people_minor": None} | more
    return await orders.review.approve(session, review["id"], actor=actor, **said)


async def reject(session: AsyncSession, review: Any, actor: Actor) -> Any:
    return await orders.review.reject(
        session, review["id"], reason="fraud", version=review["version"], actor=actor
    )


async def open_holds(session: AsyncSession, order_id: UUID) -> list[str]:
    rows = await orders.shipping.list_holds(session, order_id)
    return [each["kind"] for each in rows if each["lifted_at"] is None]


async def check_books(session: AsyncSession) -> None:
    """The audit's invariants of orders, stock, money, parcels and reviews."""
    await check_orders(session)
    await check_always(session)
    connection = await session.connection()
    for invariant in (*SHIPPING, *COLLECTIONS, *REVIEWS):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
