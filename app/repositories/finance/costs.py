"""Costs of coupons, points and what is given away, by the centre that bears them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

# What a whole order gives away is borne by the centre it names. A promotion's gifts go where its
# discounts do unless they are assigned by themselves.
_CENTRE = """
    coalesce((SELECT o.cost_centre FROM orders o WHERE o.id = c.order_id AND c.kind = 'gift'),
             (SELECT a.centre FROM cost_assignments a
              WHERE a.kind = c.kind AND a.subject = c.subject),
             (SELECT a.centre FROM cost_assignments a
              WHERE a.kind = 'promotion' AND c.kind = 'gift' AND a.subject = c.subject),
             'unassigned')
"""
COST_ACCOUNTS = "('points_award_cost', 'goodwill_cost', 'gift_cost', 'after_sales_cost')"
COST_KIND = """
    CASE a.kind WHEN 'points_award_cost' THEN 'points' WHEN 'gift_cost' THEN 'gift'
        WHEN 'after_sales_cost' THEN 'after_sales' ELSE 'goodwill' END
"""
"""What an account `a` of costs is the cost of."""
_BOOK = text(f"""
    INSERT INTO cost_bookings (key, centre, kind, subject, order_id, currency, amount_minor)
    SELECT c.key, {_CENTRE}, c.kind, c.subject, c.order_id, c.currency, c.amount_minor
    FROM unnest(CAST(:keys AS text[]), CAST(:kinds AS text[]), CAST(:subjects AS text[]),
                CAST(:orders AS uuid[]), CAST(:currencies AS text[]), CAST(:amounts AS bigint[]))
        AS c(key, kind, subject, order_id, currency, amount_minor)
    ORDER BY c.key ON CONFLICT (key) DO NOTHING
""")
# What cost accounts moved, of journals that nobody adds to any more; each is read once. Points are
# told apart by the word their source begins with, gifts by the promotion they are the cost of, all
# else by the kind of the journal.
_ROLL = text(f"""
    WITH batch AS MATERIALIZED (
        SELECT j.id, j.position, j.key, j.kind, j.order_id, j.effective_at FROM ledger_journals j
        WHERE (j.position, j.id) > (:position, CAST(:journal_id AS uuid))
          AND j.position < ledger_horizon()
        ORDER BY j.position, j.id LIMIT :limit),
    costs AS (
        SELECT concat_ws(':', b.key, e.currency, a.owner_id,
                CASE b.kind WHEN 'manual' THEN a.kind END) AS key, b.order_id, e.currency,
            b.effective_at, {COST_KIND} AS kind,
            coalesce(split_part(l.source, ':', 1), a.owner_id::text, b.kind) AS subject,
            sum(e.amount_minor) AS amount_minor
        FROM batch b
        JOIN ledger_entries e ON e.journal_id = b.id
        JOIN ledger_accounts a ON a.id = e.account_id
        LEFT JOIN points_lots l
            ON l.id = CASE WHEN b.key ~ '^points:[0-9a-f-]{{36}}$'
                THEN CAST(substr(b.key, 8) AS uuid) END
        WHERE a.kind IN {COST_ACCOUNTS} AND e.currency <> 'PTS'
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(e.amount_minor) <> 0),
    booked AS (
        INSERT INTO cost_bookings
            (key, centre, kind, subject, order_id, currency, amount_minor, booked_at)
        SELECT c.key, {_CENTRE}, c.kind, left(c.subject, 64), c.order_id, c.currency,
            c.amount_minor, c.effective_at
        FROM costs c ON CONFLICT (key) DO NOTHING),
    moved AS (
        UPDATE ledger_marks m SET position = n.position, journal_id = n.id
        FROM (SELECT position, id FROM batch ORDER BY position DESC, id DESC LIMIT 1) n
        WHERE m.name = 'costs')
    SELECT count(*) FROM batch
""")
_MARK = text("SELECT position, journal_id FROM ledger_marks WHERE name = 'costs' FOR NO KEY UPDATE")
_REPORT = text("""
    SELECT b.centre, c.name, c.budget_owner, b.kind, b.subject, b.currency,
        sum(b.amount_minor)::bigint AS amount_minor, count(*) AS bookings
    FROM cost_bookings b JOIN cost_centres c ON c.code = b.centre
    WHERE b.booked_at >= :since AND b.booked_at < :until
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 4, 5, 6
""")


class Cost(NamedTuple):
    key: str
    kind: str
    subject: str
    order_id: UUID | None
    currency: str
    amount_minor: int


class CostRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def book(self, costs: Sequence[Cost]) -> None:
        """Book costs to the centres that bear them now; known keys stay as they are."""
        names = ("keys", "kinds", "subjects", "orders", "currencies", "amounts")
        values: dict[str, Any] = {n: [each[i] for each in costs] for i, n in enumerate(names)}
        await self._session.execute(_BOOK, values)

    async def roll(self, *, limit: int) -> int:
        """Book the costs of the next journals below the horizon; how many journals there were."""
        mark = (await self._session.execute(_MARK)).one()
        values = {"position": mark.position, "journal_id": mark.journal_id, "limit": limit}
        return int(await self._session.scalar(_ROLL, values) or 0)

    async def report(self, since: datetime, until: datetime) -> list[RowMapping]:
        found = await self._session.execute(_REPORT, {"since": since, "until": until})
        return list(found.mappings())

    async def centres(self) -> list[RowMapping]:
        found = await self._session.execute(
            text("SELECT code, name, budget_owner FROM cost_centres ORDER BY code")
        )
        return list(found.mappings())

    async def put_centre(self, code: str, name: str, budget_owner: str) -> None:
        await self._session.execute(
            text("""
                INSERT INTO cost_centres (code, name, budget_owner)
                VALUES (:code, :name, :budget_owner)
                ON CONFLICT (code) DO UPDATE
                SET name = excluded.name, budget_owner = excluded.budget_owner
            """),
            {"code": code, "name": name, "budget_owner": budget_owner},
        )

    async def assign(self, kind: str, subject: str, centre: str) -> bool:
        """Whether there is such a centre."""
        found = await self._session.execute(
            text("""
                INSERT INTO cost_assignments (kind, subject, centre)
                SELECT :kind, :subject, code FROM cost_centres WHERE code = :centre
                ON CONFLICT (kind, subject) DO UPDATE SET centre = excluded.centre
                RETURNING centre
            """),
            {"kind": kind, "subject": subject, "centre": centre},
        )
        return found.first() is not None
