"""What control accounts moved hour by hour, added up from journals that nobody adds to any more."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.ledger.marks import Mark

CONTROL = "replace(a.code, coalesce(a.owner_id::text, '-'), '*')"
"""The control account of an account `a`: itself, or one for all owners of its kind."""

_MARKED = "(SELECT position, journal_id FROM ledger_marks WHERE name = 'turnovers')"
ROLLED = f"(j.position, j.id) <= {_MARKED}"
"""Whether turnovers hold a journal `j`; for whoever reads all of them anyway."""

# Said twice: only the first half can be looked up in an index.
UNROLLED = f"""
    j.position >= (SELECT position FROM ledger_marks WHERE name = 'turnovers')
    AND (j.position, j.id) > {_MARKED}
"""

# The horizon and what lies below it are read by one snapshot.
_ROLL = text(f"""
    WITH batch AS MATERIALIZED (
        SELECT j.id, j.position FROM ledger_journals j
        WHERE (j.position, j.id) > (:position, CAST(:journal_id AS uuid))
          AND j.position < ledger_horizon()
        ORDER BY j.position, j.id LIMIT :limit),
    added AS (
        INSERT INTO ledger_turnovers AS t
            (control, currency, hour_at, debit_minor, credit_minor, entries)
        SELECT {CONTROL}, e.currency, date_trunc('hour', e.effective_at, 'UTC'),
            sum(greatest(e.amount_minor, 0)), sum(greatest(-e.amount_minor, 0)), count(*)
        FROM batch b
        JOIN ledger_entries e ON e.journal_id = b.id
        JOIN ledger_accounts a ON a.id = e.account_id
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (control, currency, hour_at) DO UPDATE
        SET debit_minor = t.debit_minor + excluded.debit_minor,
            credit_minor = t.credit_minor + excluded.credit_minor,
            entries = t.entries + excluded.entries),
    moved AS (
        UPDATE ledger_marks m SET position = l.position, journal_id = l.id
        FROM (SELECT position, id FROM batch ORDER BY position DESC, id DESC LIMIT 1) l
        WHERE m.name = 'turnovers')
    SELECT count(*) FROM batch
""")


def unrolled(columns: str, condition: str) -> str:
    """Entries of journals younger than the mark, each looked up by its journal.

    OFFSET 0 keeps the planner from doing it the other way round: it cannot know that nearly all
    journals are older, and would read every entry.
    """
    return f"""
    SELECT {columns} FROM ledger_journals j CROSS JOIN LATERAL (
        SELECT e.account_id, e.currency, e.amount_minor FROM ledger_entries e
        WHERE e.journal_id = j.id AND {condition} OFFSET 0) e
    """


def _until(instant: str) -> str:
    """What each control account has moved before `instant`, debits and credits apart.

    Whole hours come from the turnovers, together with what of them is younger than the mark; the
    hour that has begun from its entries.
    """
    hour = f"date_trunc('hour', {instant}, 'UTC')"
    columns = f"{CONTROL}, e.currency, greatest(e.amount_minor, 0), greatest(-e.amount_minor, 0)"
    return f"""
    SELECT t.control, t.currency, t.debit_minor, t.credit_minor
    FROM ledger_turnovers t WHERE t.hour_at < {hour}
    UNION ALL
    SELECT {columns}
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
    WHERE e.effective_at >= {hour} AND e.effective_at < {instant}
    UNION ALL
    {unrolled(columns, f"e.effective_at < {hour}")}
    JOIN ledger_accounts a ON a.id = e.account_id
    WHERE {UNROLLED}
    """


_SINCE = _until("(SELECT coalesce(CAST(:since AS timestamptz), '-infinity'))")
_UNTIL = _until("(SELECT coalesce(CAST(:until AS timestamptz), 'infinity'))")
_TRIAL = text(f"""
    WITH opening AS (
        SELECT control, currency, sum(debit_minor) AS debit, sum(credit_minor) AS credit
        FROM ({_SINCE}) o GROUP BY 1, 2),
    closing AS (
        SELECT control, currency, sum(debit_minor) AS debit, sum(credit_minor) AS credit
        FROM ({_UNTIL}) c GROUP BY 1, 2)
    SELECT control, currency,
        (coalesce(o.debit, 0) - coalesce(o.credit, 0))::bigint AS opening_minor,
        (c.debit - coalesce(o.debit, 0))::bigint AS debit_minor,
        (c.credit - coalesce(o.credit, 0))::bigint AS credit_minor,
        (c.debit - c.credit)::bigint AS closing_minor
    FROM closing c LEFT JOIN opening o USING (control, currency)
    ORDER BY currency, control
""")


class ControlLine(NamedTuple):
    """A control account in a span of time. Opening and closing are signed, debit positive."""

    control: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int


class TurnoverRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def roll(self, after: Mark, *, limit: int) -> int:
        """Add the next journals below the horizon, move the mark; how many journals there were."""
        values = {"position": after.position, "journal_id": after.journal_id, "limit": limit}
        return int(await self._session.scalar(_ROLL, values) or 0)

    async def trial(self, since: datetime | None, until: datetime | None) -> list[ControlLine]:
        """Every control account that ever moved before `until`, from one snapshot."""
        values = {"since": since, "until": until}
        return [ControlLine(*row) for row in await self._session.execute(_TRIAL, values)]
