"""A file that takes the place of another of its day."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

MOVED_AT_ONCE: Final = 20_000
"""Lines put away by one statement."""
_ASKED = "id, replaces_id, sha256, reason, asked_by, approved_by, taken_id, created_at"
_FACTS = """
    l.kind, l.provider_id, l.amount_minor, l.fee_minor, l.gross_minor, l.currency, l.state,
    l.verdict, l.receipt_id, l.refund_part_id
"""
_COLUMNS = """
    file_id, line, channel, kind, provider_id, out_trade_no, out_refund_no, amount_minor,
    fee_minor, gross_minor, currency, at, state, verdict, receipt_id, refund_part_id, is_settled,
    raw
"""
_ASK = text(f"""
    INSERT INTO statement_replacements (id, replaces_id, sha256, reason, asked_by)
    VALUES (:id, :replaces_id, :sha256, :reason, :asked_by)
    ON CONFLICT (replaces_id, sha256) DO UPDATE SET sha256 = excluded.sha256
    RETURNING {_ASKED}
""")
_PUT_AWAY = text(f"""
    WITH moved AS (
        DELETE FROM statement_lines
        WHERE file_id = :file_id AND line > :after AND line <= :until
        RETURNING {_COLUMNS})
    INSERT INTO superseded_lines ({_COLUMNS}) SELECT {_COLUMNS} FROM moved
""")
_SETTLED = text("""
    SELECT currency, sum(gross_minor)::bigint AS gross_minor, sum(fee_minor)::bigint AS fee_minor
    FROM statement_lines WHERE file_id = :file_id AND is_settled GROUP BY 1
""")
# Nobody has owned, noted, proposed or undone anything.
_WITHDRAW = text("""
    UPDATE reconciliation_cases c
    SET state = 'resolved', resolution = 'superseded', resolved_at = now(), version = version + 1,
        updated_at = now()
    WHERE c.file_id = :file_id AND c.state = 'open' AND c.owner IS NULL AND c.version = 1
      AND NOT EXISTS (SELECT FROM reconciliation_notes n WHERE n.case_id = c.id)
""")
_WORKED = text(f"""
    SELECT c.id AS case_id, c.resolution, l.is_settled, c.difference AS difference_minor, {_FACTS}
    FROM (SELECT id, file_id, line, resolution, theirs_minor - ours_minor AS difference
          FROM reconciliation_cases
          WHERE file_id = :file_id
            AND (resolution IS NULL OR resolution IN ('corrected', 'dismissed'))) c
    JOIN superseded_lines l ON l.file_id = c.file_id AND l.line = c.line
    ORDER BY l.line
""")
_TOLD = text(f"""
    WITH named AS (
        SELECT DISTINCT l.channel, l.kind, l.provider_id
        FROM reconciliation_cases c
        JOIN superseded_lines l ON l.file_id = c.file_id AND l.line = c.line
        WHERE c.file_id = :file_id AND c.resolution IS DISTINCT FROM 'superseded')
    SELECT l.line, d.id AS case_id, {_FACTS}
    FROM named n
    JOIN statement_lines l ON l.channel = n.channel AND l.kind = n.kind
        AND l.provider_id = n.provider_id AND l.file_id = :taken_id
        AND l.verdict NOT IN ('duplicate_row', 'not_compared')
    LEFT JOIN reconciliation_cases d ON d.file_id = l.file_id AND d.line = l.line
    UNION ALL
    SELECT l.line, d.id, {_FACTS}
    FROM reconciliation_cases d
    JOIN statement_lines l ON l.file_id = d.file_id AND l.line = d.line
    JOIN named n ON n.kind = l.kind AND n.provider_id = l.provider_id
    WHERE d.file_id = :taken_id AND d.verdict = 'duplicate_row'
""")
_CHANGED = "version = version + 1, updated_at = now()"


class ReplacingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ask(self, values: Mapping[str, Any]) -> RowMapping:
        """That a file should be replaced, as it was asked for first."""
        return (await self._session.execute(_ASK, values)).mappings().one()

    async def asked(self, file_id: UUID, sha256: str) -> RowMapping | None:
        found = await self._session.execute(
            text(f"""
                SELECT {_ASKED} FROM statement_replacements
                WHERE replaces_id = :file_id AND sha256 = :sha256
            """),
            {"file_id": file_id, "sha256": sha256},
        )
        return found.mappings().first()

    async def of_day(self, channel: str, day: Any) -> Sequence[RowMapping]:
        """Everything that was asked for about the files of a day, oldest first."""
        names = ", ".join(f"r.{each}" for each in _ASKED.split(", "))
        found = await self._session.execute(
            text(f"""
                SELECT {names}, f.kind FROM statement_files f
                JOIN statement_replacements r ON r.replaces_id = f.id
                WHERE f.channel = :channel AND f.day = :day ORDER BY r.id
            """),
            {"channel": channel, "day": day},
        )
        return found.mappings().all()

    async def finish(self, replacement_id: UUID, taken_id: UUID, approved_by: str) -> None:
        await self._run(
            """UPDATE statement_replacements SET taken_id = :taken_id, approved_by = :actor
            WHERE id = :id""",
            id=replacement_id,
            taken_id=taken_id,
            actor=approved_by,
        )

    async def lock_cases(self, file_id: UUID) -> None:
        """Wait for who is working on a case of the file; later ones find another version."""
        await self._run(
            "SELECT FROM reconciliation_cases WHERE file_id = :id ORDER BY id FOR UPDATE",
            id=file_id,
        )

    async def settled(self, file_id: UUID) -> dict[str, tuple[int, int]]:
        """What settlements took of a file's lines, gross and fee by currency."""
        rows = await self._session.execute(_SETTLED, {"file_id": file_id})
        return {row.currency: (row.gross_minor, row.fee_minor) for row in rows}

    async def put_away(self, file_id: UUID) -> None:
        """Keep a file's lines where they count no more, and withdraw cases nobody worked on."""
        await self._run(
            "UPDATE statement_files SET superseded_at = now() WHERE id = :id", id=file_id
        )
        last = await self._session.scalar(
            text("SELECT max(line) FROM statement_lines WHERE file_id = :id"), {"id": file_id}
        )
        for after in range(-1, (last or 0) + 1, MOVED_AT_ONCE):
            values = {"file_id": file_id, "after": after, "until": after + MOVED_AT_ONCE}
            await self._session.execute(_PUT_AWAY, values)
        await self._session.execute(_WITHDRAW, {"file_id": file_id})

    async def worked(self, file_id: UUID) -> Sequence[RowMapping]:
        """Cases of a superseded file that people worked on, with their lines."""
        return (await self._session.execute(_WORKED, {"file_id": file_id})).mappings().all()

    async def told(self, file_id: UUID, taken_id: UUID) -> Sequence[RowMapping]:
        """What the new file says of what those cases are about."""
        values = {"file_id": file_id, "taken_id": taken_id}
        return (await self._session.execute(_TOLD, values)).mappings().all()

    async def go_on(self, case_id: UUID, taken_id: UUID, line: int, fresh: UUID | None) -> None:
        """The case is about the line of the new file, whose own is not needed."""
        if fresh is not None:
            await self._run("DELETE FROM reconciliation_cases WHERE id = :id", id=fresh)
        await self._run(
            f"""UPDATE reconciliation_cases SET file_id = :file_id, line = :line, {_CHANGED}
            WHERE id = :id""",
            id=case_id,
            file_id=taken_id,
            line=line,
        )

    async def settle(self, taken_id: UUID, line: int) -> None:
        await self._run(
            "UPDATE statement_lines SET is_settled = true WHERE file_id = :id AND line = :line",
            id=taken_id,
            line=line,
        )

    async def compare_anew(self, case_id: UUID, fresh: UUID) -> None:
        """The case takes over what comparing the new line brought; a proposal is void."""
        await self._run(
            f"""
            WITH gone AS (
                SELECT verdict, ours_minor, theirs_minor, currency, number, provider_id,
                    receipt_id, refund_part_id
                FROM reconciliation_cases WHERE id = :fresh)
            UPDATE reconciliation_cases c
            SET verdict = g.verdict, ours_minor = g.ours_minor, theirs_minor = g.theirs_minor,
                currency = g.currency, number = g.number, provider_id = g.provider_id,
                receipt_id = g.receipt_id, refund_part_id = g.refund_part_id, state = 'open',
                proposed_by = NULL, reason = NULL, {_CHANGED}
            FROM gone g WHERE c.id = :id
            """,
            id=case_id,
            fresh=fresh,
        )

    async def end(self, case_ids: Sequence[UUID], resolution: str) -> None:
        await self._run(
            f"""UPDATE reconciliation_cases
            SET state = 'resolved', resolution = :resolution,
                resolved_at = coalesce(resolved_at, now()), {_CHANGED}
            WHERE id = ANY(:ids)""",
            ids=list(case_ids),
            resolution=resolution,
        )

    async def matched(self, file_id: UUID) -> int:
        found = await self._session.scalar(
            text("""
                SELECT count(*) FROM statement_lines
                WHERE file_id = :id AND verdict = 'matched'
            """),
            {"id": file_id},
        )
        return int(found or 0)

    async def _run(self, statement: str, **values: Any) -> None:
        await self._session.execute(text(statement), values)
