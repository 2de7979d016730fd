"""After the faults: whether everything the service said still holds."""

import asyncio
import json
from dataclasses import dataclass

import httpx

from bench.chaos.shoppers import is_worth_repeating
from bench.chaos.tally import Tally, Told
from bench.server import Database, value

DRAIN_SECONDS = 300
REPEATED_AT_ONCE = 8
REPEATS = 20

_WAITING = """
    SELECT (SELECT count(*) FROM outbox WHERE state = 'pending')
         + (SELECT count(*) FROM payment_plans WHERE state = 'closing')
         + (SELECT count(*) FROM refund_tenders WHERE state = 'pending')
         + (SELECT count(*) FROM gateway_events WHERE processed_at IS NULL)
         + (SELECT count(*) FROM payment_attempts a
            JOIN sandbox.payments s ON s.out_trade_no = a.out_trade_no
            WHERE a.state IN ('created', 'pending') AND s.state = 'succeeded')
"""
_WHAT_WAITS = """
    SELECT json_build_object(
        'messages', (SELECT json_object_agg(name, n) FROM (
            SELECT name, count(*) AS n FROM outbox WHERE state = 'pending' GROUP BY name) AS each),
        'plans', (SELECT count(*) FROM payment_plans WHERE state = 'closing'),
        'refunds', (SELECT count(*) FROM refund_tenders WHERE state = 'pending'),
        'notices', (SELECT count(*) FROM gateway_events WHERE processed_at IS NULL),
        'jobs', (SELECT json_object_agg(name, last_error) FROM jobs WHERE last_error IS NOT NULL),
        'late', (SELECT json_object_agg(name, due_at) FROM jobs WHERE due_at < now()))::text
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
_UNKNOWN = """
    SELECT coalesce(json_agg(json_build_object(
        'id', id, 'note', note, 'state', state, 'placed_at', created_at)), '[]')::text
    FROM orders WHERE id <> ALL($1::uuid[])
"""
_MISSING = """
    SELECT count(*) FROM unnest($1::uuid[]) AS told(id)
    WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = told.id)
"""
_UNTOLD = """
    SELECT count(*) FROM unnest($1::uuid[]) AS told(id)
    WHERE NOT EXISTS (
        SELECT FROM outbox o WHERE o.name = 'orders.placed.v1' AND o.state = 'delivered'
        AND o.payload ->> 'order_id' = told.id::text)
"""
_TOLD_TWICE = """
    SELECT count(*) FROM (
        SELECT FROM outbox
        WHERE name IN ('orders.placed.v1', 'orders.paid.v1', 'orders.cancelled.v1')
        GROUP BY name, payload ->> 'order_id' HAVING count(*) > 1) AS twice
"""
_PARKED = "SELECT count(*) FROM outbox WHERE state NOT IN ('pending', 'delivered')"
_LEFT_OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
      AND state_change < now() - interval '10 seconds'
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of what must not be: anything but zero is a breach."""

    lost: int
    doubled: int
    unknown: int
    replayed_otherwise: int
    events_missing: int
    events_doubled: int
    events_parked: int
    undrained: int
    books_off_by_minor: int
    left_in_transaction: int
    errors_of_ours: int
    gave_up: int

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
    unknown = json.loads(await value(database, _UNKNOWN, told))
    tally.differing += [f"nobody was told of {each}" for each in unknown]
    if undrained:
        tally.differing.append(f"undrained: {await value(database, _WHAT_WAITS)}")
    return Verdict(
        lost=int(await value(database, _MISSING, told)),
        doubled=int(await value(database, _DOUBLED)) + len(told) - len(set(told)),
        unknown=len(unknown),
        replayed_otherwise=await _repeat(client, tally),
        events_missing=int(await value(database, _UNTOLD, told)),
        events_doubled=int(await value(database, _TOLD_TWICE)),
        events_parked=int(await value(database, _PARKED)),
        undrained=undrained,
        books_off_by_minor=int(await value(database, _TAKEN_BY_GATEWAY))
        - int(await value(database, _TAKEN_BY_LEDGER)),
        left_in_transaction=int(await value(database, _LEFT_OPEN)),
        errors_of_ours=sum(
            count for reason, count in tally.failed.items() if reason.startswith("500")
        ),
        gave_up=tally.given_up.total(),
    )


async def _repeat(client: httpx.AsyncClient, tally: Tally) -> int:
    """Send every confirmed request once more; how many are not answered in the very same words."""
    slots, told, differing = asyncio.Semaphore(REPEATED_AT_ONCE), tally.told, tally.differing

    async def differs(each: Told) -> bool:
        async with slots:
            answer = await asked_again(client, each)
        if answer is not None and each.repeats(answer.status_code, answer.json()):
            return False
        said = "nothing" if answer is None else f"{answer.status_code} {answer.text}"
        differing.append(f"{each.path}: {each.status} {each.body} became {said}")
        return True

    return sum(await asyncio.gather(*(differs(each) for each in told)))


async def asked_again(client: httpx.AsyncClient, told: Told) -> httpx.Response | None:
    """What is answered to the same request, from a service that is whole again.

    That somebody else holds it for the moment is no answer: the worker goes on meanwhile.
    """
    answer: httpx.Response | None = None
    for _ in range(REPEATS):
        try:
            answer = await client.post(
                f"/api/v1{told.path}", headers=told.headers | told.sign(), json=told.request
            )
        except httpx.TransportError:
            answer = None
        if answer is not None and not is_worth_repeating(answer):
            return answer
        await asyncio.sleep(1)
    return answer
