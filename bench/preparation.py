"""Everything that is traced and made ready before a process is measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

from app.core.settings import TokenSettings
from bench import checkout, grid, ordering, reading
from bench.bare import Plan
from bench.checkout import Checkouts
from bench.ordering import VARIANTS, Orders, Sizes
from bench.seed import Shop, Shopper
from bench.server import Database
from bench.trace import traced

TOKEN_SECONDS = 6 * 3_600
TRACED_PER_VARIANT = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything; `counts` are the orders at one, eight and 32 connections.

    `checkouts` are those of one round at either place.
    """

    rounds: int
    seconds: float
    sizes: Sizes
    counts: tuple[int, int, int]
    checkouts: int

    @property
    def buyers(self) -> int:
        each = TRACED_PER_VARIANT + self.rounds * self.sizes.total
        whole = checkout.TRACED + 2 * self.rounds * self.checkouts
        return len(VARIANTS) * each + sum(self.counts) + whole


@dataclass(frozen=True, slots=True)
class Prepared:
    """`queries` are the statements of one request, by endpoint."""

    tokens: TokenSettings
    plan: Plan
    reads: list[reading.Read]
    orders: list[Orders]
    checkouts: Checkouts
    queries: dict[str, int]


async def prepare(
    database: Database, shop: Shop, buyers: Iterator[Shopper], scale: Scale
) -> Prepared:
    settings = database.settings()
    tokens = settings.tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
    pages = reading.page_requests([each.spu_id for each in shop.catalog.products], Random(2))
    few = shop.browsers[: reading.SAMPLED]
    async with traced(settings) as service:
        reads = [
            await reading.sample(service, "list", [reading.list_request()]),
            await reading.sample(service, "page", pages),
            await reading.sample(service, "cart_10_lines", grid.cart_requests(few, tokens)),
            await reading.sample(service, "quote_10_lines", grid.quote_requests(few, tokens)),
            # More in turn than are remembered, so that each is made anew.
            await reading.sample(
                service, "quote_made_anew", grid.quote_requests(shop.browsers, tokens)
            ),
        ]
        queries = {each.name: each.queries for each in reads}
        learned = [await ordering.trace(service, each, buyers, tokens) for each in VARIANTS]
        plan = Plan(database.dsn, {each.name: each.prepared for each in reads})
        checkouts = await checkout.prepare(
            service, database, tokens, buyers, plan, rounds=scale.rounds, count=scale.checkouts
        )
    orders = []
    for each in learned:
        name = each.variant.name
        queries[name] = each.queries
        bare = list(islice(buyers, scale.rounds * scale.sizes.bare))
        plan.requests[name] = each.prepare(bare)
        orders.append(await _orders(database, each, buyers, scale, tokens))
    return Prepared(tokens, plan, reads, orders, checkouts, queries)


async def _orders(
    database: Database,
    traced_order: ordering.Traced,
    buyers: Iterator[Shopper],
    scale: Scale,
    tokens: TokenSettings,
) -> Orders:
    ours = islice(buyers, scale.rounds * scale.sizes.service)
    return Orders(
        traced_order,
        scale.sizes,
        [ordering.request(shopper, traced_order.variant, tokens) for shopper in ours],
        await ordering.scripts(
            database, traced_order, buyers, sizes=scale.sizes, rounds=scale.rounds
        ),
    )
