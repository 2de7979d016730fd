"""Invoices and refunds at the same time, on real connections: nothing is invoiced twice."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Sessions, build_sessions, unit_of_work
from app.repositories.finance.invoices import InvoiceRepository
from app.services import finance, orders
from app.services.finance import IssuedDocument
from tests.factories.counters import shopper
from tests.factories.payments import staff
from tests.factories.shop import Shop, make_shop
from tests.integration.finance.conftest import Bought, buy
from tests.integration.finance.test_invoices import PERSON, ask, overview, stand
from tests.waiting import start_and_wait


@pytest.fixture
async def real(fresh_engine: AsyncEngine) -> tuple[Sessions, Bought, Shop]:
    sessions = build_sessions(fresh_engine)
    async with sessions() as session:
        shop = await make_shop(session)
        return sessions, await buy(sessions, session, shop), shop


async def test_of_many_who_ask_at_once_one_is_heard(real: tuple[Sessions, Bought, Shop]) -> None:
    sessions, bought, shop = real

    async def one() -> None:
        async with unit_of_work(sessions) as session:
            actor = shopper(shop.member.id)
            await finance.request_invoice(session, bought.order_id, PERSON, actor=actor)

    found = await asyncio.gather(*(one() for _ in range(6)), return_exceptions=True)
    refused = [each for each in found if each is not None]
    assert len(refused) == 5
    assert all(isinstance(each, finance.InvoiceExists) for each in refused), refused
    assert stand(await overview(bought)) == [("blue", "requested", bought.payable)]


async def test_a_wish_heard_twice_at_once_is_asked_for_once(
    real: tuple[Sessions, Bought, Shop],
) -> None:
    sessions, bought, _ = real
    async with unit_of_work(sessions) as session:
        wish = '{"kind": "personal", "title": "Lin"}'
        await session.execute(text(f"UPDATE orders SET invoice = '{wish}'::jsonb"))

    async def one() -> None:
        async with unit_of_work(sessions) as session:
            await finance.request_as_wished(session, {"order_id": str(bought.order_id)})

    async with unit_of_work(sessions) as session:
        await finance.request_as_wished(session, {"order_id": str(bought.order_id)})
        second = await start_and_wait(sessions, one())
    await second
    assert stand(await overview(bought)) == [("blue", "requested", bought.payable)]


async def test_a_refund_waits_for_who_is_issuing(real: tuple[Sessions, Bought, Shop]) -> None:
    """It sees what was issued, and takes it back in red instead of asking for another blue one."""
    sessions, bought, shop = real
    (row,) = (await ask(bought, shop)).invoices
    async with unit_of_work(sessions) as session:
        await finance.issue_invoice(
            session, row["id"], IssuedDocument("25317"), version=row["version"], actor=staff()
        )
        refund = await start_and_wait(sessions, bought.refund(0, 0, 10_000))
    await refund
    assert stand(await overview(bought)) == [
        ("blue", "issued", bought.payable),
        ("red", "requested", 10_000),
    ]


async def test_who_issues_waits_for_the_order_first(real: tuple[Sessions, Bought, Shop]) -> None:
    """What follows a refund holds the order and then its invoices: neither waits for the other."""
    sessions, bought, shop = real
    (row,) = (await ask(bought, shop)).invoices

    async def issue() -> None:
        async with unit_of_work(sessions) as session:
            await finance.issue_invoice(
                session, row["id"], IssuedDocument("25317"), version=row["version"], actor=staff()
            )

    async with unit_of_work(sessions) as session:
        await orders.PAYMENT_OWNER.lock(session, bought.order_id)
        issuing = await start_and_wait(sessions, issue())
        await finance.follow_refund(session, {"order_id": str(bought.order_id)})
    await issuing
    assert stand(await overview(bought)) == [("blue", "issued", bought.payable)]


async def test_a_refund_waits_for_what_is_being_sent(real: tuple[Sessions, Bought, Shop]) -> None:
    """It is not withdrawn under the hands of the provider."""
    sessions, bought, shop = real
    await ask(bought, shop)
    async with unit_of_work(sessions) as session:
        await InvoiceRepository(session).send_new(["blue"], provider="sandbox", limit=5)
        refund = await start_and_wait(sessions, bought.refund(0, 0, 10_000))
    await refund
    assert stand(await overview(bought)) == [("blue", "pending", bought.payable)]
    async with unit_of_work(sessions) as session:
        await InvoiceRepository(session).send_new(["blue"], provider="sandbox", limit=5)
        (found,) = await InvoiceRepository(session).of_order(bought.order_id)
    assert found["request_number"].endswith("-1")


async def test_what_one_worker_asks_about_no_other_does(
    real: tuple[Sessions, Bought, Shop],
) -> None:
    sessions, bought, shop = real
    await ask(bought, shop)
    async with unit_of_work(sessions) as session:
        await InvoiceRepository(session).send_new(["blue"], provider="sandbox", limit=5)

    async def due() -> int:
        async with unit_of_work(sessions) as session:
            invoices = InvoiceRepository(session)
            return len(await invoices.due(provider="sandbox", query_after_seconds=60, limit=5))

    assert sorted(await asyncio.gather(*(due() for _ in range(4)))) == [0, 0, 0, 1]
