"""A year of the past brought in, and orders of it lived through the services, in one database."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any

from sqlalchemy import text

from app.adapters.resources import Resources
from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.settings import (
    CheckoutSettings,
    DatabaseSettings,
    HttpSettings,
    PaymentSettings,
    Settings,
)
from app.services import catalog
from bench.journey.life import Life, Stage
from bench.journey.shop import CHANNEL, bring_in, open_shop, people, welcome
from bench.journey.year import Basket, Year
from tests.fakes.gateway import FakeGateway

UNPAID, CANCELLED, KEPT, BACK = 0.03, 0.02, 0.03, 0.03
CONFIRMED, OVER = 0.5, 0.7
"""Shares of orders: never paid, given back before they leave, not sent yet, sent back in part; of
those that arrived: received by word, and old enough to be completed."""
PATIENT = 300
DUE = "SELECT count(*) FROM order_reviews WHERE state = 'due'"
ARRIVED = (
    "SELECT count(*) FROM orders WHERE state = 'open' AND arrival_due_at < now()"
    " AND received_at IS NULL"
)
ENDED = "SELECT count(*) FROM orders WHERE state = 'open' AND completes_at < now()"
LONG = timedelta(days=400)
SKUS = (
    "SELECT substr(k.code, 3)::bigint AS name, k.id FROM skus k JOIN spus p ON p.id = k.spu_id"
    " WHERE k.code LIKE 'CJ%' AND p.status = 'on_sale'"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done at which speed, and orders by state, payment and fulfilment in the end."""

    stages: list[Stage]
    refused: Counter[str]
    axes: Counter[tuple[str, str, str]]


async def replay(url: str, *, history: int, lived: int, seed: int = 1, at_once: int = 4) -> Outcome:
    """Bring `history` baskets in as orders of the past and live `lived` others of the year."""
    settings = _settings(url)
    engine = build_engine(settings.database, pool_size=at_once + 1)
    sessions = build_sessions(engine)
    gateway = FakeGateway()
    resources = Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=_Silent(),
        gateways={"alipay": gateway},
    )
    try:
        year = Year()
        lived_baskets = list(year.baskets(lived))
        past = list(year.baskets(history)) if history < len(year) else None
        names = (
            set(year.products)
            if past is None
            else {line[0] for each in (*past, *lived_baskets) for line in each.lines}
        )
        begun = perf_counter()
        await open_shop(sessions, year, names)
        stages = [Stage("products", len(names), perf_counter() - begun)]
        begun = perf_counter()
        brought = iter(past) if past is not None else year.baskets(len(year))
        report = await bring_in(sessions, brought, min(history, len(year)))
        stages.append(
            Stage(
                "orders of the past", report.counts.get("orders created", 0), perf_counter() - begun
            )
        )
        await welcome(sessions, {each.household for each in lived_baskets})
        await _settle(engine)
        known = await people(sessions)
        async with unit_of_work(sessions) as session:
            channel = await catalog.channel(session, CHANNEL)
            skus = {row.name: row.id for row in await session.execute(text(SKUS))}
        life = Life(
            *(resources, gateway, channel.id, skus, known, Random(seed)),
            at_once=at_once,
            stages=stages,
        )
        for each in stages:
            print(each, flush=True)
        await _live(life, lived_baskets)
        refused = Counter(each.reason for each in report.rejects)
        async with unit_of_work(sessions) as session:
            rows = await session.execute(
                text(
                    "SELECT state, payment_status, fulfilment_status, count(*) AS n"
                    " FROM orders GROUP BY 1, 2, 3"
                )
            )
            axes: Counter[tuple[str, str, str]] = Counter({tuple(r[:3]): r.n for r in rows})
        return Outcome(stages, refused, axes)
    finally:
        await engine.dispose()


async def _live(life: Life, baskets: list[Basket]) -> None:
    drawn = life.drawn
    await life.every("placed (cart, order)", baskets, life.place)
    ids = list(life.owners)
    unpaid = drawn(ids, UNPAID)
    await life.every("cancelled unpaid", list(unpaid), life.cancel)
    paid = [each for each in ids if each not in unpaid]
    await life.every("paid (attempt, notice)", paid, life.pay)
    await life.work()
    await life.until("orders.review", DUE)
    given_back = drawn(paid, CANCELLED)
    await life.every("cancelled paid", list(given_back), life.cancel)
    standing = [each for each in paid if each not in given_back]
    kept = drawn(standing, KEPT)
    sent = [each for each in standing if each not in kept]
    await life.every("shipped", sent, life.ship)
    await life.work()
    await life.every("delivered", sent, life.deliver)
    confirmed = drawn(sent, CONFIRMED)
    await life.every("receipt confirmed", list(confirmed), life.confirm)
    await life.time_passes("arrival_due_at", set(sent) - confirmed, LONG)
    await life.until("orders.receive", ARRIVED)
    back = drawn(sent, BACK)
    await life.every("sent back, inspected, refunded", list(back), life.send_back)
    await life.work()
    over = drawn([each for each in sent if each not in back], OVER)
    await life.time_passes("completes_at", over, LONG)
    await life.until("orders.complete", ENDED)
    await life.work()


async def _settle(engine: Any) -> None:
    async with engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("ANALYZE"))


class _Silent:
    async def send(self, *, destination: str, kind: str, text: str) -> None:
        """Nobody is written to."""


def _settings(url: str) -> Settings:
    return Settings(
        database=DatabaseSettings(
            url=url,
            command_timeout_seconds=PATIENT,
            statement_timeout_ms=PATIENT * 1_000,
            transaction_timeout_ms=0,
        ),
        http=HttpSettings(rate_limits_enabled=False),
        checkout=CheckoutSettings(max_unpaid_orders=10_000, reservation_seconds=86_400),
        payments=PaymentSettings(gateways=["alipay"], query_after_seconds=0),
    )


def main_of(url: str, **sizes: int) -> Outcome:
    return asyncio.run(replay(url, **sizes))
