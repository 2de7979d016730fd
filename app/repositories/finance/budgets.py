"""Budgets of cost centres, and what was spent of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

# Spent is what was booked to the centre in the window, read off one index.
_SPENT = """
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(k.minor), 0)::bigint AS spent_minor,
            coalesce(jsonb_object_agg(k.kind, k.minor), '{}') AS by_kind
        FROM (SELECT x.kind, sum(x.amount_minor)::bigint AS minor FROM cost_bookings x
              WHERE x.centre = b.centre AND x.booked_at >= b.starts_at AND x.booked_at < b.ends_at
                AND x.currency = b.currency AND (b.kind IS NULL OR x.kind = b.kind)
              GROUP BY x.kind) k) s
"""
_EXCEEDED = "s.spent_minor > b.amount_minor"
_WARNED = "s.spent_minor::numeric * 10000 >= b.amount_minor::numeric * b.warn_bps"


def _shown(condition: str, end: str = "") -> str:
    return f"""
    SELECT b.id, b.centre, c.name, c.budget_owner, b.kind, b.currency, b.starts_at, b.ends_at,
        b.amount_minor, b.warn_bps, b.version, b.created_at, s.spent_minor, s.by_kind,
        b.amount_minor - s.spent_minor AS left_minor,
        CASE WHEN {_EXCEEDED} THEN 'exceeded' WHEN {_WARNED} THEN 'warned' ELSE 'within' END
            AS level
    FROM (SELECT * FROM cost_budgets b WHERE {condition} {end}) b
    JOIN cost_centres c ON c.code = b.centre {_SPENT}
    ORDER BY b.id DESC
    """


_ONE = text(_shown("b.id = :id")).columns(by_kind=JSONB)
_PAGE = text(
    _shown(
        f"""{before("b.id")} AND (CAST(:centre AS varchar) IS NULL OR b.centre = :centre)
        AND (CAST(:at AS timestamptz) IS NULL OR b.starts_at <= :at AND b.ends_at > :at)""",
        "ORDER BY b.id DESC LIMIT :limit",
    )
).columns(by_kind=JSONB)
_ADD = text("""
    INSERT INTO cost_budgets
        (id, centre, kind, currency, starts_at, ends_at, amount_minor, warn_bps)
    VALUES (:id, :centre, :kind, :currency, :starts_at, :ends_at, :amount_minor, :warn_bps)
    ON CONFLICT ON CONSTRAINT uq_cost_budgets_once DO NOTHING RETURNING id
""")
_CHANGE = text("""
    UPDATE cost_budgets SET amount_minor = :amount_minor, warn_bps = :warn_bps,
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
# Costs may be booked to a time that is over for as long as its month is open.
_WARN = text(f"""
    INSERT INTO cost_budget_warnings (budget_id, version, level, amount_minor, spent_minor)
    SELECT b.id, b.version, l.level, b.amount_minor, s.spent_minor
    FROM (SELECT * FROM cost_budgets b
          WHERE b.ends_at > now() - interval '60 days' AND b.starts_at <= now()
            AND NOT EXISTS (SELECT FROM cost_budget_warnings w
                            WHERE w.budget_id = b.id AND w.version = b.version
                              AND w.level = 'exceeded')
          FOR NO KEY UPDATE OF b SKIP LOCKED) b
    {_SPENT}
    CROSS JOIN (VALUES ('warned'), ('exceeded')) l(level)
    WHERE CASE l.level WHEN 'exceeded' THEN {_EXCEEDED} ELSE {_WARNED} END
    ORDER BY b.id, l.level DESC
    ON CONFLICT DO NOTHING RETURNING budget_id, version, level, amount_minor, spent_minor
""")


class BudgetRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, budget_id: UUID) -> RowMapping | None:
        """A budget with what is spent of it."""
        return (await self._session.execute(_ONE, {"id": budget_id})).mappings().first()

    async def page(
        self, *, centre: str | None, at: datetime | None, after: UUID | None, limit: int
    ) -> list[Row[Any]]:
        """Budgets, those made last first."""
        values = {"centre": centre, "at": at, "after": after, "limit": limit}
        return list(await self._session.execute(_PAGE, values))

    async def has_centre(self, code: str) -> bool:
        found = await self._session.scalar(
            text("SELECT EXISTS (SELECT FROM cost_centres WHERE code = :code)"), {"code": code}
        )
        return bool(found)

    async def add(self, row: Mapping[str, Any]) -> bool:
        """Whether there was none of the same centre, kind, currency and window."""
        return (await self._session.execute(_ADD, row)).first() is not None

    async def locked(self, budget_id: UUID) -> RowMapping | None:
        found = await self._session.execute(
            text("""
                SELECT id, version, amount_minor, warn_bps FROM cost_budgets
                WHERE id = :id FOR NO KEY UPDATE
            """),
            {"id": budget_id},
        )
        return found.mappings().first()

    async def change(self, budget_id: UUID, *, amount_minor: int, warn_bps: int) -> None:
        values = {"id": budget_id, "amount_minor": amount_minor, "warn_bps": warn_bps}
        await self._session.execute(_CHANGE, values)

    async def warn(self) -> list[RowMapping]:
        """Note each level that budgets reached and that was not noted of them as they stand."""
        return list((await self._session.execute(_WARN)).mappings())
