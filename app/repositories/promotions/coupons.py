"""Coupon instances."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextualSelect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import before
from app.repositories.promotions.offers import ELIGIBLE

VIEW = """c.id, c.code, c.state, c.member_id, c.order_id, c.valid_from, c.valid_to, c.created_at,
       c.batch_id, c.promotion_id, p.name AS promotion_name, p.stage, p.scope, p.action,
       p.condition, p.currency,
       p.status = 'running' AND (p.starts_at IS NULL OR p.starts_at <= now())
           AND (p.ends_at IS NULL OR now() < p.ends_at)
           AND (c.valid_from IS NULL OR c.valid_from <= now())
           AND (c.valid_to IS NULL OR now() < c.valid_to)
           AND c.state = 'available' AS is_usable"""

ISSUE = text("""
INSERT INTO coupons (id, promotion_id, code, member_id, state, valid_from, valid_to)
SELECT n.id, :promotion_id, n.code, n.member_id, 'available', :valid_from, :valid_to
  FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS varchar[]), CAST(:member_ids AS uuid[]))
       AS n(id, code, member_id)
""")

CLAIM = text("""
UPDATE coupons c SET member_id = :member_id
  FROM promotions p
 WHERE c.code = :code AND c.state = 'available' AND c.member_id IS NULL
   AND (c.valid_to IS NULL OR now() < c.valid_to)
   AND p.id = c.promotion_id AND p.status IN ('approved', 'running')
   AND (p.ends_at IS NULL OR now() < p.ends_at)
""")

# What is over or ended is left out; what opens later is shown, so that shoppers know.
CLAIMABLE = f"""
SELECT b.id, b.name, b.total, b.total - b.issued AS remaining, b.per_member, b.opens_at,
       b.closes_at, b.valid_from, b.valid_to, b.valid_days, p.id AS promotion_id,
       p.name AS promotion_name, p.stage, p.currency, p.scope, p.condition, p.action,
       coalesce(mine.held, 0) AS held,
       CASE WHEN m.id IS NULL OR m.kind <> 'member' THEN 'sign_in'
            WHEN b.opens_at > now() THEN 'not_open'
            WHEN coalesce(mine.held, 0) >= b.per_member THEN 'limit_reached'
            WHEN b.issued >= b.total THEN 'gone'
            WHEN NOT ({ELIGIBLE}) THEN 'not_for_you' END AS obstacle
  FROM coupon_batches b JOIN promotions p ON p.id = b.promotion_id
  LEFT JOIN members m ON m.id = :member_id
  LEFT JOIN LATERAL (
       SELECT count(*) AS held FROM coupons c
        WHERE c.batch_id = b.id AND c.member_id = m.id) mine ON true
 WHERE b.kind = 'claim' AND b.state = 'made'
   AND (b.closes_at IS NULL OR now() < b.closes_at)
   AND (b.valid_to IS NULL OR now() < b.valid_to)
   AND p.status IN ('approved', 'running') AND (p.ends_at IS NULL OR now() < p.ends_at)
   AND {before("b.id")}
 ORDER BY b.id DESC LIMIT :limit
"""

VOID = text("""
UPDATE coupons SET state = 'void' WHERE id = :id AND state IN ('available', 'expired')
RETURNING id
""")


class CouponRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def issue(
        self,
        promotion_id: UUID,
        codes: Sequence[str],
        member_ids: Sequence[UUID | None],
        *,
        valid_from: datetime | None,
        valid_to: datetime | None,
    ) -> None:
        """One coupon per code; the member beside it owns it from the start."""
        values = {
            "promotion_id": promotion_id,
            "ids": [new_id() for _ in codes],
            "codes": list(codes),
            "member_ids": list(member_ids),
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        await self._session.execute(ISSUE, values)

    async def claim(self, code: str, member_id: UUID) -> None:
        """Give an unclaimed coupon to a member, if it is still good for something."""
        await self._session.execute(CLAIM, {"code": code, "member_id": member_id})

    async def owned(self, code: str, member_id: UUID) -> Any:
        statement = _view(f"""
            SELECT {VIEW} FROM coupons c JOIN promotions p ON p.id = c.promotion_id
             WHERE c.code = :code AND c.member_id = :member_id
        """)
        values = {"code": code, "member_id": member_id}
        return (await self._session.execute(statement, values)).one_or_none()

    async def view(self, coupon_id: UUID) -> Any:
        statement = _view(f"""
            SELECT {VIEW} FROM coupons c JOIN promotions p ON p.id = c.promotion_id
             WHERE c.id = :id
        """)
        return (await self._session.execute(statement, {"id": coupon_id})).one()

    async def claimable(self, member_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Any]:
        """Batches of the coupon centre, newest first, with what keeps the member from one."""
        statement = text(CLAIMABLE).columns(scope=JSONB, action=JSONB, condition=JSONB)
        values = {"member_id": member_id, "after": after, "limit": limit}
        return (await self._session.execute(statement, values)).all()

    async def void(self, coupon_id: UUID) -> bool:
        return await self._session.scalar(VOID, {"id": coupon_id}) is not None

    async def page(
        self,
        *,
        promotion_id: UUID | None,
        member_id: UUID | None,
        state: str | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Any]:
        """Coupons, newest first."""
        wanted = {"promotion_id": promotion_id, "member_id": member_id, "state": state}
        values = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join([*(f"c.{name} = :{name}" for name in values), before("c.id")])
        statement = _view(f"""
            SELECT {VIEW} FROM coupons c JOIN promotions p ON p.id = c.promotion_id
             WHERE {where} ORDER BY c.id DESC LIMIT {int(limit)}
        """)
        return (await self._session.execute(statement, values | {"after": after})).all()

    async def expire(self, limit: int) -> int:
        """End available coupons past their validity, skipping what others hold."""
        statement = text(f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM coupons WHERE state = 'available' AND valid_to <= now()
                 ORDER BY valid_to LIMIT {int(limit)} FOR UPDATE SKIP LOCKED),
            ended AS (
                UPDATE coupons c SET state = 'expired' FROM due
                 WHERE c.id = due.id AND c.state = 'available' RETURNING 1)
            SELECT count(*) FROM ended
        """)
        return int(await self._session.scalar(statement) or 0)


def _view(statement: str) -> TextualSelect:
    return text(statement).columns(scope=JSONB, action=JSONB, condition=JSONB)
