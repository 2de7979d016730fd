"""A whole checkout, call after call, at the service and at bare endpoints.

A shopper opens the cart they have, puts one more piece into it, asks for the quote, orders with
four tenders, and the gateway's notice says that the rest was paid. Whoever pays at the gateway does
so in the instant the payment is created: a trigger in its books.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import perf_counter
from typing import Any, TypeAlias

import orjson
import uvloop

from app.adapters.sandbox.notices import signed
from app.core import clock
from app.core.settings import Settings, TokenSettings
from app.services.cart.engine import agree
from bench.bare import Plan, Prepared
from bench.client import UnexpectedAnswer
from bench.figures import Figure, middle
from bench.load import Connection, Request
from bench.ordering import AGREED_MINOR, ANSWER, FOUR_TENDERS, PATH, account_ids
from bench.ordering import request as order_request
from bench.reading import CONNECTIONS
from bench.seed import Shopper
from bench.server import Database, run
from bench.substitution import Roles, Sent, Unexplained, learn
from bench.trace import TracedService, essential

CALLS = ("cart", "line", "quote", "order", "notice")
STATUSES = (201, 201, 200, 201, 200)
TRACED = 8
READS = frozenset({"quote"})
PAID_AT_ONCE = """
    CREATE FUNCTION bench_pays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.state := 'succeeded'; NEW.paid_minor := NEW.amount_minor; NEW.paid_at := now();
        NEW.transaction_id := 'tx-' || NEW.out_trade_no; RETURN NEW; END $$;
    CREATE TRIGGER bench_pays BEFORE INSERT ON sandbox.payments
        FOR EACH ROW EXECUTE FUNCTION bench_pays()
"""
NOBODY_PAYS = "DROP TRIGGER bench_pays ON sandbox.payments; DROP FUNCTION bench_pays()"

Flow: TypeAlias = Callable[[Sequence[bytes]], Request]
"""The next request, after the answers so far."""


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """Medians over rounds: whole checkouts per second, and milliseconds of one."""

    statements: int
    round_trips: int
    service: Figure
    bare: Figure


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Everything prepared for comparing; each flow is gone through once."""

    sent: Sequence[Sent]
    flows: list[Flow]
    bare: list[Flow]
    rounds: int

    def compare(self, database: Database, *, service_port: int, bare_port: int) -> CheckedOut:
        """Interleaved rounds."""
        ours, bare = [], []
        asyncio.run(run(database, PAID_AT_ONCE))
        try:
            for number in range(self.rounds):
                ours.append(_drive(service_port, _part(self.flows, number, self.rounds), STATUSES))
                expected = tuple(200 if each in READS else 201 for each in CALLS)
                bare.append(_drive(bare_port, _part(self.bare, number, self.rounds), expected))
        finally:
            asyncio.run(run(database, NOBODY_PAYS))
        statements = [each for each in self.sent if each.args]
        return CheckedOut(len(statements), len(self.sent), middle(ours), middle(bare))


async def prepare(
    service: TracedService,
    database: Database,
    tokens: TokenSettings,
    shoppers: Iterator[Shopper],
    plan: Plan,
    *,
    rounds: int,
    count: int,
) -> Checkouts:
    """Trace a few checkouts and make `count` a round for either side, the bare ones in `plan`."""
    settings = database.settings()
    await run(database, PAID_AT_ONCE)
    try:
        first, first_roles, sent, roles = await _alike(service, settings, tokens, shoppers)
    finally:
        await run(database, NOBODY_PAYS)
    template = learn(first, first_roles, sent, roles, derivations=account_ids())
    flows = [_flow(each, settings, tokens) for each in islice(shoppers, rounds * count)]
    bare: list[Flow] = []
    for number, shopper in enumerate(islice(shoppers, rounds * count)):
        for call, prepared in zip(CALLS, _split(template.fill(shopper.roles())), strict=True):
            plan.requests.setdefault(f"checkout_{call}", []).append(prepared)
        bare.append(_bare(number))
    return Checkouts([each for each in sent if each.sql != ANSWER], flows, bare, rounds)


async def _alike(
    service: TracedService, settings: Settings, tokens: TokenSettings, shoppers: Iterator[Shopper]
) -> tuple[list[Sent], Roles, list[Sent], Roles]:
    """Two checkouts that sent the same statements: now and then a cache is read anew."""
    at = clock.now()  # whose seconds are a text in the notice's headers
    await _traced(service, _flow(next(shoppers), settings, tokens, told_at=at))
    before: list[Sent] = []
    of: Roles = {}
    for shopper in islice(shoppers, TRACED - 1):
        sent = await _traced(service, _flow(shopper, settings, tokens, told_at=at))
        if [each.sql for each in sent] == [each.sql for each in before]:
            return before, of, sent, shopper.roles()
        before, of = sent, shopper.roles()
    raise Unexplained("no two checkouts sent the same statements")


def _bare(number: int) -> Flow:
    def following(answers: Sequence[bytes]) -> Request:
        call = CALLS[len(answers)]
        return Request(f"/checkout_{call}/{number}", "GET" if call in READS else "POST")

    return following


def _flow(
    shopper: Shopper, settings: Settings, tokens: TokenSettings, *, told_at: datetime | None = None
) -> Flow:
    bearer = {"authorization": f"Bearer {shopper.token(tokens)}"}
    cart = f"/api/v1/carts/{shopper.cart_id}"

    def following(answers: Sequence[bytes]) -> Request:
        match CALLS[len(answers)]:
            case "cart":
                return Request("/api/v1/carts", "POST", bearer, "{}")
            case "line":
                body = {"sku_id": str(shopper.sku_ids[0]), "quantity": 1}
                return Request(f"{cart}/lines", "POST", bearer, orjson.dumps(body).decode())
            case "quote":
                body = {"address_id": str(shopper.address_id)}
                return Request(f"{cart}/quote", "POST", bearer, orjson.dumps(body).decode())
            case "order":
                return _order(shopper, tokens)
        return _notice(answers[-1], settings, told_at or clock.now())

    return following


def _order(shopper: Shopper, tokens: TokenSettings) -> Request:
    """What the quote said, or more: nobody has to read it."""
    made = order_request(shopper, FOUR_TENDERS, tokens)
    goods = [(str(each), "", 1 + (each == shopper.sku_ids[0])) for each in shopper.sku_ids]
    body = orjson.loads(made.body or "")
    body["quote_hash"] = str(agree(goods, (), "0" * 64, "standard", AGREED_MINOR))
    return Request(PATH, "POST", made.headers, orjson.dumps(body).decode())


def _notice(ordered: bytes, settings: Settings, at: datetime) -> Request:
    attempt = orjson.loads(ordered)["payment"]["attempt"]
    number = attempt["action"]["url"].rpartition("/")[2]
    content: dict[str, Any] = {
        "kind": "payment",
        "provider_id": f"tx-{number}",
        "merchant_id": "sandbox-merchant",
        "number": number,
        "state": "succeeded",
        "amount_minor": attempt["amount_minor"],
        "currency": "CNY",
    }
    secret = settings.payments.sandbox_secret.get_secret_value().encode()
    headers, body = signed(secret, content, at)
    del headers["content-type"]
    return Request("/api/v1/webhooks/sandbox", "POST", headers, body.decode())


async def _traced(service: TracedService, flow: Flow) -> list[Sent]:
    """What a checkout sends, each call's statements before its answer."""
    answers: list[bytes] = []
    found: list[Sent] = []
    for _ in CALLS:
        asked = flow(answers)
        answer, sent = await service.send(asked.method, asked.path, asked.headers, asked.body or "")
        answers.append(answer.content)
        found += [*essential(sent), Sent(ANSWER, (answer.content,))]
    return found


def _split(sent: Sequence[Sent]) -> Iterator[Prepared]:
    own: list[Sent] = []
    for each in sent:
        if each.sql == ANSWER:
            yield Prepared(own, each.args[0])
            own = []
        else:
            own.append(each)


def _part(flows: Sequence[Flow], number: int, rounds: int) -> Sequence[Flow]:
    size = len(flows) // rounds
    return flows[number * size : (number + 1) * size]


def _drive(port: int, flows: Sequence[Flow], expected: Sequence[int]) -> Figure:
    return uvloop.run(_all(port, flows, expected))


async def _all(port: int, flows: Sequence[Flow], expected: Sequence[int]) -> Figure:
    took: list[float] = []
    waiting = iter(flows)
    began = perf_counter()
    await asyncio.gather(*(_one_by_one(port, waiting, expected, took) for _ in range(CONNECTIONS)))
    return Figure.of(took, perf_counter() - began)


async def _one_by_one(
    port: int, flows: Iterator[Flow], expected: Sequence[int], took: list[float]
) -> None:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    try:
        for flow in flows:
            began = perf_counter()
            answers: list[bytes] = []
            for status in expected:
                asked = flow(answers)
                found, body = await connection.ask(asked.encode())
                if found != status:
                    raise UnexpectedAnswer(f"{asked.path}: {found} {body[:500].decode()}")
                answers.append(body)
            took.append((perf_counter() - began) * 1000)
    finally:
        connection.close()
