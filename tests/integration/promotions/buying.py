"""Quoting for a shopper of the test shop, and reading counters."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services import promotions
from app.services.pricing import WantedLine
from app.services.promotions import Quoted, QuoteRequest
from tests.factories.shop import Shop
from tests.integration.pricing.test_facts import channel_of


async def quote_for(
    session: AsyncSession, shop: Shop, *wanted: tuple[UUID, int], **options: Any
) -> Quoted:
    """A quote for the shop's member unless `member_id` says otherwise."""
    return await promotions.quote(
        session,
        QuoteRequest(
            **{
                "channel": channel_of(shop),
                "member_id": shop.member.id,
                "lines": tuple(WantedLine(str(i), sku, n) for i, (sku, n) in enumerate(wanted)),
                **options,
            }
        ),
    )


async def reserve(session: AsyncSession, quoted: Quoted, order_id: UUID, member_id: UUID) -> None:
    """As placing does: it holds the member's row."""
    await session.execute(
        text("SELECT FROM members WHERE id = :id FOR NO KEY UPDATE"), {"id": member_id}
    )
    await promotions.reserve_uses(
        session, order_id=order_id, member_id=member_id, quote=quoted.quote
    )


async def counters(session: AsyncSession, promotion_id: UUID) -> tuple[int, int, int, int]:
    """`(reserved, consumed, reserved_minor, consumed_minor)` of a promotion."""
    row = (
        await session.execute(
            text(
                "SELECT reserved, consumed, reserved_minor, consumed_minor"
                " FROM promotion_quotas WHERE promotion_id = :id"
            ),
            {"id": promotion_id},
        )
    ).one()
    return tuple(row)


async def states(session: AsyncSession, promotion_id: UUID) -> list[str]:
    """States of the uses of a promotion, then those of its coupons."""
    uses = await session.scalars(
        text("SELECT state FROM promotion_uses WHERE promotion_id = :id ORDER BY id"),
        {"id": promotion_id},
    )
    coupons = await session.scalars(
        text("SELECT state FROM coupons WHERE promotion_id = :id ORDER BY id"),
        {"id": promotion_id},
    )
    return [*uses, *coupons]


async def assert_counted(session: AsyncSession) -> None:
    """Counters of limited promotions equal their uses, and no limit is passed (PR-16)."""
    wrong = await session.execute(
        text(
            "SELECT q.* FROM promotion_quotas q LEFT JOIN ("
            " SELECT promotion_id,"
            "  count(*) FILTER (WHERE state = 'reserved') AS reserved,"
            "  count(*) FILTER (WHERE state = 'consumed') AS consumed,"
            "  sum(amount_minor) FILTER (WHERE state = 'reserved') AS reserved_minor"
            " FROM promotion_uses GROUP BY 1) u USING (promotion_id)"
            " WHERE (total_uses IS NOT NULL OR budget_minor IS NOT NULL)"
            " AND (q.reserved <> coalesce(u.reserved, 0) OR q.consumed <> coalesce(u.consumed, 0)"
            "  OR q.reserved_minor <> coalesce(u.reserved_minor, 0)"
            "  OR q.reserved + q.consumed > q.total_uses"
            "  OR q.reserved_minor + q.consumed_minor > q.budget_minor)"
        )
    )
    assert wrong.all() == []
