"""Accounts and routes under many hands: read by crowds, edited by two at once."""

import asyncio
from dataclasses import asdict, replace
from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import PoolTimeout, Sessions, build_sessions, unit_of_work
from app.core.enums.payments import Scene
from app.core.errors import AlreadyExists, StaleVersion
from app.services import payments
from tests.factories.merchants import make_merchant
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.statements import Statements

KNOWN = {
    "main": payments.AccountFacts(
        code="main",
        kind="wechatpay",
        merchant_id="1900000109",
        scenes=frozenset(Scene),
        is_offered=True,
    )
}
ROUTE = payments.RouteTerms(
    method="wechatpay",
    account="main",
    priority=1,
    channel_id=None,
    scene=None,
    currency=None,
    merchant_id=None,
    is_enabled=True,
)


async def test_a_crowd_reads_routes_once(fresh_engine: AsyncEngine) -> None:
    sessions, reader = build_sessions(fresh_engine), payments.RoutingReader()
    async with unit_of_work(sessions) as session:
        await payments.create_route(session, ROUTE, known=KNOWN, actor=staff())
    with Statements(fresh_engine) as sent:
        found = await asyncio.gather(
            *(reader.current(sessions, max_age_seconds=60) for _ in range(50))
        )
    assert sent.count == 1, sent.sent
    assert {each.routes[0].account for each in found} == {"main"}
    with Statements(fresh_engine) as sent:
        await reader.current(sessions, max_age_seconds=0)
    assert sent.count == 1


async def test_what_was_read_goes_on_to_count_while_the_pool_is_crowded(
    fresh_engine: AsyncEngine,
) -> None:
    sessions, reader = build_sessions(fresh_engine), payments.RoutingReader()

    def crowded() -> Any:
        raise PoolTimeout("crowded")

    with pytest.raises(PoolTimeout):
        await reader.current(crowded, max_age_seconds=0)  # type: ignore[arg-type]
    first = await reader.current(sessions, max_age_seconds=0)
    assert await reader.current(crowded, max_age_seconds=0) is first  # type: ignore[arg-type]


async def test_two_people_who_say_something_of_an_account_at_once(
    fresh_engine: AsyncEngine,
) -> None:
    sessions = build_sessions(fresh_engine)

    async def edit(name: str) -> object:
        async with unit_of_work(sessions) as session:
            account = await payments.edit_account(
                session,
                "main",
                name=name,
                is_enabled=True,
                known=KNOWN,
                version=0,
                actor=staff(),
            )
            return account.version

    said = await asyncio.gather(*(edit(f"n{each}") for each in range(4)), return_exceptions=True)
    assert [each for each in said if not isinstance(each, StaleVersion)] == [1]


async def test_two_people_who_make_the_same_route_at_once(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)

    async def make() -> object:
        async with unit_of_work(sessions) as session:
            return await payments.create_route(session, ROUTE, known=KNOWN, actor=staff())

    said = await asyncio.gather(*(make() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, AlreadyExists) for each in said) == 3


async def test_routes_are_read_as_they_were_made(session: AsyncSession, sessions: Sessions) -> None:
    seller, shop = await make_merchant(session), await make_shop(session)
    narrow = replace(
        ROUTE,
        priority=7,
        channel_id=shop.channel.id,
        scene=Scene.PAGE,
        currency="CNY",
        merchant_id=seller.id,
    )
    for each in (narrow, ROUTE, replace(ROUTE, currency="USD", is_enabled=False)):
        await payments.create_route(session, each, known=KNOWN, actor=staff())
    await session.commit()
    found = await payments.RoutingReader().current(sessions, max_age_seconds=0)
    said = [{**asdict(each), "is_enabled": True} for each in found.routes]
    assert sorted(said, key=itemgetter("priority")) == [asdict(ROUTE), asdict(narrow)]
