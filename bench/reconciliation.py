"""`python -m bench.reconciliation --rows N`: a statement of N lines against N payments.

Payments are written into a database of the run's own, the statement is a `tradebill` of WeChat Pay
on disk, with ten differences of each kind planted; it is taken in by the service as a worker does.
Prints seconds, lines a second and the memory of the process, and fails unless what was planted is
found and nothing else.
"""

import argparse
import asyncio
import gzip
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from pathlib import Path
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

import asyncpg

from app.core.db import Sessions, build_engine, build_sessions
from app.services import finance
from bench.processes import resident_kib
from bench.server import Database, fresh_database, settle

ROWS, PLANTED, CHANNEL = 200_000, 10, "wechatpay"
BEIJING = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 20)
CHUNK = 64 * 1_024
_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
_TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


async def pay(dsn: str, rows: int) -> None:
    """N receipts of one plan, an attempt each: what matching reads of a day of payments."""
    connection = await asyncpg.connect(dsn)
    at = datetime.combine(DAY, time(1), BEIJING)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            """
            INSERT INTO payment_attempts (id, plan_id, tender_id, member_id, channel, out_trade_no,
                amount_minor, currency, state, expires_at, next_query_at)
            SELECT md5('a' || n)::uuid, md5('plan')::uuid, md5('tender')::uuid, md5('m')::uuid,
                $2, 'n' || lpad(n::text, 20, '0'), 100 + n % 1000, 'CNY', 'succeeded', $3, $3
            FROM generate_series(1, $1::integer) n
            """,
            rows,
            CHANNEL,
            at,
        )
        await connection.execute(
            """
            INSERT INTO payment_receipts (id, channel, transaction_id, attempt_id, plan_id,
                member_id, amount_minor, currency, outcome, created_at)
            SELECT (lpad(to_hex((extract(epoch FROM t.at) * 1000)::bigint), 12, '0') || '7000'
                    || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
                $2, 't' || lpad(n::text, 20, '0'), md5('a' || n)::uuid, md5('plan')::uuid,
                md5('m')::uuid, 100 + n % 1000, 'CNY', 'captured', t.at
            FROM generate_series(1, $1::integer) n,
                LATERAL (SELECT $3::timestamptz + n * interval '22 hours' / $1::integer AS at) t
            """,
            rows,
            CHANNEL,
            at,
        )
    finally:
        await connection.close()


def write(path: Path, rows: int) -> None:
    """The bill: ten amounts are off, ten payments missing, ten unknown, ten come twice."""
    paid = fees = count = 0
    off = range(51, 51 + PLANTED)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write(f"\ufeff{_HEAD}\r\n")
        for number in [*range(1 + PLANTED, rows + 1 + PLANTED), *range(101, 101 + PLANTED)]:
            minor = 100 + number % 1_000 + (number in off)
            fee = minor * 6 // 1_000
            paid, fees, count = paid + minor, fees + fee, count + 1
            yuan, kept = f"{minor / 100:.2f}", f"{fee / 100:.2f}000"
            file.write(
                f"`2026-11-20 12:00:00,`wx0,`19000001,`0,`,`t{number:020},`n{number:020},`o,`JSAPI,"
                f"`SUCCESS,`CMC,`CNY,`{yuan},`0.00,`0,`0,`0.00,`0.00,`,`,`goods,`,`{kept},`0.60%,"
                f"`{yuan},`0.00,`\r\n"
            )
        total, kept = f"{paid / 100:.2f}", f"{fees / 100:.2f}000"
        file.write(f"{_TOTALS}\r\n`{count},`{total},`0.00,`0.00,`{kept},`{total},`0.00\r\n")


async def chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


async def _watch(highest: list[int]) -> None:
    while True:
        highest[0] = max(highest[0], resident_kib(os.getpid()))
        await asyncio.sleep(0.2)


async def measure(database: Database, path: Path, rows: int) -> dict[str, int]:
    engine = build_engine(database.settings().database)
    sessions: Sessions = build_sessions(engine)
    before = resident_kib(os.getpid())
    highest = [before]
    watching = asyncio.create_task(_watch(highest))
    wall, cpu = perf_counter(), process_time()
    what = finance.StatementOf(channel=CHANNEL, day=DAY, kind="trades", filename=path.name)
    row = await finance.import_statement(sessions, what, chunks(path), actor=None)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    watching.cancel()
    await engine.dispose()
    print(
        f"{row['lines']:,} lines against {rows:,} payments in {wall:.1f} s"
        f" ({row['lines'] / wall:,.0f} a second; {cpu:.1f} s of CPU here);"
        f" resident {before / 1024:.0f} MiB before, {highest[0] / 1024:.0f} MiB at most",
        flush=True,
    )
    return await found(database)


async def found(database: Database) -> dict[str, int]:
    """Cases by verdict."""
    connection = await asyncpg.connect(database.dsn)
    try:
        rows = await connection.fetch(
            "SELECT verdict, count(*) AS n FROM reconciliation_cases GROUP BY 1 ORDER BY 1"
        )
    finally:
        await connection.close()
    return {row["verdict"]: row["n"] for row in rows}


async def run(database: Database, folder: Path, rows: int) -> None:
    path = folder / "tradebill.csv.gz"
    await pay(database.dsn, rows)
    await asyncio.to_thread(write, path, rows)
    await settle(database)
    print(f"{rows:,} payments written, a file of {path.stat().st_size / 2**20:.0f} MiB", flush=True)
    differences = await measure(database, path, rows)
    print(f"differences: {differences}")
    kinds = ("amount_diff", "duplicate_row", "missing_gateway", "missing_local")
    if differences != dict.fromkeys(kinds, PLANTED):
        raise SystemExit("what was planted was not found, or something else was")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reconciliation", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(database, Path(folder), rows))


if __name__ == "__main__":
    main()
