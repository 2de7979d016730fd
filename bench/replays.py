"""`python -m bench.replays [orders]`: orders a second of a replay, and the memory it needs.

Orders are quotes of the service on the bench's shop, each of several distinct ones copied under new
ids, members and times; nothing else of them is written, for a replay reads nothing else. `--keep`
puts the picture and the page into the working directory.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor, Audience
from app.core.clock import now
from app.core.db import (
    Sessions,
    build_engine,
    build_reading_engine,
    build_sessions,
    unit_of_work,
)
from app.core.ids import new_id, random_code
from app.services import catalog, promotions, reports
from app.services.pricing import WantedLine
from app.services.promotions import PromotionTerms, QuoteRequest
from bench.processes import resident_kib
from bench.seed import Catalog, Shopper, make_shop
from bench.seed.rows import json, put
from bench.server import Database, fresh_database, settle

ORDERS, DISTINCT, MEMBERS = 10_000, 500, 100
FUNDED = {"merchant_bps": 4_000, "platform_bps": 5_000, "supplier_bps": 1_000}


def tried(catalog_: Catalog) -> tuple[PromotionTerms, ...]:
    """满300减40 for everybody, a second piece at half price in one department, a coupon."""
    order: dict[str, Any] = {"stage": "order", "currency": "CNY"}
    return (
        PromotionTerms(
            name="满300减40，满1000减150",
            action={
                "type": "ladder",
                "by": "amount",
                "tiers": [
                    {"min": 30_000, "off_minor": 4_000},
                    {"min": 100_000, "off_minor": 15_000},
                ],
            },
            funding=FUNDED,
            **order,
        ),
        PromotionTerms(
            name="第二件半价",
            scope={"categories": [str(catalog_.root_ids[1])]},
            action={"type": "nth", "n": 2, "rate_bps": 5_000},
            **order | {"stage": "item"},
        ),
        PromotionTerms(
            name="新客券",
            needs_coupon=True,
            uses_per_member=1,
            action={"type": "amount_off", "amount_minor": 2_000},
            funding={"platform_bps": 10_000},
            **order | {"stage": "coupon"},
        ),
    )


async def place(
    connection: asyncpg.Connection,
    sessions: Sessions,
    catalog_: Catalog,
    shoppers: Sequence[Shopper],
    count: int,
) -> None:
    lots = Random(7)
    async with sessions() as session:
        channel = await catalog.channel(session, None)
        quotes = []
        for _ in range(min(DISTINCT, count)):
            goods = lots.sample(catalog_.products, lots.randint(1, 6))
            lines = tuple(
                WantedLine(str(new_id()), each.sku_ids[1], lots.choice((1, 1, 1, 2, 3)))
                for each in goods
            )
            request = QuoteRequest(
                channel=channel, member_id=lots.choice(shoppers).member_id, lines=lines
            )
            quotes.append(await promotions.quote(session, request))
    at = now() - timedelta(seconds=count)
    rows = []
    for position in range(count):
        quoted, placed_at = quotes[position % len(quotes)], at + timedelta(seconds=position)
        totals = quoted.quote.totals
        rows.append(
            {
                "id": new_id(),
                "created_at": placed_at,
                "number": f"O{position:08}-{random_code(4)}",
                "member_id": lots.choice(shoppers).member_id,
                "channel_id": channel.id,
                "cart_id": new_id(),
                "currency": channel.currency,
                "tax_mode": channel.tax_mode.value,
                "payment_status": "paid",
                "list_minor": totals.list_minor,
                "price_saving_minor": totals.price_saving_minor,
                "discount_minor": totals.discount_minor,
                "shipping_minor": totals.shipping_minor,
                "tax_minor": totals.tax_minor,
                "payable_minor": totals.payable_minor,
                "quote_hash": quoted.quote.quote_hash,
                "quote": json(quoted.quote.to_dict()),
                "priced_with": json(quoted.priced_with),
                "expires_at": placed_at,
                "paid_at": placed_at,
            }
        )
    await put(connection, "orders", rows)


async def enter_costs(connection: asyncpg.Connection) -> None:
    """Nine of ten SKUs have a cost: seven tenths of what they list for."""
    await connection.execute(
        "UPDATE skus k SET cost_minor = p.price_minor * 7 / 10, cost_currency = 'CNY'"
        " FROM prices p WHERE p.sku_id = k.id AND k.code NOT LIKE 'SKU%7-%'"
    )


def resident_mib() -> float:
    return resident_kib(os.getpid()) / 1_024


def keep(picture: str, page: str) -> None:
    Path("replay.svg").write_text(picture)
    Path("replay.html").write_text(page)


async def replay(
    sessions: Sessions, readers: Sessions, terms: tuple[PromotionTerms, ...], count: int
) -> UUID:
    """Replay and print how fast it went and how much memory it held at its fullest."""
    async with unit_of_work(sessions) as session:
        asked = reports.StartReplay(drafts=terms, last_orders=count)
        actor = Actor(Audience.ADMIN, new_id())
        view = await reports.start_replay(session, asked, actor=actor)
    before = highest = resident_mib()
    wall, cpu = perf_counter(), process_time()
    steps = 0
    while await reports.replay_step(sessions, readers):
        steps += 1
        highest = max(highest, resident_mib())
        if steps % 20 == 0:
            print(f"  {steps * 100:>6} orders: {resident_mib():.0f} MiB", flush=True)
    wall, cpu = perf_counter() - wall, process_time() - cpu
    print(
        f"{count} orders in {wall:.0f} s, {count / wall:.0f} a second"
        f" ({count / cpu:.0f} a second of CPU time);"
        f" resident {before:.0f} MiB before, {highest:.0f} MiB at most",
        flush=True,
    )
    return view.replay.id


async def measure(database: Database, count: int) -> None:
    shop = await make_shop(database, spus=2_000, buyers=MEMBERS, browsers=0)
    settings = database.settings().database
    engine, reading = build_engine(settings), build_reading_engine(settings)
    sessions, readers = build_sessions(engine), build_sessions(reading)
    connection = await asyncpg.connect(database.dsn)
    try:
        await enter_costs(connection)
        await place(connection, sessions, shop.catalog, shop.buyers, count)
        await settle(database)
        replay_id = await replay(sessions, readers, tried(shop.catalog), count)
        async with readers() as session:
            found = (await reports.get_replay(session, replay_id)).summary
            picture = await reports.replay_chart(session, replay_id)
            page = await reports.replay_page(session, replay_id)
        if found is not None:
            print(
                f"reproduced {found.reproduced}, not {found.unreproduced}, skipped {found.skipped};"
                f" changed {found.changed}, not proven best {found.bounded}"
            )
        if "--keep" in sys.argv:
            keep(picture, page)
    finally:
        await connection.close()
        await engine.dispose()
        await reading.dispose()


def main() -> None:
    counts = [int(each) for each in sys.argv[1:] if each.isdigit()]
    with fresh_database() as database:
        asyncio.run(measure(database, counts[0] if counts else ORDERS))


if __name__ == "__main__":
    main()
