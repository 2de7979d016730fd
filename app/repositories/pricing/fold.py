"""Changes of prices that are past: written into the history, and into the price itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id


class PastChange(NamedTuple):
    """From `at` on the price was `new_minor`; null is no price."""

    sku_id: UUID
    price_list_id: UUID
    min_quantity: int
    at: Any
    old_minor: int | None
    new_minor: int | None


_PAST = """
WITH due AS MATERIALIZED (
    SELECT p.* FROM prices p
     WHERE p.change_ats IS NOT NULL AND p.change_ats[1] <= now() {which}
     ORDER BY p.sku_id, p.price_list_id, p.min_quantity {limit} FOR UPDATE OF p {locked})
SELECT d.sku_id, d.price_list_id, d.min_quantity, c.at,
       CASE c.n WHEN 1 THEN d.price_minor ELSE d.change_minors[c.n - 1] END AS old_minor,
       c.minor AS new_minor
  FROM due d
 CROSS JOIN LATERAL unnest(d.change_ats, d.change_minors) WITH ORDINALITY AS c(at, minor, n)
 WHERE c.at <= now()
 ORDER BY c.at, d.sku_id, d.price_list_id, d.min_quantity
"""

PAST_OF_LIST = text(
    _PAST.format(
        which="AND p.price_list_id = :list_id AND p.sku_id = ANY(CAST(:sku_ids AS uuid[]))",
        limit="",
        locked="",
    )
)

FOLD = text("""
WITH past AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:list_ids AS uuid[]),
        CAST(:min_quantities AS int[]), CAST(:ats AS timestamptz[]), CAST(:olds AS bigint[]),
        CAST(:news AS bigint[])
    ) AS w(id, sku_id, price_list_id, min_quantity, at, old_minor, new_minor)),
folded AS (
    SELECT DISTINCT sku_id, price_list_id, min_quantity FROM past),
gone AS (
    DELETE FROM prices p USING folded f
     WHERE p.sku_id = f.sku_id AND p.price_list_id = f.price_list_id
       AND p.min_quantity = f.min_quantity AND p.change_ats[cardinality(p.change_ats)] <= now()
       AND price_at(p.price_minor, p.change_ats, p.change_minors, now()) IS NULL),
moved AS (
    UPDATE prices p
       SET price_minor = price_at(p.price_minor, p.change_ats, p.change_minors, now()),
           change_ats = nullif(p.change_ats[width_bucket(now(), p.change_ats) + 1:], '{}'),
           change_minors = nullif(p.change_minors[width_bucket(now(), p.change_ats) + 1:], '{}'),
           updated_at = now()
      FROM folded f
     WHERE p.sku_id = f.sku_id AND p.price_list_id = f.price_list_id
       AND p.min_quantity = f.min_quantity
       AND (p.change_ats[cardinality(p.change_ats)] > now()
            OR price_at(p.price_minor, p.change_ats, p.change_minors, now()) IS NOT NULL))
INSERT INTO price_changes (id, created_at, sku_id, price_list_id, min_quantity, currency,
                           old_minor, new_minor, actor, reason, schedule_id)
SELECT w.id, w.at, w.sku_id, w.price_list_id, w.min_quantity, l.currency, w.old_minor,
       w.new_minor, left(coalesce(s.approved_by, s.drafted_by), 64), s.reason, s.id
  FROM past w JOIN price_lists l ON l.id = w.price_list_id
  LEFT JOIN LATERAL (
      SELECT s.* FROM price_schedules s JOIN price_schedule_rows r ON r.schedule_id = s.id
       WHERE s.price_list_id = w.price_list_id AND s.takes_effect_at = w.at
         AND s.state IN ('scheduled', 'applied') AND r.sku_id = w.sku_id
         AND r.min_quantity = w.min_quantity
       ORDER BY s.id DESC LIMIT 1) s ON true
 WHERE w.old_minor IS DISTINCT FROM w.new_minor
""")

APPLIED = text("""
UPDATE price_schedules s SET state = 'applied', updated_at = now()
 WHERE s.state = 'scheduled' AND s.takes_effect_at <= now() AND NOT EXISTS (
    SELECT FROM prices p
     WHERE p.price_list_id = s.price_list_id AND p.change_ats IS NOT NULL
       AND s.takes_effect_at = ANY(p.change_ats))
""")


class FoldRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def past_of_list(self, list_id: UUID, sku_ids: Sequence[UUID]) -> list[PastChange]:
        """Changes of these prices that took effect and are not folded yet, locked; oldest first."""
        values = {"list_id": list_id, "sku_ids": list(sku_ids)}
        rows = (await self._session.execute(PAST_OF_LIST, values)).all()
        return [PastChange(*row) for row in rows]

    async def past(self, limit: int) -> list[PastChange]:
        """The same of any prices, at most of `limit` that nobody else is changing."""
        statement = text(_PAST.format(which="", limit=f"LIMIT {int(limit)}", locked="SKIP LOCKED"))
        return [PastChange(*row) for row in (await self._session.execute(statement)).all()]

    async def fold(self, changes: Sequence[PastChange]) -> None:
        """Write locked changes into the history, and the last of each price into the price."""
        await self._session.execute(
            FOLD,
            {
                "ids": [new_id() for _ in changes],
                "sku_ids": [each.sku_id for each in changes],
                "list_ids": [each.price_list_id for each in changes],
                "min_quantities": [each.min_quantity for each in changes],
                "ats": [each.at for each in changes],
                "olds": [each.old_minor for each in changes],
                "news": [each.new_minor for each in changes],
            },
        )

    async def mark_applied(self) -> None:
        """Note that planned changes whose instant is past are folded."""
        await self._session.execute(APPLIED)
