"""Taking in lines reads what they name, and not all that was taken in before."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.repositories.finance.matching import MatchingRepository

DAY, LINES, BATCHES = date(2026, 11, 20), 50, 8
_READ = text("""
    SELECT coalesce(sum(seq_tup_read), 0)::bigint, coalesce(sum(idx_tup_fetch), 0)::bigint
    FROM pg_stat_xact_user_tables WHERE relname = 'statement_lines'
""")


def lines(batch: int, kind: str) -> list[tuple[object, ...]]:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    numbers = range(batch * LINES, batch * LINES + LINES)
    return [
        (n, kind, f"t{n}", f"n{n}", f"r{n}", 100, 1, 100, "CNY", at, "succeeded", "")
        for n in numbers
    ]


@pytest.mark.parametrize("kind", ["payment", "refund"])
async def test_a_batch_reads_no_lines_of_earlier_ones(session: AsyncSession, kind: str) -> None:
    matching, file_id = MatchingRepository(session), new_id()
    await matching.add_file(
        {
            "id": file_id,
            "channel": "wechatpay",
            "day": DAY,
            "kind": "trades",
            "sha256": "0" * 64,
            "filename": "bill",
            "actor": None,
            "replaces_id": None,
        }
    )
    for batch in range(BATCHES):
        (taken,) = await matching.take(file_id, "wechatpay", DAY, lines(batch, kind))
        assert taken.lines == LINES
    whole, fetched = (await session.execute(_READ)).one()
    assert whole == 0
    assert fetched < LINES * BATCHES  # reading all of them for each batch is seven times as many
