"""From the hold to the capture, the release or the refund (specification 3.2 to 3.4)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, RefundState, TenderKind, TenderState
from app.core.ids import new_id
from app.services import ledger, payments
from app.services.ledger import InsufficientFunds
from app.services.payments import TenderRequest
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    POINTS_TENDER,
    Counter,
    funds,
    system_balances,
)
from tests.integration.payments.conftest import Purse

OPENING = {
    "card0:available": 5_000,
    "points:available": 8_000,
    "pts:available": 8_000,
    "balance:available": 4_000,
}


def everything(purse: Purse) -> tuple[TenderRequest, ...]:
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    points = TenderRequest(kind=TenderKind.POINTS, max_points=6_000)
    return (GATEWAY, BALANCE_TENDER, points, card)


async def money(counter: Counter, purse: Purse) -> dict[str, int]:
    async with unit_of_work(counter.sessions) as session:
        return await funds(session, purse.member_id, purse.card_id)


async def books(counter: Counter, order_id: UUID) -> dict[str, int]:
    async with unit_of_work(counter.sessions) as session:
        return await system_balances(session, order_id)


async def test_a_hold_takes_internal_tenders_out_of_reach(counter: Counter, purse: Purse) -> None:
    plan = await counter.open(purse.member_id, 30_000, *everything(purse))
    assert plan.state is PlanState.AWAITING
    assert [each.amount_minor for each in plan.tenders] == [5_000, 6_000, 4_000, 15_000]
    assert await money(counter, purse) == {
        "card0:held": 5_000,
        "points:available": 2_000,
        "points:held": 6_000,
        "pts:available": 2_000,
        "pts:held": 6_000,
        "balance:held": 4_000,
    }


async def test_inv_4_a_success_captures_all_tenders_together(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 30_000, *everything(purse)))
    assert plan.attempt is not None
    assert plan.attempt.action == {
        "kind": "redirect",
        "url": f"https://pay.test/{plan.attempt.out_trade_no}",
    }
    assert await counter.notify(counter.pay(plan)) == "paid"
    after = await counter.read(plan)
    assert after.state is PlanState.PAID
    assert {each.state for each in after.tenders} == {TenderState.CAPTURED}
    assert await money(counter, purse) == {"points:available": 2_000, "pts:available": 2_000}
    assert await books(counter, plan.order_id) == {"clearing": 15_000, "prepaid": 30_000}
    assert counter.orders.told == [("paid", plan.order_id)]


async def test_inv_5_a_closed_plan_gives_back_every_hold(counter: Counter, purse: Purse) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 30_000, *everything(purse)))
    assert (await counter.begin_close(plan)).state is PlanState.CLOSING
    assert (await money(counter, purse))["balance:held"] == 4_000
    assert (await counter.finish_close(plan)).state is PlanState.CLOSED
    assert await money(counter, purse) == OPENING
    assert await books(counter, plan.order_id) == {}
    assert counter.orders.told == [("closed", plan.order_id)]
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)  # the lots of points, too


async def test_whoever_closes_says_why(counter: Counter, purse: Purse) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 5_000, GATEWAY))
    await counter.begin_close(plan, "changed mind")
    await counter.finish_close(plan)
    assert counter.orders.reasons == {plan.order_id: "changed mind"}
    async with unit_of_work(counter.sessions) as session:
        kept = await session.scalar(text("SELECT close_reason FROM payment_plans"))
    assert kept == "changed mind"


async def test_what_began_to_close_is_closed_by_the_janitor(counter: Counter, purse: Purse) -> None:
    """Its attempt failed, but a gateway may be paid all the same: it is asked."""
    plan = await counter.start(await counter.open(purse.member_id, 5_000, GATEWAY))
    assert (await counter.begin_close(plan)).state is PlanState.CLOSING
    async with unit_of_work(counter.sessions) as session:
        await session.execute(text("UPDATE payment_attempts SET state = 'failed'"))
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.CLOSED
    assert counter.orders.count("closed", plan.order_id) == 1


async def test_a_gateway_stops_taking_money_before_the_order_is_given_up(
    counter: Counter, purse: Purse
) -> None:
    """Half a minute, so that what is paid at the last moment still finds its order."""
    plan = await counter.start(await counter.open(purse.member_id, 5_000, GATEWAY, minutes=15))
    assert plan.attempt is not None
    (asked,) = counter.gateway.asked.values()
    left = asked.expires_at - clock.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=14, seconds=30)


async def test_without_a_gateway_the_plan_is_paid_at_once(counter: Counter, purse: Purse) -> None:
    card = TenderRequest(kind=TenderKind.GIFT_CARD, code=f" {purse.code.lower()} ")
    plan = await counter.open(purse.member_id, 3_000, card, GATEWAY)
    assert plan.state is PlanState.PAID
    assert plan.attempt is None
    assert (await money(counter, purse))["card0:available"] == 2_000
    assert await books(counter, plan.order_id) == {"prepaid": 3_000}
    assert counter.orders.told == [("paid", plan.order_id)]


async def test_an_order_that_costs_nothing_is_paid_with_an_empty_journal(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.open(purse.member_id, 0)
    assert (plan.state, plan.tenders) == (PlanState.PAID, ())
    async with unit_of_work(counter.sessions) as session:
        wanted = ledger.JournalFilter(order_id=plan.order_id)
        (journal,) = await ledger.list_journals(session, wanted, after=None, limit=5)
    assert (journal.kind, journal.entries) == ("nothing_due", [])


async def test_inv_15_a_full_refund_returns_ours_at_once_and_the_rest_when_confirmed(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 30_000, *everything(purse)))
    await counter.notify(counter.pay(plan))
    refund = await counter.refund_all(plan)
    assert refund.state is RefundState.PENDING
    assert await money(counter, purse) == OPENING
    assert await books(counter, plan.order_id) == {"clearing": 15_000, "payable": 15_000}
    assert (await counter.read(plan)).state is PlanState.PARTLY_REFUNDED
    assert (await counter.push()).succeeded == 1
    assert await books(counter, plan.order_id) == {}
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert counter.orders.count("refunded", plan.order_id) == 2  # in part, then all of it
    assert counter.gateway.net_taken_minor == 0
    with pytest.raises(payments.RefundExceeds):
        await counter.refund_all(plan)


async def test_an_unpaid_order_is_not_refunded(counter: Counter, purse: Purse) -> None:
    plan = await counter.open(purse.member_id, 30_000, *everything(purse))
    with pytest.raises(payments.RefundRefused):
        await counter.refund_all(plan)


async def test_a_hold_is_all_or_nothing(counter: Counter, purse: Purse) -> None:
    """The balance is gone between reading it and holding it."""
    request = TenderRequest(kind=TenderKind.BALANCE, max_minor=4_000)
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    with pytest.raises(payments.TenderMismatch) as refused:
        await counter.open(purse.member_id, 9_001, card, request)
    assert refused.value.context == {"uncovered_minor": 1}
    assert await money(counter, purse) == OPENING
    assert InsufficientFunds.status == 409


async def test_points_use_the_earliest_lots_and_return_to_them(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.open(purse.member_id, 6_000, POINTS_TENDER)
    assert plan.state is PlanState.PAID
    refund = await counter.refund_all(plan)
    assert refund.state is RefundState.SUCCEEDED
    assert await money(counter, purse) == OPENING


async def test_inv_17_the_fake_notices_calls_inside_a_transaction(counter: Counter) -> None:
    """Every test here fails if a gateway was called in one; this shows that it would."""
    async with unit_of_work(counter.sessions) as session:
        await system_balances(session, new_id())
        await counter.gateway.query("n")
    assert counter.gateway.inside == ["query"]
    counter.gateway.inside.clear()
    await counter.gateway.query("n")
    assert not counter.gateway.inside
