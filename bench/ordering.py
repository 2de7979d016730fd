"""Placing orders: the service beside bare asyncpg and PostgreSQL alone, doing the same work."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from app.core.db import WRITING
from app.core.enums.ledger import AccountKind
from app.core.ids import random_code
from app.core.settings import TokenSettings
from app.services import ledger
from app.services.cart.engine import agree
from bench import pgbench
from bench.bare import Prepared
from bench.client import all_of
from bench.figures import Figure, middle
from bench.load import Request
from bench.reading import CONNECTIONS, Compared
from bench.seed import Shopper
from bench.server import Database, value
from bench.substitution import Derive, Sent, Template, learn
from bench.trace import TracedService, essential, statements

PATH = "/api/v1/orders"
AGREED_MINOR = 10_000_000
"""A shopper may agree to pay more than it costs; so no cart needs to be quoted beforehand."""
ANSWER = "ANSWER"


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to pay. With a gateway the payment is created there after the order is committed."""

    name: str
    has_gateway: bool

    def tenders(self, shopper: Shopper) -> list[dict[str, Any]]:
        balance: dict[str, Any] = {"kind": "balance"}
        tenders = [
            {"kind": "gift_card", "gift_card_id": str(shopper.card_id), "max_minor": 8_000},
            {"kind": "points", "max_points": 3_000},
            balance,
        ]
        if self.has_gateway:
            balance["max_minor"] = 5_000
            tenders.append({"kind": "gateway", "channel": "sandbox"})
        return tenders


FOUR_TENDERS = Variant("order_four_tenders", has_gateway=True)
PAID_AT_ONCE = Variant("order_paid_at_once", has_gateway=False)
VARIANTS = (FOUR_TENDERS, PAID_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Orders of one round at each place."""

    service: int
    bare: int
    pgbench: int

    @property
    def total(self) -> int:
        return self.service + self.bare + self.pgbench


@dataclass(frozen=True, slots=True)
class Traced:
    """One way to order, what the service sent for it, and how to make more of the same."""

    variant: Variant
    template: Template
    sent: list[Sent]

    @property
    def queries(self) -> int:
        return statements(self.sent)

    @property
    def round_trips(self) -> int:
        return len(self.sent)

    def prepare(self, shoppers: Sequence[Shopper]) -> list[Prepared]:
        filled = [self.template.fill(shopper.roles()) for shopper in shoppers]
        return [Prepared(sent[:-1], sent[-1].args[0]) for sent in filled]


def request(shopper: Shopper, variant: Variant, settings: TokenSettings) -> Request:
    goods = [(str(each), "", 1) for each in shopper.sku_ids]
    body = {
        "cart_id": str(shopper.cart_id),
        "quote_hash": str(agree(goods, (), "0" * 64, "standard", AGREED_MINOR)),
        "address_id": str(shopper.address_id),
        "tenders": variant.tenders(shopper),
    }
    return Request(
        PATH,
        "POST",
        {
            "authorization": f"Bearer {shopper.token(settings)}",
            "idempotency-key": f"key-{random_code(16)}",
        },
        orjson.dumps(body).decode(),
    )


async def trace(
    service: TracedService, variant: Variant, shoppers: Iterator[Shopper], settings: TokenSettings
) -> Traced:
    """Place three orders inside this process: one to warm up, two to learn from."""
    learned: list[tuple[list[Sent], dict[str, str]]] = []
    sent: list[Sent] = []
    for shopper in islice(shoppers, 3):
        order = request(shopper, variant, settings)
        answer, sent = await service.ask(
            "POST", PATH, headers=order.headers, body=orjson.loads(order.body or "")
        )
        learned.append(([*essential(sent), Sent(ANSWER, (answer.content,))], shopper.roles()))
    (first, first_roles), (second, second_roles) = learned[1:]
    template = learn(first, first_roles, second, second_roles, derivations=account_ids())
    return Traced(variant, template, sent)


def account_ids() -> list[Derive]:
    """Ids of ledger accounts follow from their owner's."""

    def derive(kind: AccountKind, purpose: str | None, currency: str) -> Derive:
        return lambda owner: str(ledger.Account(kind, owner, purpose, currency).id)

    return [
        derive(kind, purpose, currency)
        for kind in AccountKind
        for purpose in (None, ledger.AVAILABLE, ledger.HELD)
        for currency in ("CNY", ledger.POINTS)
    ]


async def scripts(
    database: Database, traced: Traced, shoppers: Iterator[Shopper], *, sizes: Sizes, rounds: int
) -> list[pgbench.Script]:
    """A script for each round; its prepared orders are in a table of their own."""
    made = []
    for number in range(rounds):
        prepared = traced.prepare(list(islice(shoppers, sizes.pgbench)))
        table = f"bench_{traced.variant.name}_{number}"
        made.append(await pgbench.writing(database, table, [each.sent for each in prepared]))
    return made


@dataclass(frozen=True, slots=True)
class OrdersCompared(Compared):
    """With the WAL that one order of the service writes."""

    wal_bytes: int


@dataclass(slots=True)
class Orders:
    """Everything prepared for comparing one variant."""

    traced: Traced
    sizes: Sizes
    requests: list[Request]
    scripts: list[pgbench.Script]

    def compare(
        self, database: Database, *, service_port: int, bare_port: int, folder: Path
    ) -> OrdersCompared:
        """Interleaved rounds; every order is placed once."""
        name = self.traced.variant.name
        wal: list[int] = []
        ours: list[Figure] = []
        bare: list[Figure] = []
        alone: list[float] = []
        for number, script in enumerate(self.scripts):
            start = number * self.sizes.service
            before = wal_position(database)
            ours.append(
                all_of(
                    service_port,
                    self.requests[start : start + self.sizes.service],
                    connections=CONNECTIONS,
                )
            )
            wal.append((wal_position(database) - before) // self.sizes.service)
            start = number * self.sizes.bare
            bare_requests = [
                Request(f"/{name}/{i}", "POST") for i in range(start, start + self.sizes.bare)
            ]
            alone.append(
                pgbench.run(
                    database,
                    script,
                    folder=folder,
                    clients=CONNECTIONS,
                    limit=("-t", str(self.sizes.pgbench // CONNECTIONS)),
                    settings=WRITING,
                )
            )
            bare.append(all_of(bare_port, bare_requests, connections=CONNECTIONS))
        return OrdersCompared(middle(ours), middle(bare), median(alone), wal_bytes=int(median(wal)))


def wal_position(database: Database) -> int:
    """Bytes of WAL ever written."""
    query = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
    return int(asyncio.run(value(database, query)))
