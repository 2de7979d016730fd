"""Two processes that show one shop on a database of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from sqlalchemy import text

from app.core.clock import now
from app.core.db import Sessions
from app.models.promotions import Promotion
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop
from tests.integration.promotions.buying import quote_for, reserve
from tests.integration.promotions.offering import epoch, prices

PLAIN = [10_000, 20_000, 5_000]
TEN_LESS = [9_000, 18_000, 4_500]
TEN_PERCENT = {"stage": "item", "action": {"type": "percent_off_unit", "rate_bps": 1_000}}
SOON = timedelta(seconds=2)


@dataclass(frozen=True)
class Town:
    """A shop, and two processes that show it."""

    shop: Shop
    sessions: Sessions
    processes: Sequence[httpx.AsyncClient]

    async def show(self, *expected: int) -> None:
        """Both show this, in the very next answer and again."""
        for process in (*self.processes, *self.processes):
            assert await prices(process, self.shop) == list(expected)

    async def promote(self, **terms) -> Promotion:
        async with self.sessions.begin() as session:
            return await make_promotion(session, self.shop.merchant.id, **TEN_PERCENT | terms)

    async def change(self, statement: str, **values) -> None:
        async with self.sessions.begin() as session:
            await session.execute(text(statement), values)

    async def epoch(self) -> int:
        async with self.sessions() as session:
            return await epoch(session)


async def until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - now()).total_seconds()) + 0.05)


async def buy(town: Town, order_id: UUID, *, sku: int = 0) -> None:
    """Take what an order of one piece takes of promotions."""
    async with town.sessions.begin() as session:
        quoted = await quote_for(session, town.shop, (town.shop.sku_ids[sku], 1))
        assert quoted.quote.applied
        await reserve(session, quoted, order_id, town.shop.member.id)


async def make(town: Town, act: Callable[..., Awaitable]):
    async with town.sessions.begin() as session:
        return await act(session)


async def add(session, row):
    session.add(row)
    await session.flush()


async def edit(town: Town, model: type, row_id: UUID, **values) -> None:
    async with town.sessions.begin() as session:
        row = await session.get(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)
