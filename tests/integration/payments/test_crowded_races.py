"""Two hundred at once on one thing, over sixteen real connections: exact to the last of them."""

import asyncio
from collections import Counter as Tally

import pytest

from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, TenderKind
from app.services.payments import PlanView, Span, Take, TenderRequest
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    POINTS_TENDER,
    Counter,
    funds,
)
from tests.integration.payments.conftest import fill_purse
from tests.integration.payments.test_races import at_once, outcome, settled
from tests.integration.payments.test_refund_races import TEA, bought

SPENDS = 200
REFUSED = {"insufficient-funds", "tender-mismatch"}
BALANCE_OF_TEN = TenderRequest(kind=TenderKind.BALANCE, max_minor=10)


@pytest.mark.parametrize("means", ["card", "points", "balance"])
async def test_m7_inv_21_two_hundred_spends_of_one_account(real: Counter, means: str) -> None:
    """M7: each wants more than a two-hundredth of it; as many get it as it holds, and no more."""
    purse = await fill_purse(real)
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    request, held, price = {
        "card": (card, 5_000, 30),
        "points": (POINTS_TENDER, 8_000, 60),
        "balance": (BALANCE_TENDER, 4_000, 30),
    }[means]
    seen = await at_once(*(real.open(purse.member_id, price, request) for _ in range(SPENDS)))
    assert seen["ok"] == held // price
    assert seen.total() == SPENDS
    assert seen.keys() <= {"ok", *REFUSED}
    async with unit_of_work(real.sessions) as session:
        own = await funds(session, purse.member_id, purse.card_id)
    name = {"card": "card0"}.get(means, means)
    assert own[f"{name}:available"] == held % price
    await settled(real)


async def test_inv_21_spends_against_holds_that_are_let_go(real: Counter) -> None:
    """Nothing is lost and nothing is spent twice while half of them give back what they held."""
    purse = await fill_purse(real)
    some = TenderRequest(kind=TenderKind.BALANCE, max_minor=50)

    async def spend() -> None:
        await real.open(purse.member_id, 50, BALANCE_TENDER)

    async def hold_and_let_go() -> None:
        plan = await real.open(purse.member_id, 150, some, GATEWAY)
        await real.begin_close(plan)
        await real.finish_close(plan)

    works = [(outcome(spend()), outcome(hold_and_let_go())) for _ in range(SPENDS // 2)]
    seen = await asyncio.gather(*(each for pair in works for each in pair))
    assert set(seen) <= {"ok", *REFUSED}
    spent = Tally(seen[::2])["ok"] * 50
    async with unit_of_work(real.sessions) as session:
        own = await funds(session, purse.member_id)
    assert own.get("balance:available", 0) == 4_000 - spent
    assert "balance:held" not in own
    await settled(real)


async def test_m15_notices_against_cancels_of_many_orders(real: Counter) -> None:
    """Some are paid before their close reaches the gateway, some after; none both or neither."""
    purse = await fill_purse(real)
    plans = [
        await real.start(await real.open(purse.member_id, 110, BALANCE_OF_TEN, GATEWAY))
        for _ in range(40)
    ]

    async def cancel(plan: PlanView) -> None:
        await real.begin_close(plan, "cancelled")
        await real.finish_close(plan)

    async def pay(plan: PlanView) -> None:
        await real.notify(real.pay(plan))

    works = [
        each(plan) for i, plan in enumerate(plans) for each in (pay, cancel)[:: 1 if i % 2 else -1]
    ]
    seen = await at_once(*works)
    assert seen.keys() <= {"ok", "already-paid"}
    for _ in range(3):
        await real.push()
    states = Tally([(await real.read(plan)).state for plan in plans])
    assert states.keys() <= {PlanState.PAID, PlanState.CLOSED}
    assert real.gateway.net_taken_minor == 100 * states[PlanState.PAID]
    assert Tally(what for what, _ in real.orders.told) == {
        name: number
        for name, number in (
            ("paid", states[PlanState.PAID]),
            ("closed", states[PlanState.CLOSED]),
        )
        if number
    }
    async with unit_of_work(real.sessions) as session:
        own = await funds(session, purse.member_id)
    assert own["balance:available"] == 4_000 - 10 * states[PlanState.PAID]
    await settled(real)


async def test_m22_sixty_refunds_of_one_order(real: Counter) -> None:
    """Ten units and sixty people who return one of them each."""
    plan = await bought(real, units=10)
    units = [(Span(TEA, i % 10, 1),) for i in range(60)]
    seen = await at_once(*(real.refund(plan, Take((unit,)), units=unit) for unit in units))
    assert seen == {"ok": 10, "refund-exceeds": 50}
    for _ in range(2):
        await real.push()
    assert (await real.read(plan)).state is PlanState.REFUNDED
    assert real.gateway.net_taken_minor == 0
    await settled(real)
