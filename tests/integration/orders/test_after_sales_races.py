"""Returns, refunds and parcels at the same moment, on real connections."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import RefundKind, RefundReason
from app.services import orders
from tests.factories.orders import order_row, shopper
from tests.factories.payments import TERMS
from tests.integration.orders.returning import (
    after_sales,
    approve,
    ask,
    brought_back,
    inspect,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK, line_ids
from tests.integration.orders.test_shipping_races import (  # noqa: F401 - fixtures of races
    buy,
    levels,
    sessions,
    ship,
    shop,
    together,
)

ROUNDS = 4


@pytest.fixture
async def bought(sessions, shop):  # noqa: F811 - pytest fixtures
    """Two pieces that have left: the order and its line."""
    order_id = await buy(sessions, shop, 2)
    await ship(sessions, order_id)
    async with unit_of_work(sessions) as session:
        (line_id,) = await line_ids(session, order_id)
    return order_id, line_id


async def asks(sessions, shop, order_id, line_id, quantity):  # noqa: F811 - not the fixtures
    async with unit_of_work(sessions) as session:
        return await ask(session, shopper(shop.member.id), order_id, (line_id, quantity))


async def staff_refund(sessions, order_id, line_id, quantity):  # noqa: F811 - not the fixture
    wish = orders.RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.DEFECTIVE,
        reason="cracked",
        lines=((line_id, quantity),),
    )
    async with unit_of_work(sessions) as session:
        return await orders.request_refund(session, order_id, wish, actor=CLERK, terms=TERMS)


async def test_s8_two_pieces_are_asked_back_twice(sessions, shop, bought):  # noqa: F811 - fixtures
    """S8: both at once, four times; two pieces are asked back in all."""
    order_id, line_id = bought
    tasks = [asks(sessions, shop, order_id, line_id, 2) for _ in range(4)]
    outcomes = await together(*tasks)
    assert sorted(outcomes) == ["done", *[after_sales.NotReturnable.slug] * 3]
    async with unit_of_work(sessions) as session:
        total = await session.scalar(text("SELECT sum(quantity) FROM order_return_lines"))
    assert total == 2


async def test_s8_a_return_and_a_refund_of_the_same_pieces(sessions, shop):  # noqa: F811 - fixtures
    """S8: one of them is told so, and no piece is paid back twice."""
    seen = set()
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 2)
        await ship(sessions, order_id)
        async with unit_of_work(sessions) as session:
            (line_id,) = await line_ids(session, order_id)
        tasks = [
            asks(sessions, shop, order_id, line_id, 2),
            staff_refund(sessions, order_id, line_id, 1),
        ]
        if round_ % 2:
            tasks.reverse()
        outcomes = await together(*tasks)
        assert "done" in outcomes
        (other,) = set(outcomes) - {"done"}
        assert other in {after_sales.NotReturnable.slug, orders.UnitsInReturn.slug}
        seen.add(other)
    assert seen


async def test_goods_are_looked_at_once(sessions, shop, bought):  # noqa: F811 - fixtures
    order_id, line_id = bought
    row = await asks(sessions, shop, order_id, line_id, 2)
    async with unit_of_work(sessions) as session:
        row = await receive(session, await approve(session, row))

    async def looks():
        async with unit_of_work(sessions) as session:
            await inspect(session, row, (2, 0, 0))

    outcomes = await together(*(looks() for _ in range(4)))
    assert sorted(outcomes) == ["done", *["stale-version"] * 3]
    assert await levels(sessions, shop) == (10, 0)


async def test_its_money_goes_back_once(sessions, shop, bought):  # noqa: F811 - fixtures
    order_id, line_id = bought
    row = await asks(sessions, shop, order_id, line_id, 2)
    async with unit_of_work(sessions) as session:
        row = await brought_back(session, row, (2, 0, 0))

    async def pays():
        async with unit_of_work(sessions) as session:
            await refund(session, row)

    outcomes = await together(*(pays() for _ in range(4)))
    assert sorted(outcomes) == ["done", *["stale-version"] * 3]
    async with unit_of_work(sessions) as session:
        found = await session.execute(
            text("SELECT count(*), sum(amount_minor) FROM refunds WHERE order_id = :id"),
            {"id": order_id},
        )
        count, amount = found.one()
        assert (await order_row(session, order_id))["return_status"] == "returned"
    assert count == 1
    assert amount > 0
