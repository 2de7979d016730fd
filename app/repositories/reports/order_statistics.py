"""What orders came to: keeping it by the hour, and adding hours up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.horizon import HORIZON
from app.repositories.reports.order_folds import FACTS, KEYS, fold, touched

_FIRST: Final = UUID(int=0)
_LOCKED = text("SELECT at, order_id FROM report_marks WHERE name = 'order_hours' FOR UPDATE")
_MOVE = text("UPDATE report_marks SET at = :at, order_id = :order_id WHERE name = 'order_hours'")
_CHANGED = text(f"""
    WITH changed AS MATERIALIZED (
        SELECT id, updated_at FROM orders WHERE (updated_at, id) > (:at, :order_id)
        ORDER BY updated_at, id LIMIT :limit),
    last AS (
        SELECT CASE WHEN count(*) < :limit THEN CAST(:until AS timestamptz)
                    ELSE least(CAST(:until AS timestamptz), max(updated_at)) END AS at
        FROM changed)
    SELECT (SELECT at FROM last) AS until, (SELECT count(*) FROM changed) AS orders,
           (SELECT id FROM changed ORDER BY updated_at DESC, id DESC LIMIT 1) AS order_id,
           array(SELECT t.at FROM ({
    touched(
        "o.id IN (SELECT id FROM changed)",
        "r.succeeded_at >= :at AND r.succeeded_at <= (SELECT at FROM last)",
        "c.created_at >= :at AND c.created_at <= (SELECT at FROM last)",
    )
}) t ORDER BY 1) AS hours
""")
_FORGET = text("DELETE FROM order_hours WHERE hour_at = ANY(:hours)")
_COLUMNS = ", ".join((*KEYS, *FACTS))
_FOLD = text(f"""
    INSERT INTO order_hours ({_COLUMNS})
    WITH spans AS MATERIALIZED (SELECT unnest(CAST(:hours AS timestamptz[])) AS at)
    SELECT {_COLUMNS} FROM ({fold(spans=True)}) f
""")


class OrderStatisticsRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def roll(self, limit: int) -> bool:
        """Work out anew the hours of the next orders that changed; whether there are more.

        What changed since the horizon is looked at again, but not before the horizon has moved:
        more that can be done at once there is none. Whoever else would do so waits until commit.
        """
        mark = (await self._session.execute(_LOCKED)).one()
        until: datetime = (await self._session.execute(HORIZON)).scalar_one()
        values = {"at": mark.at, "order_id": mark.order_id, "until": until, "limit": limit}
        found = (await self._session.execute(_CHANGED, values)).one()
        if found.hours:
            await self._session.execute(_FORGET, {"hours": found.hours})
            await self._session.execute(_FOLD, {"hours": found.hours})
        is_whole = found.orders < limit or found.until == until
        await self._session.execute(
            _MOVE, {"at": found.until, "order_id": _FIRST if is_whole else found.order_id}
        )
        return not is_whole

    async def rolled_at(self) -> datetime:
        """Changes until then are counted."""
        found = await self._session.execute(
            text("SELECT at FROM report_marks WHERE name = 'order_hours'")
        )
        at: datetime = found.scalar_one()
        return at

    async def sums(
        self,
        columns: Sequence[str],
        groups: Sequence[str],
        *,
        kind: str,
        conditions: Sequence[str],
        values: dict[str, Any],
        limit: int,
    ) -> Sequence[RowMapping]:
        """Hours `h` of channels `c` (and products `p`) added up, in the order of the groups."""
        products = "JOIN spus p ON p.id = h.of_id" if kind == "product" else ""
        order = ", ".join(str(n + 1) for n in range(len(groups)))
        statement = text(f"""
            SELECT {", ".join((*groups, *columns))}
            FROM order_hours h JOIN channels c ON c.id = h.channel_id {products}
            WHERE {" AND ".join(("h.kind = :kind", *conditions))}
            GROUP BY {order} ORDER BY {order} LIMIT {int(limit)}
        """)
        found = await self._session.execute(statement, values | {"kind": kind})
        return found.mappings().all()
