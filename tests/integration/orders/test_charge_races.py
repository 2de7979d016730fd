"""A charge that is paid while its time runs out, its order falls, or somebody asks twice."""

import pytest

from app.core.db import build_sessions, unit_of_work
from app.core.enums.orders import ChargeKind
from app.core.settings import CheckoutSettings
from app.services import orders
from tests.factories.orders import shopper
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.charging import follow, require_sound
from tests.integration.orders.sending import CLERK
from tests.integration.orders.test_shipping_races import ROUNDS, buy, cancel, together

NOTE = {"after": {"note": "dearer"}, "is_by_staff": True}


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
        await give_balance(session, shop.member.id, 10_000_000)
    return shop


async def ask(sessions, order_id, **more):
    new = orders.charges.NewCharge(
        order_id=order_id, kind=ChargeKind.FREIGHT, amount_minor=500, reason="farther", **more
    )
    async with unit_of_work(sessions) as session:
        return (await orders.charges.ask_charge(session, new, actor=CLERK))["id"]


async def pay(sessions, shop, charge_id):
    async with unit_of_work(sessions) as session:
        await orders.charges.pay_charge(
            session,
            charge_id,
            [BALANCE_TENDER],
            actor=shopper(shop.member.id),
            limits=CheckoutSettings(),
            terms=TERMS,
        )


async def give_up(sessions, charge_id):
    await orders.charges.close_charge(sessions, {}, charge_id, actor=None)


async def standing(sessions, charge_id):
    async with unit_of_work(sessions) as session:
        charge = await orders.charges.get_charge(session, charge_id[0], charge_id[1])
        return charge["state"], charge["refunded_minor"], charge["settled_at"] is not None


async def test_paying_against_running_out(sessions, shop):
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        charge_id = await ask(sessions, order_id)
        tasks = [pay(sessions, shop, charge_id), give_up(sessions, charge_id)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        await follow(sessions)
        state, back, is_settled = await standing(sessions, (order_id, charge_id))
        assert (back, is_settled) == (0, True)
        paid, given_up = seen[::-1] if round_ % 2 else seen
        if state == "paid":
            assert (paid, given_up) == ("done", "already-paid")
        else:
            assert (state, paid, given_up) == ("closed", "illegal-charge-transition", "done")
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def test_paying_against_cancelling_the_order(sessions, shop):
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        charge_id = await ask(sessions, order_id, change=NOTE)
        tasks = [pay(sessions, shop, charge_id), cancel(sessions, shop, order_id)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        assert seen[0 if round_ % 2 else 1] == "done"
        await follow(sessions)
        state, back, is_settled = await standing(sessions, (order_id, charge_id))
        assert (state, back, is_settled) in {("paid", 500, True), ("closed", 0, True)}
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def test_two_changes_never_wait_for_money_together(sessions, shop):
    for _ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        seen = await together(*(ask(sessions, order_id, change=NOTE) for _ in range(3)))
        assert sorted(seen) == ["charge-pending", "charge-pending", "done"]
