"""A crowd that names no flash session: it waits for connections, not at the turnstile."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.ids import random_code
from app.core.settings import DatabaseSettings
from app.main import Resources
from tests.app import application, http_client
from tests.factories.members import bearer, make_member
from tests.factories.pricing import make_flash_session
from tests.factories.shop import make_shop
from tests.integration.orders.conftest import Shopper

CONNECTIONS, BUYERS, PIECES = 2, 8, 3


@pytest.fixture
async def few(fresh_url):
    """A pool that is small and soon at the end of its patience."""
    settings = DatabaseSettings(url=fresh_url, pool_timeout_seconds=0.3)
    engine = build_engine(settings, pool_size=CONNECTIONS)
    yield build_sessions(engine)
    await engine.dispose()


async def test_f4_f30_who_names_no_session_may_be_asked_to_come_again(
    few, fresh_engine, settings, messages, gateway
):
    """While others hold every connection: a problem with Retry-After, and nothing is ordered.

    Who sends it again with the same key gets a piece, as long as there are any at the price.
    """
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=20)
        await make_flash_session(session, shop.sku_ids[0], quota=PIECES, per_member=1)
        tokens = [await bearer(session, await make_member(session)) for _ in range(BUYERS)]
    resources = Resources(
        settings=settings,
        sessions=few,
        readers=sessions,
        messages=messages,
        gateways={"alipay": gateway},
    )
    async with http_client(application(resources)) as client:
        buyers = [Shopper(client, headers) for headers in tokens]
        wishes = [await each.agreed(await each.cart_of((shop.sku_ids[0], 1))) for each in buyers]
        keys = [random_code(20) for _ in buyers]

        async def order(number):
            return await buyers[number].post("/orders", wishes[number], key=keys[number])

        async with sessions.begin() as holding:
            await holding.execute(text("SELECT FROM stock FOR UPDATE"))
            asking = [asyncio.create_task(order(number)) for number in range(BUYERS)]
            async with asyncio.timeout(20):
                for _, told in zip(
                    range(BUYERS - CONNECTIONS), asyncio.as_completed(asking), strict=False
                ):
                    await told
        answers = await asyncio.gather(*asking)
        refused = [each for each in answers if each.status_code != 201]
        assert len(refused) == BUYERS - CONNECTIONS
        for each in refused:
            assert (each.status_code, each.json()["type"]) == (503, "/problems/overloaded")
            assert 1 <= int(each.headers["retry-after"]) <= 3
        async with sessions() as session:
            assert await session.scalar(text("SELECT count(*) FROM orders")) == CONNECTIONS
        again = [
            await order(number) for number, each in enumerate(answers) if each.status_code != 201
        ]
        outcomes = sorted(each.status_code for each in again)
        assert outcomes == [201] * (PIECES - CONNECTIONS) + [409] * (BUYERS - PIECES)
