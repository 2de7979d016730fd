"""Replacements, refunds and cancellations at the same moment, on real connections."""

import pytest

from app.core.db import unit_of_work
from app.core.enums.after_sales import ReturnKind
from app.core.enums.payments import RefundReason
from app.services import orders
from tests.factories.orders import shopper
from tests.factories.payments import TERMS, staff
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import leave, resent, shipping, worked_off
from tests.integration.orders.returning import (
    LOST,
    after_sales,
    approve,
    ask,
    brought_back,
    inspect,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK
from tests.integration.orders.test_after_sales_races import bought, staff_refund  # noqa: F401 - fixture
from tests.integration.orders.test_shipping_races import (  # noqa: F401 - fixtures of races
    buy,
    levels,
    sessions,
    ship,
    shop,
    together,
)

ROUNDS = 4
EXCHANGE = {"kind": ReturnKind.EXCHANGE, "reason_code": RefundReason.DEFECTIVE}


async def doing(sessions, work):  # noqa: F811 - not the fixture
    async with unit_of_work(sessions) as session:
        return await work(session)


async def sound(sessions):  # noqa: F811 - not the fixture
    async with unit_of_work(sessions) as session:
        await worked_off(session)
        assert await broken(session) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_an_exchange_and_a_refund_of_the_same_pieces(sessions, shop, bought, turn):  # noqa: F811 - fixtures
    order_id, line_id = bought
    buyer = shopper(shop.member.id)

    async def asks(session):
        await ask(session, buyer, order_id, (line_id, 2), **EXCHANGE)

    outcomes = await together(doing(sessions, asks), staff_refund(sessions, order_id, line_id, 1))
    assert sorted(outcomes) in (
        ["done", after_sales.NotReturnable.slug],
        ["done", orders.UnitsInReturn.slug],
    )
    await sound(sessions)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_two_inspectors(sessions, shop, bought, turn):  # noqa: F811 - fixtures
    order_id, line_id = bought

    async def received(session):
        row = await ask(session, shopper(shop.member.id), order_id, (line_id, 2), **EXCHANGE)
        return await receive(session, await approve(session, row))

    row = await doing(sessions, received)
    outcomes = await together(
        doing(sessions, lambda session: inspect(session, row, (2, 0, 0), actor=staff())),
        doing(sessions, lambda session: inspect(session, row, (0, 2, 0), actor=staff())),
    )
    assert sorted(outcomes) == ["done", "stale-version"]
    await sound(sessions)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_replacement_leaves_or_is_called_off(sessions, shop, bought, turn):  # noqa: F811 - fixtures
    order_id, line_id = bought

    async def promised(session):
        row = await ask(session, shopper(shop.member.id), order_id, (line_id, 1), **LOST)
        row = await approve(session, row)
        return row, await resent(session, row)

    row, made = await doing(sessions, promised)

    async def calls_off(session):
        await after_sales.call_off(
            session, row["id"], version=row["version"], actor=CLERK, note="money rather"
        )

    outcomes = await together(
        doing(sessions, calls_off), doing(sessions, lambda session: leave(session, made))
    )
    assert sorted(outcomes) in (
        ["done", after_sales.ReplacementLeft.slug],
        ["done", shipping.PiecesNotOpen.slug],
    )
    await sound(sessions)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_what_is_replaced_is_not_refunded(sessions, shop, bought, turn):  # noqa: F811 - fixtures
    order_id, line_id = bought

    async def accepted(session):
        row = await ask(session, shopper(shop.member.id), order_id, (line_id, 1), **EXCHANGE)
        return await brought_back(session, row, (1, 0, 0))

    row = await doing(sessions, accepted)

    async def replaces(session):
        await after_sales.replace(
            session, row["id"], version=row["version"], actor=CLERK, terms=TERMS
        )

    outcomes = await together(
        doing(sessions, replaces), doing(sessions, lambda session: refund(session, row))
    )
    assert sorted(outcomes) == ["done", "stale-version"]
    await sound(sessions)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_reship_and_a_cancellation(sessions, shop, turn):  # noqa: F811 - fixtures
    """What came back undelivered is sent once more, or the order falls."""
    order_id = await buy(sessions, shop, 1)
    await ship(sessions, order_id)

    async def asked(session):
        found = await orders.shipping.list_shipments(
            session, shipping.ShipmentFilter(order_id=order_id), after=None, limit=9
        )
        (parcel,) = found
        await shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
        (line,) = await after_sales.returnable(session, order_id, None, actor=CLERK)
        return line.line.id, parcel["id"]

    line_id, parcel_id = await doing(sessions, asked)

    async def asks(session):
        row = await ask(session, CLERK, order_id, (line_id, 1), **LOST, shipment_id=parcel_id)
        await approve(session, row)

    async def cancels(session):
        await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")

    outcomes = await together(doing(sessions, asks), doing(sessions, cancels))
    assert sorted(outcomes) in (
        ["done", orders.UnitsInReturn.slug],
        ["done", after_sales.NotReturnable.slug],
    )
    await sound(sessions)
