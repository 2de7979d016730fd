"""The same money twice, and money against cancellation, on real connections."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app.core.db import unit_of_work
from app.core.enums.payments import CollectionState, FallbackKind, PlanState
from app.services import payments
from tests.factories.payments import BALANCE_TENDER, Counter, staff
from tests.integration.payments.conftest import fill_purse
from tests.integration.payments.taking import (
    CASH,
    TRANSFER,
    balances_of,
    by_hand,
    collect,
    confirm,
    send_back,
)
from tests.integration.payments.test_races import at_once, settled


async def test_two_drivers_collect_one_order(real: Counter) -> None:
    till, purse = by_hand(real), await fill_purse(real)
    plan = await till.open(purse.member_id, 10_000, BALANCE_TENDER, CASH)
    works = [collect(till, plan, 6_000, f"r-{i}", staff()) for i in range(6)]
    assert await at_once(*works) == {"ok": 1, "not-awaiting-payment": 5}
    assert await balances_of(till, plan.order_id) == {"way": 6_000, "prepaid": 10_000}
    assert till.orders.count("paid", plan.order_id) == 1
    await settled(till)


async def test_one_transfer_is_recorded_for_one_of_two_orders(real: Counter) -> None:
    till, purse = by_hand(real), await fill_purse(real)
    plans = [await till.open(purse.member_id, 10_000, TRANSFER) for _ in range(4)]
    seen = await at_once(*(collect(till, each, 10_000) for each in plans))
    assert seen == {"ok": 1, "already-exists": 3}


async def test_a_transfer_is_confirmed_once(real: Counter) -> None:
    till, purse = by_hand(real), await fill_purse(real)
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    row = await collect(till, plan, 10_000)
    seen = await at_once(*(confirm(till, row, staff()) for _ in range(6)))
    assert seen == {"ok": 1, "stale-version": 5}
    assert await balances_of(till, plan.order_id) == {"transfers": 10_000, "prepaid": 10_000}
    await settled(till)


async def test_two_transfers_for_one_order_pay_it_once(real: Counter) -> None:
    till, purse = by_hand(real), await fill_purse(real)
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    rows = [await collect(till, plan, 10_000, f"r-{i}") for i in range(4)]
    assert await at_once(*(confirm(till, each) for each in rows)) == {"ok": 4}
    found = await balances_of(till, plan.order_id)
    assert found == {"transfers": 40_000, "suspense": 30_000, "prepaid": 10_000}
    await settled(till)


async def test_money_against_cancellation(real: Counter) -> None:
    till, purse = by_hand(real), await fill_purse(real)
    for place in range(4):
        plan = await till.open(purse.member_id, 10_000, BALANCE_TENDER, TRANSFER)
        row = await collect(till, plan, 6_000, f"r-{place}")
        await at_once(till.begin_close(plan), confirm(till, row))
        state = (await till.read(plan)).state
        found = await balances_of(till, plan.order_id)
        assert ("prepaid" in found) == (state is PlanState.PAID)
        await settled(till)
        if state is PlanState.PAID:
            refund = await till.refund_all(plan)
            await till.fall_back(refund.parts[1].id, FallbackKind.BANK, "back")
            continue
        assert state is PlanState.CLOSED
        [apart] = await _apart(till)
        assert (await send_back(till, apart)).state == CollectionState.RETURNED
        await settled(till)


async def _apart(till: Counter) -> Sequence[Row[Any]]:
    wanted = payments.CollectionFilter(state=CollectionState.APART)
    async with unit_of_work(till.sessions) as session:
        return await payments.list_collections(session, wanted, after=None, limit=10)
