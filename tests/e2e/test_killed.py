"""The service is killed while it places orders, and started again."""

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.ids import random_code
from bench.processes import Running, free_port, launch
from tests.factories.members import bearer, make_member
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper

BUYERS = 8


@pytest.fixture
def start(fresh_url: str, tmp_path: Path):
    """Start the service as `shop serve` does; whatever still runs is killed in the end."""
    running: list[Running] = []

    async def started() -> Running:
        port = free_port()
        environment = {
            "DATABASE__URL": fresh_url,
            "HTTP__RATE_LIMITS_ENABLED": "false",
            "LOG_LEVEL": "error",
        }
        arguments = ["app.cli", "serve", "--port", str(port)]
        running.append(launch(arguments, environment, port=port, log=tmp_path / "log"))
        async with httpx.AsyncClient() as client, asyncio.timeout(120):
            while running[-1].process.poll() is None:
                try:
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                        return running[-1]
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        raise AssertionError((tmp_path / "log").read_text())

    yield started
    for each in running:
        each.kill()


async def test_f7_what_was_acknowledged_is_there_and_the_rest_is_placed_once(start, fresh_engine):
    """SIGKILL with orders under way: each key makes one order, whenever it is sent again."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=BUYERS)
        tokens = [await bearer(session, await make_member(session)) for _ in range(BUYERS)]
    keys = [random_code(20) for _ in tokens]
    first = await start()
    acknowledged: dict[int, str] = {}

    async def order(buyer: Shopper, number: int, wish) -> None:
        answer = await buyer.post("/orders", wish, key=keys[number])
        assert answer.status_code == 201, answer.text
        known = acknowledged.setdefault(number, answer.json()["id"])
        assert known == answer.json()["id"]

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{first.port}", timeout=30) as client:
        buyers = [Shopper(client, headers) for headers in tokens]
        tea = shop.skus[0].id
        said = {"tenders": [{"kind": "gateway", "channel": "sandbox"}]}
        wishes = [await each.agreed(await each.cart_of((tea, 1)), **said) for each in buyers]
        placing = [
            asyncio.create_task(order(buyer, number, wish))
            for number, (buyer, wish) in enumerate(zip(buyers, wishes, strict=True))
        ]
        await asyncio.wait(placing, return_when=asyncio.FIRST_COMPLETED)
        first.kill()
        outcomes = await asyncio.gather(*placing, return_exceptions=True)
    assert all(each is None or isinstance(each, httpx.TransportError) for each in outcomes)
    assert acknowledged
    second = await start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{second.port}", timeout=30) as client:
        buyers = [Shopper(client, headers) for headers in tokens]
        for number, (buyer, wish) in enumerate(zip(buyers, wishes, strict=True)):
            await order(buyer, number, wish)
    async with unit_of_work(sessions) as session:
        placed = set((await session.execute(text("SELECT id::text FROM orders"))).scalars())
        held = await session.scalar(text("SELECT max(reserved) FROM stock"))
    assert placed == set(acknowledged.values())
    assert (len(placed), held) == (BUYERS, BUYERS)
