"""The chain of seals over journals."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.ledger.marks import Mark


def _micros(column: str) -> str:
    return f"CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"


# A journal with its entries as text that does not depend on settings of the session. Codes are
# looked up, not joined: the audit has no nested loops, and read all accounts for each journal.
_SAID = f"""
    jsonb_build_array(j.id, j.key, j.input_hash, j.kind, j.order_id, j.member_id, j.actor,
        j.reason, j.reverses_id, {_micros("j.effective_at")}, {_micros("j.posted_at")}, j.concerns,
        j.position,
        (SELECT jsonb_agg(jsonb_build_array(e.position, e.account_id,
                (SELECT a.code FROM ledger_accounts a WHERE a.id = e.account_id), e.currency,
                e.amount_minor, e.member_id, {_micros("e.effective_at")}) ORDER BY e.position)
         FROM ledger_entries e WHERE e.journal_id = j.id))::text
"""


def _hash(previous: str) -> str:
    return f"""
    encode(sha256(convert_to({previous} || string_agg(b.said, E'\\n' ORDER BY b.position, b.id),
        'UTF8')), 'hex')
"""


_NEXT = text(f"""
    WITH batch AS MATERIALIZED (
        SELECT j.id, j.position, {_SAID} AS said
        FROM ledger_journals j
        WHERE (j.position, j.id) > (:position, CAST(:journal_id AS uuid))
          AND j.position < ledger_horizon()
        ORDER BY j.position, j.id LIMIT :limit),
    last AS (SELECT number, hash FROM ledger_seals ORDER BY number DESC LIMIT 1),
    made AS (
        INSERT INTO ledger_seals
            (number, last_position, last_journal_id, journals, previous_hash, hash)
        SELECT coalesce((SELECT number FROM last), 0) + 1, max(b.position),
            (array_agg(b.id ORDER BY b.position DESC, b.id DESC))[1], count(*),
            coalesce((SELECT hash FROM last), ''),
            {_hash("coalesce((SELECT hash FROM last), '')")}
        FROM batch b HAVING count(*) > 0
        RETURNING number, last_position, last_journal_id, journals, hash)
    SELECT * FROM made
""")

BROKEN = f"""
    WITH chain AS (
        SELECT s.*, lag(s.number, 1, 0::bigint) OVER w AS number_before,
            lag(s.hash, 1, ''::varchar) OVER w AS hash_before,
            lag(s.last_position, 1, -1::bigint) OVER w AS after_position,
            lag(s.last_journal_id, 1, '00000000-0000-0000-0000-000000000000'::uuid) OVER w
                AS after_id
        FROM ledger_seals s WINDOW w AS (ORDER BY s.number))
    SELECT c.number, c.journals, found.journals AS found, c.hash, found.hash AS found_hash
    FROM chain c CROSS JOIN LATERAL (
        SELECT count(*) AS journals, {_hash("c.hash_before")} AS hash
        FROM (
            SELECT j.id, j.position, {_SAID} AS said FROM ledger_journals j
            WHERE j.position BETWEEN c.after_position AND c.last_position
              AND (j.position, j.id) > (c.after_position, c.after_id)
              AND (j.position, j.id) <= (c.last_position, c.last_journal_id)) b) found
    WHERE c.number <> c.number_before + 1 OR c.previous_hash <> c.hash_before
       OR c.journals <> found.journals OR c.hash IS DISTINCT FROM found.hash
"""
"""Seals that do not say what their journals say now, or do not follow the seal before."""


class Seal(NamedTuple):
    number: int
    last_position: int
    last_journal_id: UUID
    journals: int
    hash: str


class SealRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def seal(self, after: Mark, *, limit: int) -> Seal | None:
        """Seal the next journals below the horizon; None when there are none."""
        values = {"position": after.position, "journal_id": after.journal_id, "limit": limit}
        row = (await self._session.execute(_NEXT, values)).first()
        return None if row is None else Seal(*row)
