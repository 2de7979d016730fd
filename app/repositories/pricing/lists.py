"""Price lists, their prices and the history of both."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models.pricing import LOWEST_DAYS, PriceList
from app.repositories.keyset import before
from app.repositories.patience import take_time

WANTED = """
wanted AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]), CAST(:min_quantities AS int[]),
        CAST(:prices AS bigint[]), CAST(:quotas AS int[]), CAST(:per_members AS int[])
    ) AS w(id, sku_id, min_quantity, price_minor, quota, per_member))"""

CHECK = text(f"""
WITH {WANTED}
SELECT w.sku_id, w.min_quantity, k.id IS NULL AS is_unknown, p.sold, w.quota
  FROM wanted w
  LEFT JOIN skus k ON k.id = w.sku_id
  LEFT JOIN prices p ON p.price_list_id = :list_id AND p.sku_id = w.sku_id
        AND p.min_quantity = w.min_quantity
 WHERE k.id IS NULL OR (w.price_minor IS NOT NULL AND p.sold > w.quota)
 ORDER BY w.sku_id, w.min_quantity
""")

# Changes that are past were folded before, see `fold`; those to come stay.
SET = text(f"""
WITH {WANTED},
old AS MATERIALIZED (
    SELECT p.sku_id, p.min_quantity, p.price_minor FROM prices p
      JOIN wanted w USING (sku_id, min_quantity)
     WHERE p.price_list_id = :list_id ORDER BY p.sku_id, p.min_quantity FOR UPDATE OF p),
withdrawn AS (
    DELETE FROM prices p USING wanted w
     WHERE p.price_list_id = :list_id AND p.sku_id = w.sku_id AND p.change_ats IS NULL
       AND p.min_quantity = w.min_quantity AND w.price_minor IS NULL),
suspended AS (
    UPDATE prices p SET price_minor = NULL, updated_at = now() FROM wanted w
     WHERE p.price_list_id = :list_id AND p.sku_id = w.sku_id AND p.change_ats IS NOT NULL
       AND p.min_quantity = w.min_quantity AND w.price_minor IS NULL),
put AS (
    INSERT INTO prices AS p
           (sku_id, price_list_id, min_quantity, price_minor, quota, per_member)
    SELECT w.sku_id, :list_id, w.min_quantity, w.price_minor, w.quota, w.per_member
      FROM wanted w WHERE w.price_minor IS NOT NULL ORDER BY w.sku_id, w.min_quantity
    ON CONFLICT (sku_id, price_list_id, min_quantity) DO UPDATE
       SET price_minor = excluded.price_minor, quota = excluded.quota,
           per_member = excluded.per_member, updated_at = now())
INSERT INTO price_changes
       (id, sku_id, price_list_id, min_quantity, currency, old_minor, new_minor, actor)
SELECT w.id, w.sku_id, :list_id, w.min_quantity, :currency, o.price_minor, w.price_minor, :actor
  FROM wanted w LEFT JOIN old o USING (sku_id, min_quantity)
 WHERE o.price_minor IS DISTINCT FROM w.price_minor
RETURNING sku_id
""")

# The lowest price of a period is also the one that was in force when it began.
LOWEST = text(f"""
SELECT s.sku_id, n.minor AS current_minor, least(n.minor, (
    SELECT min(new_minor) FROM price_changes c
     WHERE c.sku_id = s.sku_id AND c.price_list_id = :list_id AND c.min_quantity = 1
       AND c.created_at >= now() - interval '{LOWEST_DAYS} days'), (
    SELECT new_minor FROM price_changes c
     WHERE c.sku_id = s.sku_id AND c.price_list_id = :list_id AND c.min_quantity = 1
       AND c.created_at < now() - interval '{LOWEST_DAYS} days'
     ORDER BY c.id DESC LIMIT 1)) AS lowest_minor,
    now() - interval '{LOWEST_DAYS} days' AS since_at
  FROM unnest(CAST(:sku_ids AS uuid[])) AS s(sku_id)
  LEFT JOIN prices r ON r.sku_id = s.sku_id AND r.price_list_id = :list_id AND r.min_quantity = 1
 CROSS JOIN LATERAL (
     SELECT price_at(r.price_minor, r.change_ats, r.change_minors, now()) AS minor) n
""")


class PriceListRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def save(self, row: PriceList) -> None:
        """Write a list, new or changed, and the prices of all goods on it."""
        await take_time(self._session)
        self._session.add(row)
        await self._session.flush()

    async def get(self, list_id: UUID, *, lock: bool = False) -> PriceList | None:
        return await self._session.get(
            PriceList, list_id, with_for_update=lock or None, populate_existing=lock
        )

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[PriceList]:
        """Lists, newest first."""
        statement = select(PriceList).order_by(PriceList.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(PriceList.id < after)
        return (await self._session.scalars(statement)).all()

    async def refused(
        self, list_id: UUID, rows: Sequence[tuple[UUID, int, int | None, int | None, int | None]]
    ) -> Sequence[Any]:
        """Rows of unknown SKUs and rows whose quota is less than what was sold."""
        return (await self._session.execute(CHECK, _values(list_id, rows))).all()

    async def set_prices(
        self,
        price_list: PriceList,
        rows: Sequence[tuple[UUID, int, int | None, int | None, int | None]],
        *,
        actor: str | None,
    ) -> list[UUID]:
        """Set `(sku_id, min_quantity, price_minor, quota, per_member)`; no price withdraws.

        The history is written by the same statement. Returns the SKUs whose price changed.
        """
        values = _values(price_list.id, rows) | {"currency": price_list.currency, "actor": actor}
        return list(await self._session.scalars(SET, values))

    async def prices(
        self, list_id: UUID, *, sku_id: UUID | None, after: tuple[UUID, int] | None, limit: int
    ) -> Sequence[Any]:
        """Prices in order of SKU and quantity."""
        statement = text(f"""
            SELECT p.sku_id, k.code AS sku_code, p.min_quantity,
                   price_at(p.price_minor, p.change_ats, p.change_minors, now()) AS price_minor,
                   p.quota, p.per_member, p.sold, p.updated_at, (
                       SELECT coalesce(jsonb_agg(jsonb_build_object(
                                  'takes_effect_at', c.at, 'price_minor', c.minor)
                              ORDER BY c.at), '[]')
                         FROM unnest(p.change_ats, p.change_minors) AS c(at, minor)
                        WHERE c.at > now()) AS changes
              FROM prices p JOIN skus k ON k.id = p.sku_id
             WHERE p.price_list_id = :list_id
               AND (CAST(:sku_id AS uuid) IS NULL OR p.sku_id = :sku_id)
               AND (CAST(:after_sku AS uuid) IS NULL
                    OR (p.sku_id, p.min_quantity) > (:after_sku, CAST(:after_quantity AS int)))
             ORDER BY p.sku_id, p.min_quantity LIMIT {int(limit)}
        """)
        values = {
            "list_id": list_id,
            "sku_id": sku_id,
            "after_sku": after[0] if after else None,
            "after_quantity": after[1] if after else None,
        }
        return (await self._session.execute(statement, values)).all()

    async def history(
        self, list_id: UUID, *, sku_id: UUID, after: UUID | None, limit: int
    ) -> Sequence[Any]:
        """Changes of the prices of a SKU on a list, newest first."""
        statement = text(f"""
            SELECT id, created_at AS changed_at, min_quantity, currency, old_minor, new_minor,
                   actor, reason, schedule_id
              FROM price_changes
             WHERE sku_id = :sku_id AND price_list_id = :list_id
               AND {before("id")}
             ORDER BY id DESC LIMIT {int(limit)}
        """)
        values = {"list_id": list_id, "sku_id": sku_id, "after": after}
        return (await self._session.execute(statement, values)).all()

    async def lowest(self, list_id: UUID, sku_ids: Sequence[UUID]) -> Sequence[Any]:
        values = {"list_id": list_id, "sku_ids": list(sku_ids)}
        return (await self._session.execute(LOWEST, values)).all()


def _values(
    list_id: UUID, rows: Sequence[tuple[UUID, int, int | None, int | None, int | None]]
) -> dict[str, Any]:
    return {
        "list_id": list_id,
        "ids": [new_id() for _ in rows],
        "sku_ids": [row[0] for row in rows],
        "min_quantities": [row[1] for row in rows],
        "prices": [row[2] for row in rows],
        "quotas": [row[3] for row in rows],
        "per_members": [row[4] for row in rows],
    }
