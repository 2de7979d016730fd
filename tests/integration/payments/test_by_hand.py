"""Cash at the door and bank transfers: recorded by one, settled by another (INV-3, INV-4)."""

from typing import Any

import pytest
from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.payments import (
    CollectionState,
    FallbackKind,
    PlanState,
    RefundState,
    TenderState,
)
from app.core.errors import AlreadyExists, StaleVersion
from app.services import payments
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    POINTS_TENDER,
    TERMS,
    Counter,
    funds,
    staff,
)
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import settled
from tests.integration.payments.taking import (
    CASH,
    CASHIER,
    DRIVER,
    TRANSFER,
    balances_of,
    by_hand,
    collect,
    confirm,
    reject,
    send_back,
)


@pytest.fixture
def till(counter: Counter) -> Counter:
    return by_hand(counter)


async def test_cash_pays_at_the_door_after_the_balance(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, BALANCE_TENDER, CASH)
    assert [(each.kind, each.amount_minor) for each in plan.tenders] == [
        ("balance", 4_000),
        ("cash_on_delivery", 6_000),
    ]
    assert (plan.state, plan.due_minor, plan.attempt) == (PlanState.AWAITING, 6_000, None)
    row = await collect(till, plan, 6_000)
    paid = await till.read(plan)
    assert {each.state for each in paid.tenders} == {TenderState.CAPTURED}
    assert till.orders.count("paid", plan.order_id) == 1
    assert await balances_of(till, plan.order_id) == {"way": 6_000, "prepaid": 10_000}
    await settled(till)
    assert (await confirm(till, row)).state == CollectionState.CONFIRMED
    assert await balances_of(till, plan.order_id) == {"cash": 6_000, "prepaid": 10_000}
    await settled(till)


async def test_points_that_are_held_go_with_the_cash(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, POINTS_TENDER, CASH)
    await collect(till, plan, 2_000)
    await settled(till)
    async with unit_of_work(till.sessions) as session:
        assert "pts:held" not in await funds(session, purse.member_id)


async def test_cash_has_to_be_what_is_due(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, CASH)
    with pytest.raises(payments.CollectionMismatch) as refused:
        await collect(till, plan, 9_999)
    assert refused.value.context["expected_minor"] == 10_000
    await collect(till, plan, 10_000)
    with pytest.raises(payments.NotAwaitingPayment):
        await collect(till, plan, 10_000, "r-2")


async def test_an_order_refused_at_the_door_gives_back_what_it_held(
    till: Counter, purse: Purse
) -> None:
    plan = await till.open(purse.member_id, 10_000, BALANCE_TENDER, CASH)
    assert (await till.begin_close(plan, "refused")).state is PlanState.CLOSED
    assert till.orders.reasons == {plan.order_id: "refused"}
    async with unit_of_work(till.sessions) as session:
        assert (await funds(session, purse.member_id))["balance:available"] == 4_000
    with pytest.raises(payments.NotAwaitingPayment):
        await collect(till, plan, 6_000)
    await settled(till)


async def test_a_transfer_pays_when_a_second_person_saw_it(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    row = await collect(till, plan, 10_000)
    assert (await till.read(plan)).state is PlanState.AWAITING
    assert await balances_of(till, plan.order_id) == {}
    with pytest.raises(SecondPersonNeeded):
        await confirm(till, row, DRIVER)
    assert (await confirm(till, row)).state == CollectionState.CONFIRMED
    assert (await till.read(plan)).state is PlanState.PAID
    assert await balances_of(till, plan.order_id) == {"transfers": 10_000, "prepaid": 10_000}
    with pytest.raises(StaleVersion):
        await confirm(till, row)
    await settled(till)


async def test_the_database_wants_two_people_too(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    row = await collect(till, plan, 10_000)
    alone = text(
        "UPDATE collections SET state = 'confirmed', settled_by = recorded_by WHERE id = :id"
    )
    with pytest.raises(IntegrityError, match="two_people"):
        async with unit_of_work(till.sessions) as session:
            await session.execute(alone, {"id": row.id})


@pytest.mark.parametrize("amount", [9_999, 10_001])
async def test_another_amount_never_pays(till: Counter, purse: Purse, amount: int) -> None:
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    row = await confirm(till, await collect(till, plan, amount))
    assert (row.state, row.reason) == (CollectionState.APART, "amount_mismatch")
    found = await till.read(plan)
    assert (found.state, found.in_review) == (PlanState.AWAITING, True)
    assert await balances_of(till, plan.order_id) == {"transfers": amount, "suspense": amount}
    await settled(till)
    with pytest.raises(SecondPersonNeeded):
        await send_back(till, row, CASHIER)
    row = await send_back(till, row)
    assert row.state == CollectionState.RETURNED
    assert await balances_of(till, plan.order_id) == {}
    await settled(till)
    await confirm(till, await collect(till, plan, 10_000, "r-2"))
    assert (await till.read(plan)).state is PlanState.PAID


async def test_money_beyond_or_too_late_is_kept_apart(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    late = await till.open(purse.member_id, 10_000, TRANSFER)
    await confirm(till, await collect(till, plan, 10_000))
    second = await confirm(till, await collect(till, plan, 10_000, "r-2"))
    assert (second.state, second.reason) == (CollectionState.APART, "second")
    await till.begin_close(late)
    after = await confirm(till, await collect(till, late, 10_000, "r-3"))
    assert (after.state, after.reason) == (CollectionState.APART, "late")
    assert (await till.read(late)).state is PlanState.CLOSED
    await settled(till)


async def test_one_reference_counts_once(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, TRANSFER)
    other = await till.open(purse.member_id, 10_000, TRANSFER)
    row = await collect(till, plan, 10_000)
    assert (await collect(till, plan, 10_000)).id == row.id
    with pytest.raises(AlreadyExists):
        await collect(till, other, 10_000)
    with pytest.raises(AlreadyExists):
        await collect(till, plan, 9_000)
    assert (await reject(till, row)).state == CollectionState.REJECTED
    await confirm(till, await collect(till, other, 10_000))
    assert (await till.read(other)).state is PlanState.PAID
    with pytest.raises(payments.IllegalCollectionTransition):
        await confirm(till, await _again(till, row))
    await settled(till)


async def test_cash_that_paid_is_not_rejected(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, CASH)
    row = await collect(till, plan, 10_000)
    with pytest.raises(payments.IllegalCollectionTransition):
        await reject(till, row)


async def test_what_was_paid_by_hand_goes_back_by_hand(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, BALANCE_TENDER, CASH)
    await collect(till, plan, 6_000)
    refund = await till.refund_all(plan)
    assert [(each.kind, each.state) for each in refund.parts] == [
        ("balance", RefundState.SUCCEEDED),
        ("cash_on_delivery", RefundState.FAILED),
    ]
    part = refund.parts[1].id
    await till.push()
    await settled(till)
    with pytest.raises(payments.IllegalRefundTransition):
        await till.retry_part(part)
    await till.fall_back(part, FallbackKind.BANK, "bank-77")
    assert (await till.read(plan)).state is PlanState.REFUNDED
    found = await balances_of(till, plan.order_id)
    assert found == {"way": 6_000, "refunds": -6_000}
    await settled(till)


async def test_one_way_from_outside_and_only_what_is_offered(till: Counter, purse: Purse) -> None:
    with pytest.raises(payments.DuplicateTender):
        await till.open(purse.member_id, 10_000, GATEWAY, CASH)
    till.terms = TERMS
    with pytest.raises(payments.MethodRefused) as refused:
        await till.open(purse.member_id, 10_000, CASH)
    assert refused.value.context["reasons"] == [{"code": "not_offered"}]


async def test_other_orders_take_nothing_by_hand(till: Counter, purse: Purse) -> None:
    plan = await till.open(purse.member_id, 10_000, GATEWAY)
    with pytest.raises(payments.NotPaidByHand):
        await collect(till, plan, 10_000, actor=staff())


async def _again(till: Counter, row: Row[Any]) -> Row[Any]:
    async with unit_of_work(till.sessions) as session:
        return await payments.read_collection(session, row.id)
