"""Lines of statements, copied in and compared set by set."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.patience import take_time

_COPIED: Final = (
    "line",
    "kind",
    "provider_id",
    "out_trade_no",
    "out_refund_no",
    "amount_minor",
    "fee_minor",
    "gross_minor",
    "currency",
    "at",
    "state",
    "raw",
)
_STAGE = text("""
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_lines (
        line integer, kind text, provider_id text, out_trade_no text, out_refund_no text,
        amount_minor bigint, fee_minor bigint, gross_minor bigint, currency text,
        at timestamptz, state text, raw text) ON COMMIT DELETE ROWS
""")
# A payment is found by the gateway's number, else by ours; a refund by ours first, since gateways
# that name no refund get a name made up of the payment's. Money in another currency is other money:
# no difference of the two is one. What belongs to another line is not taken twice.
#
# Each lookup is lateral with a limit: by an index for a line, whatever the planner believes of
# tables that grow within the transaction. An EXISTS among other conditions, or a plain join, may
# be answered by reading every line there ever was, for each batch again.
_REPEATED = """
    row_number() OVER (PARTITION BY s.kind, s.provider_id ORDER BY s.line) > 1
        OR e.line IS NOT NULL
"""
_EARLIER = """
    LEFT JOIN LATERAL (
        SELECT o.line FROM statement_lines o
        WHERE o.channel = :channel AND o.kind = s.kind AND o.provider_id = s.provider_id
          AND o.verdict NOT IN ('duplicate_row', 'not_compared')
        LIMIT 1) e ON true
"""
_FOUND = """
    SELECT s.*,
        {repeated} AS is_repeated,
        coalesce(r.id, n.id) AS receipt_id, p.id AS refund_part_id,
        CASE WHEN w.id IS NULL
             THEN coalesce(r.amount_minor, n.amount_minor, -p.amount_minor)
             ELSE 0 END AS ours_minor,
        p.id IS NULL OR (p.state = 'succeeded' AND p.fallback IS NULL) AS is_ours_done,
        p.fallback IS NOT NULL AS is_ours_elsewhere
    FROM {lines} s
    LEFT JOIN LATERAL (
        SELECT x.id, x.amount_minor FROM payment_receipts x
        WHERE s.kind = 'payment' AND x.channel = :channel AND x.transaction_id = s.provider_id
          AND x.currency = s.currency
        LIMIT 1) r ON true
    LEFT JOIN LATERAL (
        SELECT x.id, x.amount_minor
        FROM payment_attempts a JOIN payment_receipts x ON x.attempt_id = a.id
        WHERE s.kind = 'payment' AND r.id IS NULL AND a.out_trade_no = s.out_trade_no
          AND a.channel = :channel AND x.channel = :channel AND x.currency = s.currency
        ORDER BY x.id LIMIT 1) n ON true
    LEFT JOIN LATERAL (
        SELECT w.id, w.amount_minor - w.points_withheld_minor AS amount_minor, w.state, w.fallback,
            coalesce(f.currency, x.currency) AS currency
        FROM refund_tenders w
        LEFT JOIN refunds f ON f.id = w.refund_id
        LEFT JOIN payment_receipts x ON x.id = w.receipt_id
        WHERE s.kind = 'refund' AND w.out_refund_no = s.out_refund_no AND w.channel = :channel
          AND coalesce(f.currency, x.currency) = s.currency
        LIMIT 1) p ON true
    -- a correction wrote it off as missing there
    LEFT JOIN LATERAL (
        SELECT c.id FROM reconciliation_cases c
        WHERE c.receipt_id = coalesce(r.id, n.id) AND c.file_id IS NULL
          AND c.resolution IS DISTINCT FROM 'matched' AND c.resolution = 'corrected'
        UNION ALL
        SELECT c.id FROM reconciliation_cases c
        WHERE c.refund_part_id = p.id AND c.file_id IS NULL
          AND c.resolution IS DISTINCT FROM 'matched' AND c.resolution = 'corrected'
        LIMIT 1) w ON true
    {earlier}
"""
_VERDICT = """
    CASE WHEN f.kind = 'move' AND f.state = 'failed' THEN 'status_diff'
         WHEN f.kind = 'move' THEN 'not_compared'
         WHEN f.is_repeated THEN 'duplicate_row'
         WHEN coalesce(f.receipt_id, f.refund_part_id) IS NULL THEN 'missing_local'
         WHEN abs(f.ours_minor) <> f.amount_minor
              OR abs(f.gross_minor) <> f.amount_minor THEN 'amount_diff'
         WHEN f.state = 'failed' OR f.state = 'succeeded' AND NOT f.is_ours_done
              OR f.is_ours_elsewhere THEN 'status_diff'
         ELSE 'matched' END
"""
_CASE_COLUMNS = """
    (id, channel, day, kind, verdict, state, file_id, line, receipt_id, refund_part_id, number,
     provider_id, ours_minor, theirs_minor, currency)
"""
_TAKE = text(f"""
    WITH found AS ({_FOUND.format(lines="staged_lines", repeated=_REPEATED, earlier=_EARLIER)}),
    judged AS (SELECT f.*, {_VERDICT} AS verdict FROM found f),
    -- two lines that name one fact of ours in two ways
    apart AS (
        SELECT j.*, CASE WHEN j.verdict NOT IN ('missing_local', 'duplicate_row', 'not_compared')
            AND j.kind <> 'move' AND (
                row_number() OVER (PARTITION BY j.is_repeated, j.receipt_id, j.refund_part_id
                                   ORDER BY j.line) > 1
                OR r.line IS NOT NULL OR p.line IS NOT NULL)
            THEN 'duplicate_row' ELSE j.verdict END AS final
        FROM judged j
        LEFT JOIN LATERAL (
            SELECT o.line FROM statement_lines o WHERE o.receipt_id = j.receipt_id LIMIT 1
            ) r ON true
        LEFT JOIN LATERAL (
            SELECT o.line FROM statement_lines o WHERE o.refund_part_id = j.refund_part_id LIMIT 1
            ) p ON true),
    written AS (
        INSERT INTO statement_lines (file_id, line, channel, kind, provider_id, out_trade_no,
            out_refund_no, amount_minor, fee_minor, gross_minor, currency, at, state, verdict,
            receipt_id, refund_part_id, is_settled, raw)
        SELECT :file_id, line, :channel, kind, provider_id, nullif(out_trade_no, ''),
            nullif(out_refund_no, ''), amount_minor, fee_minor, gross_minor, currency, at, state,
            final,
            CASE WHEN final <> 'duplicate_row' THEN receipt_id END,
            CASE WHEN final <> 'duplicate_row' THEN refund_part_id END,
            final = 'matched', raw
        FROM apart),
    cases AS (
        INSERT INTO reconciliation_cases {_CASE_COLUMNS}
        SELECT gen_random_uuid(), :channel, :day, kind, final, 'open', :file_id, line,
            CASE WHEN final <> 'duplicate_row' THEN receipt_id END,
            CASE WHEN final <> 'duplicate_row' THEN refund_part_id END,
            coalesce(nullif(out_refund_no, ''), nullif(out_trade_no, '')), provider_id,
            CASE WHEN final <> 'duplicate_row' AND is_ours_done THEN coalesce(ours_minor, 0)
                 ELSE 0 END,
            CASE WHEN state = 'failed' OR final = 'duplicate_row' THEN 0 ELSE gross_minor END,
            currency
        FROM apart WHERE final NOT IN ('matched', 'not_compared'))
    SELECT currency, count(*) AS lines, count(*) FILTER (WHERE final = 'matched') AS matched,
        coalesce(sum(gross_minor) FILTER (WHERE final = 'matched'), 0)::bigint AS gross_minor,
        coalesce(sum(fee_minor) FILTER (WHERE final = 'matched'), 0)::bigint AS fee_minor
    FROM apart GROUP BY 1
""")
# Refunds are done when their journal says so; receipts when they were made, which is in their id.
_UNSTATED = text(f"""
    WITH ours AS (
        SELECT 'payment' AS kind, r.id AS receipt_id, CAST(NULL AS uuid) AS refund_part_id,
            a.out_trade_no AS number, r.transaction_id AS provider_id, r.amount_minor AS minor,
            r.currency, r.created_at AS at
        FROM payment_receipts r JOIN payment_attempts a ON a.id = r.attempt_id
        WHERE r.channel = :channel AND r.created_at >= :since AND r.created_at < :until
          AND r.id >= :since_id
          AND NOT EXISTS (SELECT FROM statement_lines o WHERE o.receipt_id = r.id)
        UNION ALL
        SELECT 'refund', NULL, p.id, p.out_refund_no, p.gateway_refund_id,
            p.points_withheld_minor - p.amount_minor, e.currency, e.effective_at
        FROM ledger_accounts a
        JOIN ledger_entries e ON e.account_id = a.id
        JOIN ledger_journals j ON j.id = e.journal_id
        LEFT JOIN payment_receipts x ON j.kind = 'suspense_return' AND x.channel = :channel
            AND j.key = 'return:' || x.channel || ':' || x.transaction_id
        JOIN refund_tenders p ON p.channel = :channel
            AND (p.receipt_id = x.id OR j.kind = 'refund_gateway'
                 AND p.out_refund_no = substr(j.key, 10))
        WHERE a.code = 'gateway_clearing:' || :channel
          AND e.effective_at >= :since AND e.effective_at < :until
          AND j.kind IN ('suspense_return', 'refund_gateway')
          AND NOT EXISTS (SELECT FROM statement_lines o WHERE o.refund_part_id = p.id))
    INSERT INTO reconciliation_cases {_CASE_COLUMNS}
    SELECT gen_random_uuid(), :channel, :day, kind,
        CASE WHEN at >= :cut THEN 'cutoff_pending' ELSE 'missing_gateway' END,
        CASE WHEN at >= :cut THEN 'carried' ELSE 'open' END,
        NULL, NULL, receipt_id, refund_part_id, number, provider_id, minor, 0, currency
    FROM ours
    ON CONFLICT DO NOTHING
""")
_WAITING = """(
    SELECT l.file_id, l.line, l.kind, l.provider_id, l.out_trade_no, l.out_refund_no,
        l.amount_minor, l.fee_minor, l.gross_minor, l.currency, l.state
    FROM statement_lines l
    JOIN reconciliation_cases c ON c.file_id = l.file_id AND c.line = l.line
    WHERE c.channel = :channel AND c.state IN ('open', 'proposed')
      AND l.verdict IN ('missing_local', 'status_diff') AND l.kind <> 'move')
"""
_AGAIN = text(f"""
    WITH found AS ({_FOUND.format(lines=_WAITING, repeated="false", earlier="")}),
    judged AS (SELECT f.*, {_VERDICT} AS verdict_now FROM found f),
    moved AS (
        UPDATE statement_lines l
        SET verdict = 'matched', receipt_id = j.receipt_id, refund_part_id = j.refund_part_id,
            is_settled = true
        FROM judged j
        WHERE l.file_id = j.file_id AND l.line = j.line AND j.verdict_now = 'matched'
          AND NOT EXISTS (SELECT FROM statement_lines o
                          WHERE (o.receipt_id = j.receipt_id OR o.refund_part_id = j.refund_part_id)
                            AND (o.file_id, o.line) <> (l.file_id, l.line))
        RETURNING l.file_id, l.line, l.gross_minor, l.fee_minor, l.currency, l.receipt_id,
            l.refund_part_id),
    closed AS (
        UPDATE reconciliation_cases c
        SET state = 'resolved', resolution = 'matched', resolved_at = now(), version = version + 1,
            updated_at = now()
        FROM moved m WHERE c.file_id = m.file_id AND c.line = m.line)
    SELECT m.*, f.day, f.replaces_id FROM moved m JOIN statement_files f ON f.id = m.file_id
    ORDER BY f.day, m.line
""")
# A case without a line ends when a line is about it; at the cut it waits for the next day only.
_MET = text("""
    UPDATE reconciliation_cases c
    SET state = 'resolved', resolution = 'matched', resolved_at = now(), version = version + 1,
        updated_at = now()
    FROM statement_lines l
    WHERE c.channel = :channel AND c.state <> 'resolved' AND c.file_id IS NULL
      AND (l.receipt_id = c.receipt_id OR l.refund_part_id = c.refund_part_id)
""")
# A refund of ours that arrived after its line was compared counts from now on; what was proposed
# of another difference is void.
_ARRIVED = text("""
    UPDATE reconciliation_cases c
    SET ours_minor = p.points_withheld_minor - p.amount_minor, state = 'open', proposed_by = NULL,
        reason = NULL, version = version + 1, updated_at = now()
    FROM refund_tenders p
    WHERE c.channel = :channel AND c.state IN ('open', 'proposed') AND c.file_id IS NOT NULL
      AND c.ours_minor = 0 AND p.id = c.refund_part_id
      AND p.state = 'succeeded' AND p.fallback IS NULL
      AND NOT EXISTS (SELECT FROM reconciliation_cases w
                      WHERE w.refund_part_id = p.id AND w.file_id IS NULL
                        AND w.resolution = 'corrected')
""")
_OVERDUE = text("""
    UPDATE reconciliation_cases
    SET verdict = 'missing_gateway', state = 'open', day = :day, version = version + 1,
        updated_at = now()
    WHERE channel = :channel AND state = 'carried' AND day < :day
""")
_DAY = text("""
    INSERT INTO reconciled_days (id, channel, day, lines, matched)
    VALUES (:id, :channel, :day, :lines, :matched)
    ON CONFLICT (channel, day) DO UPDATE
    SET lines = excluded.lines, matched = excluded.matched,
        version = reconciled_days.version + 1, updated_at = now()
""")
# Tables grow within the transaction and nobody has counted them: a plan that reads one whole would
# do so for every line, and one that was made while a table was empty would be kept.
_BY_INDEX = text("""
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true), set_config('enable_material', 'off', true),
        set_config('plan_cache_mode', 'force_custom_plan', true)
""")
_FILE = "id, channel, day, kind, sha256, filename, lines, actor, replaces_id, created_at"


class Taken(NamedTuple):
    """What lines of one currency brought; sums are of those that matched."""

    currency: str
    lines: int
    matched: int
    gross_minor: int
    fee_minor: int


class MatchingRepository:
    """Everything about one channel, under its lock: one file at a time is taken in and compared."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def lock(self, channel: str) -> None:
        name = {"name": f"reconciliation:{channel}"}
        await self._session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), name
        )

    async def file(self, channel: str, day: date, kind: str) -> RowMapping | None:
        found = await self._session.execute(
            text(f"""
                SELECT {_FILE} FROM statement_files
                WHERE channel = :channel AND day = :day AND kind = :kind
                  AND superseded_at IS NULL
            """),
            {"channel": channel, "day": day, "kind": kind},
        )
        return found.mappings().first()

    async def same_content(self, channel: str, sha256: str) -> RowMapping | None:
        found = await self._session.execute(
            text(f"""
                SELECT {_FILE} FROM statement_files
                WHERE channel = :channel AND sha256 = :sha256 AND lines > 0
                  AND superseded_at IS NULL
            """),
            {"channel": channel, "sha256": sha256},
        )
        return found.mappings().first()

    async def add_file(self, row: Mapping[str, Any]) -> None:
        await self._session.execute(
            text("""
                INSERT INTO statement_files (id, channel, day, kind, sha256, filename, actor,
                    replaces_id)
                VALUES (:id, :channel, :day, :kind, :sha256, :filename, :actor, :replaces_id)
            """),
            row,
        )
        await take_time(self._session)
        await self._session.execute(_STAGE)
        await self._session.execute(_BY_INDEX)

    async def take(
        self, file_id: UUID, channel: str, day: date, rows: Sequence[tuple[Any, ...]]
    ) -> list[Taken]:
        """Copy lines in, compare them, and open a case for each that differs."""
        connection = await self._session.connection()
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table("staged_lines", records=rows, columns=list(_COPIED))
        values = {"file_id": file_id, "channel": channel, "day": day}
        found = (await self._session.execute(_TAKE, values)).all()
        await self._session.execute(text("TRUNCATE staged_lines"))
        return [Taken(*row) for row in found]

    async def finish(self, file_id: UUID, lines: int) -> None:
        await self._session.execute(
            text("UPDATE statement_files SET lines = :lines WHERE id = :id"),
            {"id": file_id, "lines": lines},
        )

    async def again(self, channel: str) -> Sequence[RowMapping]:
        """Compare lines again that had no counterpart or another state; those that match."""
        return (await self._session.execute(_AGAIN, {"channel": channel})).mappings().all()

    async def unstated(
        self,
        channel: str,
        day: date,
        since: datetime,
        until: datetime,
        *,
        cut: datetime,
        first: UUID,
    ) -> None:
        """Open cases for what is ours within a span of time and in no statement.

        From `cut` on it is carried to the next. No id of the span is smaller than `first`.
        """
        await self._session.execute(
            _UNSTATED,
            {
                "channel": channel,
                "day": day,
                "since": since,
                "until": until,
                "cut": cut,
                "since_id": first,
            },
        )

    async def meet(self, channel: str, day: date | None) -> None:
        """End cases whose counterpart a statement brought; what was carried past `day` is open."""
        await self._session.execute(_MET, {"channel": channel})
        await self._session.execute(_ARRIVED, {"channel": channel})
        if day is not None:
            await self._session.execute(_OVERDUE, {"channel": channel, "day": day})

    async def open_day(self, channel: str, day: date, *, lines: int, matched: int) -> None:
        values = {"id": new_id(), "channel": channel, "day": day}
        await self._session.execute(_DAY, values | {"lines": lines, "matched": matched})

    async def differences(self, channel: str, day: date) -> int:
        """Cases of a day that are open."""
        found = await self._session.scalar(
            text("""
                SELECT count(*) FROM reconciliation_cases
                WHERE channel = :channel AND day = :day AND state IN ('open', 'proposed')
            """),
            {"channel": channel, "day": day},
        )
        return int(found or 0)
