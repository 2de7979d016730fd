"""After the kills: whether everything the service said still holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from bench.chaos.tally import Acknowledged, Tally
from bench.server import Database, value

DRAIN_SECONDS = 180
REPEATED_AT_ONCE = 8

_WAITING = """
    SELECT (SELECT count(*) FROM outbox WHERE state = 'pending')
         + (SELECT count(*) FROM payment_plans WHERE state = 'closing')
         + (SELECT count(*) FROM refund_tenders WHERE state = 'pending')
         + (SELECT count(*) FROM gateway_events WHERE processed_at IS NULL)
         + (SELECT count(*) FROM payment_attempts a
            JOIN sandbox.payments s ON s.out_trade_no = a.out_trade_no
            WHERE a.state IN ('created', 'pending') AND s.state = 'succeeded')
"""
_TAKEN_BY_GATEWAY = """
    SELECT ((SELECT coalesce(sum(paid_minor), 0) FROM sandbox.payments WHERE state = 'succeeded')
          - (SELECT coalesce(sum(amount_minor), 0) FROM sandbox.refunds))::bigint
"""
_TAKEN_BY_LEDGER = """
    SELECT coalesce(sum(e.amount_minor), 0)::bigint
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
    WHERE a.kind = 'gateway_clearing'
"""
_DOUBLED = """
    SELECT count(*) FROM (
        SELECT note FROM orders WHERE note IS NOT NULL GROUP BY note HAVING count(*) > 1) AS twice
"""
_UNKNOWN = "SELECT count(*) FROM orders WHERE id <> ALL($1::uuid[])"
_MISSING = """
    SELECT count(*) FROM unnest($1::uuid[]) AS told(id)
    WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = told.id)
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of what must not be: anything but zero is a breach."""

    lost: int
    doubled: int
    unknown: int
    replayed_otherwise: int
    undrained: int
    books_off_by_minor: int

    @property
    def breaches(self) -> list[str]:
        return [f"{name} {getattr(self, name)}" for name in self.__slots__ if getattr(self, name)]


async def drain(database: Database) -> int:
    """Wait until worker and janitor have nothing left to do; how much there was at the end."""
    for _ in range(DRAIN_SECONDS):
        if not await value(database, _WAITING):
            break
        await asyncio.sleep(1)
    return int(await value(database, _WAITING))


async def judge(
    database: Database, client: httpx.AsyncClient, tally: Tally, *, undrained: int
) -> Verdict:
    told = [each.order_id for each in tally.orders]
    return Verdict(
        lost=int(await value(database, _MISSING, told)),
        doubled=int(await value(database, _DOUBLED)) + len(told) - len(set(told)),
        unknown=int(await value(database, _UNKNOWN, told)),
        replayed_otherwise=await _repeat(client, tally.orders),
        undrained=undrained,
        books_off_by_minor=int(await value(database, _TAKEN_BY_GATEWAY))
        - int(await value(database, _TAKEN_BY_LEDGER)),
    )


async def _repeat(client: httpx.AsyncClient, orders: Sequence[Acknowledged]) -> int:
    """Send every confirmed request once more; how many are not answered with the same order."""
    slots = asyncio.Semaphore(REPEATED_AT_ONCE)

    async def differs(order: Acknowledged) -> bool:
        async with slots:
            answer = await client.post("/api/v1/orders", headers=order.headers, json=order.request)
        return answer.is_error or answer.json()["id"] != order.order_id

    return sum(await asyncio.gather(*(differs(each) for each in orders)))
