"""The sandbox's statement: CSV with a header and a line of totals, as real gateways have."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

TIME_ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = (
    "kind",
    "transaction_id",
    "out_trade_no",
    "out_refund_no",
    "refund_id",
    "amount_minor",
    "fee_minor",
    "currency",
    "at",
)


async def lines(rows: Sequence[RowMapping]) -> AsyncIterator[bytes]:
    """Amounts are minor units, refunds positive like payments.

    The sandbox takes a fee for instalments the seller bears, and keeps it when it gives back.

    The last line is `total`, how many payments and refunds there are, and their sums.
    """
    yield _line(COLUMNS)
    for row in rows:
        at = row["at"].astimezone(TIME_ZONE).isoformat(timespec="seconds")
        yield _line([*(row[each] for each in COLUMNS[:8]), at])
    totals: list[object] = ["total"]
    for kind in ("payment", "refund"):
        amounts = [row["amount_minor"] for row in rows if row["kind"] == kind]
        totals += [len(amounts), sum(amounts)]
    yield _line(totals)


def _line(values: Iterable[object]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(list(values))
    return out.getvalue().encode()
