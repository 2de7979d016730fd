"""Coupons of a batch given to members, one by one or many at once.

One member's row is locked first, so that a member's requests come one after the other; then the
code, then the batch if it has a total, in that order.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.keyset import beyond

ELIGIBLE = """(cardinality(b.tiers) = 0 OR coalesce(m.tier = ANY(b.tiers), false))
       AND (b.registered_from IS NULL OR m.created_at >= b.registered_from)
       AND (b.registered_before IS NULL OR m.created_at < b.registered_before)
       AND (NOT b.is_first_order OR NOT EXISTS (
            SELECT FROM orders o WHERE o.member_id = m.id AND o.kind = 'sale'
               AND o.state <> 'cancelled'))"""
"""Whether the member `m` belongs to the segment of the batch `b`."""

IS_OPEN = """b.state IN ('made', 'exported')
       AND (b.opens_at IS NULL OR b.opens_at <= now())
       AND (b.closes_at IS NULL OR now() < b.closes_at)
       AND (b.valid_to IS NULL OR now() < b.valid_to)
       AND p.status IN ('approved', 'running') AND (p.ends_at IS NULL OR now() < p.ends_at)"""

LOCK_MEMBER = text("""
SELECT id FROM members WHERE id = :id AND kind = 'member' FOR NO KEY UPDATE
""")

LOCK_CODE = text("""
SELECT batch_id, number, coupon_id FROM coupon_codes WHERE code_hash = :code_hash FOR UPDATE
""")

# The batch is locked before it is read where coupons of it are counted.
OFFER = text(f"""
WITH limited AS MATERIALIZED (
    SELECT * FROM coupon_batches b
     WHERE b.id = :batch_id AND b.total IS NOT NULL AND b.kind <> 'codes' FOR UPDATE),
b AS (
    SELECT * FROM limited
    UNION ALL
    SELECT * FROM coupon_batches b
     WHERE b.id = :batch_id AND (b.total IS NULL OR b.kind = 'codes'))
SELECT b.id, b.promotion_id, b.kind, b.total, b.issued, b.per_member, b.valid_from, b.valid_to,
       b.valid_days, b.opens_at > now() AS is_early, {IS_OPEN} AS is_open,
       {ELIGIBLE} AS is_eligible,
       (SELECT count(*) FROM coupons c
         WHERE c.batch_id = b.id AND c.member_id = m.id) AS held
  FROM b JOIN promotions p ON p.id = b.promotion_id JOIN members m ON m.id = :member_id
""")

GIVE = text("""
WITH counted AS (
    UPDATE coupon_batches SET issued = :issued + 1
     WHERE id = :batch_id AND total IS NOT NULL AND kind <> 'codes'),
given AS (
    INSERT INTO coupons
           (id, promotion_id, code, member_id, state, valid_from, valid_to, batch_id, slot, origin)
    VALUES (:id, :promotion_id, :code, :member_id, 'available',
            CASE WHEN CAST(:days AS int) IS NULL THEN :valid_from ELSE now() END,
            CASE WHEN CAST(:days AS int) IS NULL THEN :valid_to
                 ELSE now() + make_interval(days => :days) END,
            :batch_id, :slot, :origin)
    RETURNING id)
UPDATE coupon_codes SET coupon_id = :id, used_at = now()
 WHERE batch_id = :batch_id AND number = :number
""")

GIVE_MANY = text("""
WITH b AS (SELECT * FROM coupon_batches WHERE id = :batch_id),
given AS (
    INSERT INTO coupons
           (id, promotion_id, code, member_id, state, valid_from, valid_to, batch_id, slot)
    SELECT n.id, b.promotion_id, n.code, n.member_id, 'available',
           CASE WHEN b.valid_days IS NULL THEN b.valid_from ELSE now() END,
           CASE WHEN b.valid_days IS NULL THEN b.valid_to
                ELSE now() + make_interval(days => b.valid_days) END,
           b.id, 1
      FROM b, unnest(CAST(:ids AS uuid[]), CAST(:codes AS varchar[]), CAST(:member_ids AS uuid[]))
           AS n(id, code, member_id)
    ON CONFLICT DO NOTHING RETURNING member_id)
SELECT member_id FROM given
""")

NAMED = text(f"""
SELECT m.id FROM coupon_batches b JOIN coupon_targets t ON t.batch_id = b.id
  JOIN members m ON m.id = t.member_id
 WHERE b.id = :batch_id AND {beyond("t.member_id")}
   AND m.kind = 'member' AND {ELIGIBLE}
 ORDER BY m.id LIMIT :limit
""")

SEGMENT = text(f"""
SELECT m.id FROM coupon_batches b, members m
 WHERE b.id = :batch_id AND {beyond("m.id")}
   AND m.kind = 'member' AND m.status = 'active' AND {ELIGIBLE}
 ORDER BY m.id LIMIT :limit
""")

TRIGGERED = text("""
SELECT b.id FROM coupon_batches b JOIN promotions p ON p.id = b.promotion_id
 WHERE b.trigger = :trigger AND b.state = 'made'
   AND (b.min_amount_minor IS NULL
        OR (p.currency = :currency AND b.min_amount_minor <= :amount_minor))
   AND NOT EXISTS (SELECT FROM coupons c WHERE c.batch_id = b.id AND c.origin = :origin)
   AND NOT EXISTS (SELECT FROM orders o WHERE o.id = :order_id AND o.state = 'cancelled')
 ORDER BY b.id
""")

# One that an order holds is marked: whoever gives it back, then or at this moment, ends it.
WITHDRAW = text("""
WITH held AS MATERIALIZED (
    SELECT id FROM coupons WHERE origin = :origin ORDER BY id FOR UPDATE)
UPDATE coupons c
   SET is_withdrawn = true,
       state = CASE WHEN c.state IN ('available', 'expired') THEN 'void' ELSE c.state END
  FROM held h WHERE c.id = h.id
""")


class OfferRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock_member(self, member_id: UUID) -> bool:
        """Whether there is such a member, now locked; a guest is none."""
        return await self._session.scalar(LOCK_MEMBER, {"id": member_id}) is not None

    async def lock_code(self, code_hash: bytes) -> Any:
        """The code of a hash, locked, or None."""
        return (await self._session.execute(LOCK_CODE, {"code_hash": code_hash})).one_or_none()

    async def public(self, code: str) -> UUID | None:
        statement = text("SELECT id FROM coupon_batches WHERE public_code = :code")
        found: UUID | None = await self._session.scalar(statement, {"code": code})
        return found

    async def offer(self, batch_id: UUID, member_id: UUID) -> Any:
        """What a batch has for a locked member, or None; a counted batch is locked by it."""
        values = {"batch_id": batch_id, "member_id": member_id}
        return (await self._session.execute(OFFER, values)).one_or_none()

    async def newest(self, batch_id: UUID, member_id: UUID) -> UUID | None:
        """The coupon a member got last of a batch."""
        statement = text(
            "SELECT id FROM coupons WHERE batch_id = :batch_id AND member_id = :member_id"
            " ORDER BY slot DESC LIMIT 1"
        )
        values = {"batch_id": batch_id, "member_id": member_id}
        found: UUID | None = await self._session.scalar(statement, values)
        return found

    async def at_hand(self, batch_id: UUID, member_id: UUID) -> UUID | None:
        """The coupon a member has of a batch that ends first, of those not used or over."""
        statement = text(
            "SELECT id FROM coupons WHERE batch_id = :batch_id AND member_id = :member_id"
            " AND state = 'available' AND (valid_to IS NULL OR now() < valid_to)"
            " ORDER BY valid_to, slot LIMIT 1"
        )
        values = {"batch_id": batch_id, "member_id": member_id}
        found: UUID | None = await self._session.scalar(statement, values)
        return found

    async def give(
        self,
        offer: Any,
        member_id: UUID,
        *,
        code: str,
        number: int | None = None,
        origin: str | None = None,
    ) -> UUID:
        """The id of a new coupon of an offer just read; with `number` that code is used up."""
        coupon_id = new_id()
        values = {
            "id": coupon_id,
            "batch_id": offer.id,
            "promotion_id": offer.promotion_id,
            "issued": offer.issued,
            "code": code,
            "member_id": member_id,
            "valid_from": offer.valid_from,
            "valid_to": offer.valid_to,
            "days": offer.valid_days,
            "slot": offer.held + 1,
            "origin": origin,
            "number": number,
        }
        await self._session.execute(GIVE, values)
        return coupon_id

    async def give_many(
        self, batch_id: UUID, member_ids: Sequence[UUID], codes: Sequence[str]
    ) -> Sequence[UUID]:
        """One coupon for each member who has none of the batch; those who got one."""
        values = {
            "batch_id": batch_id,
            "ids": [new_id() for _ in member_ids],
            "codes": list(codes),
            "member_ids": list(member_ids),
        }
        return (await self._session.execute(GIVE_MANY, values)).scalars().all()

    async def addressed(
        self, batch_id: UUID, *, is_named: bool, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """The next members of a targeted batch, by id: those named, or its segment."""
        values = {"batch_id": batch_id, "after": after, "limit": limit}
        statement = NAMED if is_named else SEGMENT
        return (await self._session.execute(statement, values)).scalars().all()

    async def triggered(
        self,
        trigger: str,
        *,
        origin: str,
        order_id: UUID | None,
        currency: str | None,
        amount_minor: int,
    ) -> Sequence[UUID]:
        """Automatic batches that have not yet given for `origin`, by id.

        An order that is cancelled by now earns nothing.
        """
        values = {
            "order_id": order_id,
            "trigger": trigger,
            "origin": origin,
            "currency": currency,
            "amount_minor": amount_minor,
        }
        return (await self._session.execute(TRIGGERED, values)).scalars().all()

    async def withdraw(self, origin: str) -> None:
        """Void the coupons given for `origin`, those that orders hold when they come back."""
        await self._session.execute(WITHDRAW, {"origin": origin})
