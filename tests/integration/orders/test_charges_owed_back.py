"""A charge whose money is to go back while a bank asks for it, too: it goes back when that ends."""

from uuid import UUID

import pytest

from app.core.db import build_sessions, unit_of_work
from app.core.enums.orders import ChargeKind
from app.core.enums.payments import DisputeState
from app.core.settings import CheckoutSettings
from app.services import orders, payments
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, GATEWAY, TERMS, give_balance, staff
from tests.factories.shop import make_shop
from tests.fakes.gateway import FakeGateway
from tests.integration.orders.charging import follow, number_of, require_sound, told
from tests.integration.orders.dearer import DEARER, again, charges, open_charge
from tests.integration.orders.returning import after_sales, approve, inspect, receive
from tests.integration.orders.sending import CLERK, line_ids, send

ASKED = 900
"""What the bank asks for, of a freight of 1 200 or of the difference."""


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


async def bought(session, *, is_sent):
    shop = await make_shop(session, quantity=90)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 2)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    if is_sent:
        await send(session, placed.id)
    (line,) = await line_ids(session, placed.id)
    return shop, shopper(shop.member.id), placed.id, line


async def paid_and_disputed(sessions, charge_id, buyer):
    """Paid through the gateway; its bank asks for a part of it."""
    gateway = FakeGateway()
    async with unit_of_work(sessions) as session:
        _, plan = await orders.charges.pay_charge(
            session,
            charge_id,
            [GATEWAY],
            actor=buyer,
            limits=CheckoutSettings(),
            terms=TERMS,
        )
    await payments.start_attempt(
        sessions, {"alipay": gateway}, orders.PLAN_OWNER, plan, terms=TERMS
    )
    async with unit_of_work(sessions) as session:
        number = await number_of(session, {"id": charge_id})
    await told(sessions, gateway, number)
    async with unit_of_work(sessions) as session:
        command = payments.disputes.OpenDispute(
            plan_id=plan.id, reference="C-1", amount_minor=ASKED, reason="no"
        )
        case = await payments.disputes.open_dispute(
            session, command, actor=staff(), owner=orders.PLAN_OWNER
        )
    return UUID(str(case["id"]))


async def close(sessions, case, outcome):
    async with unit_of_work(sessions) as session:
        await orders.close_dispute(session, case, outcome, version=1, actor=staff())


async def seen(sessions, order_id):
    async with unit_of_work(sessions) as session:
        await require_sound(session)
        return await charges(session, order_id)


@pytest.mark.parametrize("outcome", [DisputeState.WON, DisputeState.LOST])
async def test_of_an_order_that_fell(sessions, outcome):
    async with unit_of_work(sessions) as session:
        _, buyer, order_id, _ = await bought(session, is_sent=False)
        new = orders.charges.NewCharge(
            order_id=order_id, kind=ChargeKind.FREIGHT, amount_minor=1_200, reason="farther"
        )
        charge_id = (await orders.charges.ask_charge(session, new, actor=CLERK))["id"]
    case = await paid_and_disputed(sessions, charge_id, buyer)
    async with unit_of_work(sessions) as session:
        await orders.begin_cancel(session, order_id, actor=staff(), reason="No")
    await follow(sessions)
    assert await orders.charges.give_back_due(sessions, limit=9) == 0
    assert await seen(sessions, order_id) == [("paid", 1_200, 0)]
    await close(sessions, case, outcome)
    assert await orders.charges.give_back_due(sessions, limit=9) == 1
    assert await orders.charges.give_back_due(sessions, limit=9) == 0
    assert await seen(sessions, order_id) == [("paid", 1_200, 1_200)]


@pytest.mark.parametrize("is_needed", [True, False])
async def test_of_an_exchange_that_is_over_unless_it_is_not(sessions, is_needed):
    async with unit_of_work(sessions) as session:
        sold = await bought(session, is_sent=True)
        row = await approve(session, await again(session, sold, 1))
        charge_id = await open_charge(session, sold[2])
    case = await paid_and_disputed(sessions, charge_id, sold[1])
    async with unit_of_work(sessions) as session:
        row = await inspect(session, await receive(session, row), (0, 0, 0))
    await follow(sessions)
    if is_needed:
        async with unit_of_work(sessions) as session:
            row = await after_sales.escalate(session, row["id"], actor=sold[1], note="It is new")
            await approve(session, row)
        await follow(sessions)
    await close(sessions, case, DisputeState.WON)
    assert await orders.charges.give_back_due(sessions, limit=9) == int(not is_needed)
    back = 0 if is_needed else DEARER
    assert await seen(sessions, sold[2]) == [("paid", DEARER, back)]
