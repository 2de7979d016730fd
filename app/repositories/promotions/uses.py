"""Uses of promotions by orders. Quotas are locked by promotion id, then days, then coupons by id.

Only promotions with a total or a budget are counted: an unlimited one would be a row that every
order writes. Counters are set from the locked reading: an UPDATE first computes its row from the
statement's snapshot, and what others committed meanwhile would break a CHECK that in truth holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id

LIMITED = "(q.total_uses IS NOT NULL OR q.budget_minor IS NOT NULL)"

TODAY = "CAST(now() AT TIME ZONE q.time_zone AS date)"

# Reading the locked quotas first orders the locks: quotas, then their days.
AFTER_QUOTAS = "(SELECT count(*) FROM limited) >= 0"

# Callers hold the member's row, so the orders of one member take their slots one after the other
# and each sees those of the last; other members do not wait. What the order holds already it does
# not take again, so that a replay changes nothing.
RESERVE = direct(f"""
WITH wanted AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:promotion_ids AS uuid[]), CAST(:coupon_ids AS uuid[]),
        CAST(:amounts AS bigint[])
    ) AS w(id, promotion_id, coupon_id, amount_minor)
     WHERE NOT EXISTS (
        SELECT 1 FROM promotion_uses u
         WHERE u.order_id = :order_id AND u.promotion_id = w.promotion_id
           AND u.state <> 'released')),
limited AS MATERIALIZED (
    SELECT q.*, w.amount_minor FROM promotion_quotas q JOIN wanted w USING (promotion_id)
     WHERE {LIMITED} ORDER BY q.promotion_id FOR UPDATE OF q),
counted AS (
    UPDATE promotion_quotas q
       SET reserved = l.reserved + 1, reserved_minor = l.reserved_minor + l.amount_minor,
           consumed = l.consumed, consumed_minor = l.consumed_minor
      FROM limited l
     WHERE q.promotion_id = l.promotion_id
       AND (l.total_uses IS NULL OR l.reserved + l.consumed < l.total_uses)
       AND (l.budget_minor IS NULL
            OR l.reserved_minor + l.consumed_minor + l.amount_minor <= l.budget_minor)
    RETURNING q.promotion_id),
dayed AS (
    INSERT INTO promotion_days AS d (promotion_id, day, used, most)
    SELECT q.promotion_id, {TODAY}, 1, q.uses_per_day
      FROM wanted w JOIN promotion_quotas q USING (promotion_id)
     WHERE q.uses_per_day IS NOT NULL AND {AFTER_QUOTAS} ORDER BY q.promotion_id
    ON CONFLICT (promotion_id, day) DO UPDATE SET used = d.used + 1 WHERE d.used < d.most
    RETURNING promotion_id),
slots AS (
    SELECT w.*, q.uses_per_member IS NULL AS is_free, (
               SELECT min(n) FROM generate_series(1, q.uses_per_member) n
                WHERE NOT EXISTS (
                    SELECT 1 FROM promotion_uses u
                     WHERE u.promotion_id = w.promotion_id AND u.member_id = :member_id
                       AND u.slot = n AND u.state <> 'released')) AS slot,
           CASE WHEN q.uses_per_day IS NOT NULL OR q.uses_per_member_per_day IS NOT NULL
                THEN {TODAY} END AS day,
           q.uses_per_member_per_day IS NULL AS is_free_today, (
               SELECT min(n) FROM generate_series(1, q.uses_per_member_per_day) n
                WHERE NOT EXISTS (
                    SELECT 1 FROM promotion_uses u
                     WHERE u.promotion_id = w.promotion_id AND u.member_id = :member_id
                       AND u.day = {TODAY} AND u.day_slot = n AND u.state <> 'released'))
               AS day_slot
      FROM wanted w LEFT JOIN promotion_quotas q USING (promotion_id)),
used AS (
    INSERT INTO promotion_uses
           (id, promotion_id, order_id, member_id, slot, day, day_slot, amount_minor, state)
    SELECT s.id, s.promotion_id, :order_id, :member_id, s.slot, s.day, s.day_slot,
           s.amount_minor, 'reserved'
      FROM slots s
     WHERE (s.is_free OR s.slot IS NOT NULL) AND (s.is_free_today OR s.day_slot IS NOT NULL)
     ORDER BY s.promotion_id
    ON CONFLICT DO NOTHING RETURNING promotion_id),
held AS MATERIALIZED (
    SELECT c.id FROM coupons c JOIN wanted w ON w.coupon_id = c.id
     ORDER BY c.id FOR UPDATE OF c),
taken AS (
    UPDATE coupons c SET state = 'reserved', order_id = :order_id FROM held h
     WHERE c.id = h.id AND c.state = 'available'
       AND (c.member_id IS NULL OR c.member_id = :member_id)
       AND (c.valid_from IS NULL OR c.valid_from <= now())
       AND (c.valid_to IS NULL OR now() < c.valid_to)
    RETURNING c.id)
SELECT w.promotion_id, w.coupon_id,
       NOT EXISTS (SELECT 1 FROM used u WHERE u.promotion_id = w.promotion_id) AS has_no_slot,
       EXISTS (SELECT 1 FROM limited l WHERE l.promotion_id = w.promotion_id)
           AND NOT EXISTS (SELECT 1 FROM counted c WHERE c.promotion_id = w.promotion_id)
           AS is_exhausted,
       coalesce((SELECT q.uses_per_day IS NOT NULL FROM promotion_quotas q
                  WHERE q.promotion_id = w.promotion_id), false)
           AND NOT EXISTS (SELECT 1 FROM dayed d WHERE d.promotion_id = w.promotion_id)
           AS is_over_today,
       w.coupon_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM taken t WHERE t.id = w.coupon_id)
           AS is_taken
  FROM wanted w ORDER BY w.promotion_id
""")

CONSUME = direct(f"""
WITH used AS (
    UPDATE promotion_uses SET state = 'consumed'
     WHERE order_id = :order_id AND state = 'reserved'
    RETURNING promotion_id, amount_minor),
limited AS MATERIALIZED (
    SELECT q.*, u.amount_minor FROM promotion_quotas q JOIN used u USING (promotion_id)
     WHERE {LIMITED} ORDER BY q.promotion_id FOR UPDATE OF q),
counted AS (
    UPDATE promotion_quotas q
       SET reserved = l.reserved - 1, reserved_minor = l.reserved_minor - l.amount_minor,
           consumed = l.consumed + 1, consumed_minor = l.consumed_minor + l.amount_minor
      FROM limited l WHERE q.promotion_id = l.promotion_id),
held AS MATERIALIZED (
    SELECT id FROM coupons WHERE order_id = :order_id AND state = 'reserved'
     ORDER BY id FOR UPDATE)
UPDATE coupons c SET state = 'consumed' FROM held h WHERE c.id = h.id
""")

# Locks what `reserve` locks, in that order, for what is kept and what is not.
LOCK = direct(f"""
SELECT q.promotion_id FROM promotion_quotas q
 WHERE {LIMITED} AND EXISTS (
    SELECT FROM promotion_uses u WHERE u.order_id = :order_id AND u.promotion_id = q.promotion_id)
 ORDER BY q.promotion_id FOR UPDATE OF q
""")
LESSEN = direct(f"""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:promotion_ids AS uuid[]), CAST(:amounts AS bigint[]))
        AS w(promotion_id, amount_minor)),
mine AS MATERIALIZED (
    SELECT u.id, u.promotion_id, u.amount_minor - w.amount_minor AS less, w.amount_minor
      FROM promotion_uses u JOIN wanted w USING (promotion_id)
     WHERE u.order_id = :order_id AND u.state = 'reserved' AND u.amount_minor <> w.amount_minor),
fewer AS (UPDATE promotion_uses u SET amount_minor = m.amount_minor FROM mine m WHERE u.id = m.id)
UPDATE promotion_quotas q SET reserved_minor = q.reserved_minor - m.less
  FROM mine m WHERE q.promotion_id = m.promotion_id AND {LIMITED}
""")
# What is not used any more took nothing.
NOTHING = direct("""
UPDATE promotion_uses SET amount_minor = 0 WHERE order_id = :order_id AND state = 'released'
""")

RELEASE = direct(f"""
WITH mine AS MATERIALIZED (
    SELECT u.id, u.promotion_id, u.amount_minor, u.day,
           p.refund->>'coupon_expiry' = 'grace' AND CAST(:was_paid AS boolean) AS has_grace,
           (u.state = 'reserved')::int AS from_reserved,
           (u.state = 'consumed')::int AS from_consumed
      FROM promotion_uses u JOIN promotions p ON p.id = u.promotion_id
     WHERE u.order_id = :order_id
       AND CASE WHEN CAST(:was_paid AS boolean)
                THEN u.state IN ('reserved', 'consumed')
                     AND (CAST(:is_blameless AS boolean)
                          OR coalesce(p.refund->>'return_coupon', 'on_cancel')
                              = ANY(CAST(:rules AS text[])))
                ELSE u.state = 'reserved' END
       AND NOT u.promotion_id = ANY(CAST(:kept AS uuid[]))
     ORDER BY u.promotion_id FOR UPDATE OF u),
ended AS (UPDATE promotion_uses u SET state = 'released' FROM mine m WHERE u.id = m.id),
limited AS MATERIALIZED (
    SELECT q.*, m.from_reserved, m.from_consumed, m.amount_minor
      FROM promotion_quotas q JOIN mine m USING (promotion_id)
     WHERE {LIMITED} ORDER BY q.promotion_id FOR UPDATE OF q),
counted AS (
    UPDATE promotion_quotas q
       SET reserved = l.reserved - l.from_reserved, consumed = l.consumed - l.from_consumed,
           reserved_minor = l.reserved_minor - l.from_reserved * l.amount_minor,
           consumed_minor = l.consumed_minor - l.from_consumed * l.amount_minor
      FROM limited l WHERE q.promotion_id = l.promotion_id),
dayed AS MATERIALIZED (
    SELECT d.* FROM promotion_days d JOIN mine m USING (promotion_id, day)
     WHERE {AFTER_QUOTAS} ORDER BY d.promotion_id, d.day FOR UPDATE OF d),
undone AS (
    UPDATE promotion_days d SET used = l.used - 1, most = l.most
      FROM dayed l WHERE d.promotion_id = l.promotion_id AND d.day = l.day),
held AS MATERIALIZED (
    SELECT c.id, CASE WHEN m.has_grace
                      THEN greatest(c.valid_to, now() + make_interval(days => :grace_days))
                      ELSE c.valid_to END AS valid_to
      FROM coupons c JOIN mine m USING (promotion_id)
     WHERE c.order_id = :order_id AND c.state IN ('reserved', 'consumed')
     ORDER BY c.id FOR UPDATE OF c)
UPDATE coupons c
   SET order_id = NULL, valid_to = CASE WHEN c.valid_to IS NOT NULL THEN h.valid_to END,
       state = CASE WHEN c.is_withdrawn THEN 'void'
                    WHEN c.valid_to IS NOT NULL AND h.valid_to <= now() THEN 'expired'
                    ELSE 'available' END
  FROM held h WHERE c.id = h.id
""")


class UseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def reserve(
        self,
        rows: Sequence[tuple[UUID, UUID | None, int]],
        *,
        order_id: UUID,
        member_id: UUID,
    ) -> Sequence[Any]:
        """Reserve `(promotion_id, coupon_id, amount_minor)` for an order of a locked member.

        One row each says what stood in the way; the caller rolls back if anything did.
        """
        values = {
            "ids": [new_id() for _ in rows],
            "promotion_ids": [row[0] for row in rows],
            "coupon_ids": [row[1] for row in rows],
            "amounts": [row[2] for row in rows],
            "order_id": order_id,
            "member_id": member_id,
        }
        return (await self._session.execute(RESERVE, values)).all()

    async def lessen(self, order_id: UUID, amounts: Mapping[UUID, int]) -> None:
        """What an order that is not paid takes of each promotion is that; others it uses no more.

        Counters are locked first, so they can be taken from as they are (docs/adr/0008).
        """
        await self._session.execute(LOCK, {"order_id": order_id})
        await self._session.execute(
            LESSEN,
            {
                "order_id": order_id,
                "promotion_ids": list(amounts),
                "amounts": list(amounts.values()),
            },
        )
        await self.release(
            order_id, was_paid=False, is_blameless=False, rules=(), grace_days=0, kept=list(amounts)
        )
        await self._session.execute(NOTHING, {"order_id": order_id})

    async def consume(self, order_id: UUID) -> None:
        await self._session.execute(CONSUME, {"order_id": order_id})

    async def release(
        self,
        order_id: UUID,
        *,
        was_paid: bool,
        is_blameless: bool,
        rules: Sequence[str],
        grace_days: int,
        kept: Sequence[UUID] = (),
    ) -> None:
        """Give back what was never paid for, else what one of `rules` returns, but those `kept`."""
        await self._session.execute(
            RELEASE,
            {
                "order_id": order_id,
                "was_paid": was_paid,
                "is_blameless": is_blameless,
                "rules": list(rules),
                "grace_days": grace_days,
                "kept": list(kept),
            },
        )
