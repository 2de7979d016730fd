"""Planned changes of prices: what they meet, and how they are put into prices and taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.pricing import ScheduleState
from app.models.price_schedules import PriceSchedule
from app.repositories.kits import KIT_COST

MEET = text(f"""
WITH wanted AS (
    SELECT * FROM unnest(
        CAST(:rows AS int[]), CAST(:sku_ids AS uuid[]), CAST(:codes AS varchar[]),
        CAST(:min_quantities AS int[]), CAST(:prices AS bigint[])
    ) AS w(row, sku_id, code, min_quantity, new_minor)),
meant AS (
    SELECT w.*, CASE WHEN w.code IS NULL
               THEN ARRAY(SELECT k.id FROM skus k WHERE k.id = w.sku_id)
               ELSE ARRAY(SELECT k.id FROM skus k WHERE k.code = w.code LIMIT 2) END AS sku_ids
      FROM wanted w)
SELECT m.row, m.sku_ids, m.min_quantity,
       price_at(p.price_minor, p.change_ats, p.change_minors,
                coalesce(CAST(:at AS timestamptz), now())) AS old_minor, m.new_minor,
       coalesce(CAST(:at AS timestamptz) = ANY(p.change_ats), false) AS is_taken,
       f.floor_minor, CASE WHEN k.is_kit THEN {KIT_COST}
                           WHEN k.cost_currency = :currency THEN k.cost_minor END AS cost_minor
  FROM meant m
  LEFT JOIN skus k ON k.id = m.sku_ids[1]
  LEFT JOIN prices p ON p.sku_id = m.sku_ids[1] AND p.price_list_id = :list_id
       AND p.min_quantity = m.min_quantity
  LEFT JOIN price_floors f ON f.sku_id = m.sku_ids[1] AND f.currency = :currency
 ORDER BY m.row
""")

# Rows that there is no price for and that would withdraw it have nothing to wait for.
PUT = text("""
INSERT INTO prices AS p (sku_id, price_list_id, min_quantity, change_ats, change_minors)
SELECT r.sku_id, s.price_list_id, r.min_quantity, ARRAY[s.takes_effect_at], ARRAY[r.new_minor]
  FROM price_schedule_rows r JOIN price_schedules s ON s.id = r.schedule_id
 WHERE r.schedule_id = :id AND r.sku_id = ANY(CAST(:sku_ids AS uuid[]))
   AND (r.new_minor IS NOT NULL OR EXISTS (
       SELECT FROM prices o WHERE o.sku_id = r.sku_id AND o.price_list_id = s.price_list_id
          AND o.min_quantity = r.min_quantity))
 ORDER BY r.sku_id, r.min_quantity
ON CONFLICT (sku_id, price_list_id, min_quantity) DO UPDATE
   SET (change_ats, change_minors) = (
       SELECT array_agg(c.at ORDER BY c.at), array_agg(c.minor ORDER BY c.at)
         FROM unnest(p.change_ats || excluded.change_ats,
                     p.change_minors || excluded.change_minors) AS c(at, minor))
""")

TAKE_BACK = text("""
WITH taken AS MATERIALIZED (
    SELECT p.sku_id, p.price_list_id, p.min_quantity, s.takes_effect_at AS at
      FROM price_schedules s JOIN price_schedule_rows r ON r.schedule_id = s.id
      JOIN prices p ON p.sku_id = r.sku_id AND p.price_list_id = s.price_list_id
           AND p.min_quantity = r.min_quantity
     WHERE s.id = :id AND s.takes_effect_at = ANY(p.change_ats)
     ORDER BY p.sku_id, p.price_list_id, p.min_quantity FOR UPDATE OF p),
gone AS (
    DELETE FROM prices p USING taken t
     WHERE p.sku_id = t.sku_id AND p.price_list_id = t.price_list_id
       AND p.min_quantity = t.min_quantity AND p.price_minor IS NULL
       AND p.change_ats = ARRAY[t.at])
UPDATE prices p SET (change_ats, change_minors) = (
       SELECT array_agg(c.at ORDER BY c.at), array_agg(c.minor ORDER BY c.at)
         FROM unnest(p.change_ats, p.change_minors) AS c(at, minor) WHERE c.at <> t.at)
  FROM taken t
 WHERE p.sku_id = t.sku_id AND p.price_list_id = t.price_list_id
   AND p.min_quantity = t.min_quantity
   AND NOT (p.price_minor IS NULL AND p.change_ats = ARRAY[t.at])
""")

ADD_ROWS = text("""
INSERT INTO price_schedule_rows (schedule_id, sku_id, min_quantity, old_minor, new_minor)
SELECT :id, * FROM unnest(
    CAST(:sku_ids AS uuid[]), CAST(:min_quantities AS int[]), CAST(:olds AS bigint[]),
    CAST(:news AS bigint[]))
""")

PAGE_OF_ROWS = """
SELECT r.sku_id, k.code AS sku_code, r.min_quantity, r.old_minor, r.new_minor
  FROM price_schedule_rows r JOIN skus k ON k.id = r.sku_id
 WHERE r.schedule_id = :id AND (CAST(:after_sku AS uuid) IS NULL
       OR (r.sku_id, r.min_quantity) > (:after_sku, CAST(:after_quantity AS int)))
 ORDER BY r.sku_id, r.min_quantity
"""


class ScheduleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def meet(
        self,
        list_id: UUID,
        currency: str,
        rows: Sequence[tuple[int, UUID | None, str | None, int, int | None]],
        *,
        at: datetime | None,
    ) -> Sequence[Any]:
        """What `(row, sku_id, sku_code, min_quantity, price_minor)` find at `at` or now."""
        values = {
            "list_id": list_id,
            "currency": currency,
            "at": at,
            "rows": [row[0] for row in rows],
            "sku_ids": [row[1] for row in rows],
            "codes": [row[2] for row in rows],
            "min_quantities": [row[3] for row in rows],
            "prices": [row[4] for row in rows],
        }
        return (await self._session.execute(MEET, values)).all()

    async def add(
        self,
        row: PriceSchedule,
        prices: Sequence[tuple[UUID, int, int | None, int | None]],
    ) -> None:
        """A plan with `(sku_id, min_quantity, old_minor, new_minor)`."""
        self._session.add(row)
        await self._session.flush()
        await self._session.execute(
            ADD_ROWS,
            {
                "id": row.id,
                "sku_ids": [each[0] for each in prices],
                "min_quantities": [each[1] for each in prices],
                "olds": [each[2] for each in prices],
                "news": [each[3] for each in prices],
            },
        )

    async def get(self, schedule_id: UUID, *, lock: bool = False) -> PriceSchedule | None:
        return await self._session.get(
            PriceSchedule, schedule_id, with_for_update=lock or None, populate_existing=lock
        )

    async def instants(self) -> tuple[datetime, datetime]:
        """When the transaction began, and what time it is now."""
        row = (await self._session.execute(text("SELECT now(), clock_timestamp()"))).one()
        return row[0], row[1]

    async def sku_ids(self, schedule_id: UUID) -> list[UUID]:
        """SKUs of a plan in order."""
        statement = text(
            "SELECT DISTINCT sku_id FROM price_schedule_rows WHERE schedule_id = :id ORDER BY 1"
        )
        return list(await self._session.scalars(statement, {"id": schedule_id}))

    async def collisions(self, schedule_id: UUID) -> list[UUID]:
        """SKUs of a plan whose price another plan changes at the same instant."""
        statement = text("""
            SELECT DISTINCT r.sku_id FROM price_schedules s
              JOIN price_schedule_rows r ON r.schedule_id = s.id
              JOIN prices p ON p.sku_id = r.sku_id AND p.price_list_id = s.price_list_id
                   AND p.min_quantity = r.min_quantity
             WHERE s.id = :id AND s.takes_effect_at = ANY(p.change_ats) ORDER BY 1
        """)
        return list(await self._session.scalars(statement, {"id": schedule_id}))

    async def put(self, schedule_id: UUID, sku_ids: Sequence[UUID]) -> None:
        """Write the plan's changes into the prices of these SKUs."""
        await self._session.execute(PUT, {"id": schedule_id, "sku_ids": list(sku_ids)})

    async def take_back(self, schedule_id: UUID) -> None:
        """Take the plan's changes out of prices, as if they had never been put there."""
        await self._session.execute(TAKE_BACK, {"id": schedule_id})

    async def page(
        self,
        *,
        list_id: UUID | None,
        state: ScheduleState | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[PriceSchedule]:
        """Plans, newest first."""
        statement = select(PriceSchedule).order_by(PriceSchedule.id.desc()).limit(limit)
        if list_id is not None:
            statement = statement.where(PriceSchedule.price_list_id == list_id)
        if state is not None:
            statement = statement.where(PriceSchedule.state == state)
        if after is not None:
            statement = statement.where(PriceSchedule.id < after)
        return (await self._session.scalars(statement)).all()

    async def rows(
        self, schedule_id: UUID, *, after: tuple[UUID, int] | None, limit: int
    ) -> Sequence[Any]:
        """Prices of a plan in order of SKU and quantity."""
        values = {
            "id": schedule_id,
            "after_sku": after[0] if after else None,
            "after_quantity": after[1] if after else None,
        }
        statement = text(f"{PAGE_OF_ROWS} LIMIT {int(limit)}")
        return (await self._session.execute(statement, values)).all()
