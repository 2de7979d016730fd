"""Differences, what people did about them, and the days they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

_CASE = """
    c.id, c.channel, c.day, c.kind, c.verdict, c.state, c.file_id, c.line, c.receipt_id,
    c.refund_part_id, c.number, c.provider_id, c.ours_minor, c.theirs_minor,
    c.theirs_minor - c.ours_minor AS difference_minor, c.currency, c.owner, c.resolution, c.reason,
    c.proposed_by, c.resolved_by, c.resolved_at, c.created_at, c.version
"""
_DAY = "d.id, d.channel, d.day, d.state, d.lines, d.matched, d.signed_at, d.signed_by, d.version"
_COUNTS = """
    (SELECT count(*) FROM reconciliation_cases c
     WHERE c.channel = d.channel AND c.day = d.day AND c.state IN ('open', 'proposed')) AS open,
    (SELECT count(*) FROM reconciliation_cases c
     WHERE c.channel = d.channel AND c.day = d.day AND c.state = 'carried') AS carried
"""
# What makes up the clearing account now. `waiting`: ours, in no statement yet and not corrected;
# `ahead`: stated before we booked it; `other`: journals that are no payments or refunds.
_PROOF = text("""
    WITH entries AS (
        SELECT e.currency, j.kind, e.amount_minor
        FROM ledger_accounts a
        JOIN ledger_entries e ON e.account_id = a.id
        JOIN ledger_journals j ON j.id = e.journal_id
        WHERE a.code = 'gateway_clearing:' || :channel),
    clearing AS (
        SELECT currency, sum(amount_minor) AS balance,
            sum(amount_minor) FILTER (WHERE kind NOT IN ('capture', 'suspense', 'suspense_return',
                'refund_gateway', 'settlement', 'reconciliation_correction')) AS other
        FROM entries GROUP BY 1),
    ours AS (
        SELECT r.currency, r.amount_minor AS minor
        FROM payment_receipts r
        WHERE r.channel = :channel
          AND NOT EXISTS (SELECT FROM statement_lines l WHERE l.receipt_id = r.id AND l.is_settled)
          AND NOT EXISTS (SELECT FROM reconciliation_cases c
                          WHERE c.receipt_id = r.id AND c.resolution = 'corrected')
        UNION ALL
        SELECT coalesce(f.currency, r.currency), p.points_withheld_minor - p.amount_minor
        FROM refund_tenders p
        LEFT JOIN refunds f ON f.id = p.refund_id
        LEFT JOIN payment_receipts r ON r.id = p.receipt_id
        WHERE p.channel = :channel AND p.state = 'succeeded' AND p.fallback IS NULL
          AND NOT EXISTS (SELECT FROM statement_lines l
                          WHERE l.refund_part_id = p.id AND l.is_settled)
          AND NOT EXISTS (SELECT FROM reconciliation_cases c
                          WHERE c.refund_part_id = p.id AND c.resolution = 'corrected')),
    waiting AS (SELECT currency, sum(minor) AS minor FROM ours GROUP BY 1),
    ahead AS (
        SELECT l.currency, -sum(l.gross_minor) AS minor
        FROM statement_lines l JOIN refund_tenders p ON p.id = l.refund_part_id
        WHERE l.channel = :channel AND l.is_settled AND l.verdict = 'matched'
          AND (p.state <> 'succeeded' OR p.fallback IS NOT NULL)
        GROUP BY 1),
    open AS (
        SELECT currency, sum(theirs_minor - ours_minor) AS minor, count(*) AS cases
        FROM reconciliation_cases WHERE channel = :channel AND state IN ('open', 'proposed')
        GROUP BY 1)
    SELECT currency, coalesce(clearing.balance, 0)::bigint AS clearing_minor,
        coalesce(waiting.minor, 0)::bigint AS waiting_minor,
        coalesce(ahead.minor, 0)::bigint AS ahead_minor,
        coalesce(clearing.other, 0)::bigint AS other_minor,
        coalesce(open.minor, 0)::bigint AS open_difference_minor,
        coalesce(open.cases, 0)::bigint AS open_cases,
        (coalesce(clearing.balance, 0) - coalesce(waiting.minor, 0) - coalesce(ahead.minor, 0)
            - coalesce(clearing.other, 0))::bigint AS unexplained_minor
    FROM clearing FULL JOIN waiting USING (currency) FULL JOIN ahead USING (currency)
        FULL JOIN open USING (currency)
    ORDER BY currency
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    channel: str | None = None
    day: date | None = None
    state: str | None = None
    verdict: str | None = None
    owner: str | None = None


class CaseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, wanted: CaseFilter, *, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Cases, in the order of their ids."""
        values: dict[str, Any] = {
            name: getattr(wanted, name)
            for name in CaseFilter.__slots__
            if getattr(wanted, name) is not None
        }
        terms = [f"c.{name} = :{name}" for name in values]
        if after is not None:
            terms.append("c.id < :after")
            values["after"] = after
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        query = f"SELECT {_CASE} FROM reconciliation_cases c {where} ORDER BY c.id DESC"
        return list(await self._session.execute(text(f"{query} LIMIT {int(limit)}"), values))

    async def find(self, case_id: UUID, *, locked: bool = False) -> RowMapping | None:
        query = f"""
            SELECT {_CASE}, l.gross_minor, l.fee_minor, l.is_settled, coalesce(l.raw, g.raw) AS raw,
                l.state AS stated, f.day AS file_day, f.replaces_id
            FROM reconciliation_cases c
            LEFT JOIN statement_lines l ON l.file_id = c.file_id AND l.line = c.line
            LEFT JOIN superseded_lines g ON g.file_id = c.file_id AND g.line = c.line
            LEFT JOIN statement_files f ON f.id = c.file_id
            WHERE c.id = :id {"FOR UPDATE OF c" if locked else ""}
        """
        return (await self._session.execute(text(query), {"id": case_id})).mappings().first()

    async def is_at_its_end(self, case_id: UUID) -> bool:
        """Whether what a case says of our part of a refund is so, and stays so.

        A part is at its end when it arrived or went another way. One written off before counts for
        nothing; so do cases of nothing of ours.
        """
        found = await self._session.scalar(
            text("""
                SELECT p.state = 'succeeded' AND (p.fallback IS NOT NULL OR c.ours_minor <> 0
                    OR EXISTS (SELECT FROM reconciliation_cases w
                               WHERE w.refund_part_id = p.id AND w.file_id IS NULL
                                 AND w.resolution = 'corrected'))
                FROM reconciliation_cases c JOIN refund_tenders p ON p.id = c.refund_part_id
                WHERE c.id = :id AND c.file_id IS NOT NULL
            """),
            {"id": case_id},
        )
        return found is None or bool(found)

    async def notes(self, case_id: UUID) -> Sequence[RowMapping]:
        found = await self._session.execute(
            text("""
                SELECT id, actor, note, created_at FROM reconciliation_notes
                WHERE case_id = :id ORDER BY id
            """),
            {"id": case_id},
        )
        return found.mappings().all()

    async def note(self, note_id: UUID, case_id: UUID, actor: str, note: str) -> None:
        await self._session.execute(
            text("""
                INSERT INTO reconciliation_notes (id, case_id, actor, note)
                VALUES (:id, :case_id, :actor, :note)
            """),
            {"id": note_id, "case_id": case_id, "actor": actor, "note": note},
        )

    async def own(self, case_id: UUID, owner: str | None) -> None:
        await self._change(case_id, "owner = :owner", owner=owner)

    async def propose(self, case_id: UUID, actor: str, reason: str) -> None:
        await self._change(
            case_id,
            "state = 'proposed', proposed_by = :actor, reason = :reason",
            actor=actor,
            reason=reason,
        )

    async def give_up(self, case_id: UUID) -> None:
        await self._change(case_id, "state = 'open', proposed_by = NULL, reason = NULL")

    async def resolve(self, case_id: UUID, resolution: str, actor: str, reason: str) -> None:
        await self._change(
            case_id,
            "state = 'resolved', resolution = :resolution, resolved_by = :actor,"
            " resolved_at = now(), reason = :reason",
            resolution=resolution,
            actor=actor,
            reason=reason,
        )

    async def settle(self, case_id: UUID) -> None:
        """The line of a corrected case is paid out as it is stated."""
        await self._session.execute(
            text("""
                UPDATE statement_lines l SET is_settled = true
                FROM reconciliation_cases c
                WHERE c.id = :id AND l.file_id = c.file_id AND l.line = c.line
            """),
            {"id": case_id},
        )

    async def days(self, channel: str | None, *, after: UUID | None, limit: int) -> list[Row[Any]]:
        """Days of a channel, or of all, the last taken in first."""
        terms = ["d.channel = :channel"] if channel else []
        values: dict[str, Any] = {"channel": channel} if channel else {}
        if after is not None:
            terms.append("d.id < :after")
            values["after"] = after
        where = f"WHERE {' AND '.join(terms)}" if terms else ""
        query = f"SELECT {_DAY}, {_COUNTS} FROM reconciled_days d {where}"
        query += f" ORDER BY d.id DESC LIMIT {int(limit)}"
        return list(await self._session.execute(text(query), values))

    async def day(self, channel: str, day: date, *, locked: bool = False) -> RowMapping | None:
        query = f"""
            SELECT {_DAY}, {_COUNTS} FROM reconciled_days d
            WHERE d.channel = :channel AND d.day = :day {"FOR UPDATE OF d" if locked else ""}
        """
        found = await self._session.execute(text(query), {"channel": channel, "day": day})
        return found.mappings().first()

    async def sign(self, day_id: UUID, actor: str) -> None:
        await self._move_day(day_id, "'signed', signed_at = now(), signed_by = :actor", actor)

    async def reopen(self, day_id: UUID) -> None:
        await self._move_day(day_id, "'open', signed_at = NULL, signed_by = NULL")

    async def proof(self, channel: str) -> Sequence[RowMapping]:
        """What the clearing account of a channel is made of, by currency."""
        return (await self._session.execute(_PROOF, {"channel": channel})).mappings().all()

    async def _move_day(self, day_id: UUID, change: str, actor: str | None = None) -> None:
        values: dict[str, Any] = {"id": day_id} | ({"actor": actor} if actor else {})
        await self._session.execute(
            text(f"""
                UPDATE reconciled_days
                SET state = {change}, version = version + 1, updated_at = now() WHERE id = :id
            """),
            values,
        )

    async def _change(self, case_id: UUID, change: str, **values: Any) -> None:
        await self._session.execute(
            text(f"""
                UPDATE reconciliation_cases
                SET {change}, version = version + 1, updated_at = now() WHERE id = :id
            """),
            values | {"id": case_id},
        )
