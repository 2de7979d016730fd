"""Revenue and invoices of one order, asked for twice in the same moment."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions, unit_of_work
from app.core.errors import DomainError
from app.services import finance
from app.services.finance import Recognise
from tests.factories.counters import shopper
from tests.factories.shop import Shop, make_shop
from tests.integration.finance.conftest import Bought, buy
from tests.integration.finance.test_invoices import PERSON, ask
from tests.waiting import start_and_wait


@pytest.fixture
async def real(fresh_engine: AsyncEngine) -> tuple[Bought, Shop]:
    """An order in a database of the test's own, paid for by real commits."""
    sessions = build_sessions(fresh_engine)
    async with sessions() as session:
        shop = await make_shop(session)
        return await buy(sessions, session, shop), shop


async def ship(bought: Bought, reference: str, *quantities: int) -> str:
    try:
        await bought.ship(reference, *quantities)
    except DomainError as error:
        return error.slug
    return "ok"


async def test_who_waits_for_a_shipment_sees_what_it_took(real: tuple[Bought, Shop]) -> None:
    bought, _ = real
    units = {bought.lines[0]: 2}
    async with unit_of_work(bought.sessions) as session:
        first = Recognise(order_id=bought.order_id, reference="S1", units=units)
        await finance.recognise(session, first)
        second = await start_and_wait(bought.sessions, ship(bought, "S2", 2))
    assert await second == "units-not-left"
    await bought.books()


async def test_one_shipment_told_twice_at_once_is_one(real: tuple[Bought, Shop]) -> None:
    bought, _ = real
    async with unit_of_work(bought.sessions) as session:
        await finance.recognise(session, Recognise(order_id=bought.order_id, reference="S1"))
        second = await start_and_wait(bought.sessions, ship(bought, "S1"))
    assert await second == "ok"
    async with unit_of_work(bought.sessions) as session:
        assert len(await finance.list_recognitions(session, bought.order_id)) == 1
    await bought.books()


async def test_who_waits_for_an_invoice_sees_it(real: tuple[Bought, Shop]) -> None:
    bought, shop = real

    async def again() -> str:
        try:
            await ask(bought, shop)
        except finance.InvoiceExists:
            return "invoice-exists"
        return "ok"

    async with unit_of_work(bought.sessions) as session:
        actor = shopper(shop.member.id)
        await finance.request_invoice(session, bought.order_id, PERSON, actor=actor)
        second = await start_and_wait(bought.sessions, again())
    assert await second == "invoice-exists"
