"""Refunds of parts of an order: each tender its own, points and cards as they were (3.5)."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.payments import (
    GiftCardState,
    PlanState,
    RefundKind,
    RefundPolicy,
    RefundReason,
    RefundState,
    TenderKind,
)
from app.services import payments
from app.services.payments import SHIPPING, Span, Take, TenderRequest
from app.services.payments.engine.points import GRACE
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    Counter,
    funds,
    staff,
    system_balances,
)
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import POT, TEA, bought, card_and_gateway, settled, tea


async def test_a_unit_brings_its_part_of_each_tender(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, *card_and_gateway(purse))
    refund = await counter.refund(plan, Take((tea(),)), units=tea())
    assert [each.amount_minor for each in refund.parts] == [1_200, 1_800]
    assert refund.units == tea()
    assert (await counter.read(plan)).state is PlanState.PARTLY_REFUNDED
    await counter.push()
    async with unit_of_work(counter.sessions) as session:
        own = await funds(session, purse.member_id, purse.card_id)
        found = await system_balances(session, plan.order_id)
    assert own["card0:available"] == 5_000 - 4_000 + 1_200
    assert found == {"clearing": 4_200, "prepaid": 7_000}
    await settled(counter)


async def test_the_same_unit_comes_back_once(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    await counter.refund(plan, Take((tea(),)), units=tea())
    with pytest.raises(payments.RefundExceeds):
        await counter.refund(plan, Take((tea(),), 1), units=())
    found = await counter.standing(plan)
    assert payments.not_returned(found) == (Span(TEA, 1, 1), Span(POT, 0, 1))


async def test_inv_13_units_amounts_and_shipping_return_everything(
    counter: Counter, purse: Purse
) -> None:
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id, max_minor=1_111)
    some_points = TenderRequest(kind=TenderKind.POINTS, max_points=2_345)
    some = TenderRequest(kind=TenderKind.BALANCE, max_minor=777)
    async with unit_of_work(counter.sessions) as session:
        before = await funds(session, purse.member_id, purse.card_id)
    plan = await bought(counter, purse, card, some_points, some, GATEWAY)
    everything = (*tea(0, 2), Span(POT, 0, 1))
    await counter.refund(plan, Take((everything,), 1_234))
    await counter.refund(plan, Take((tea(1),)), units=tea(1))
    await counter.refund(plan, Take(((SHIPPING,),)), kind=RefundKind.SHIPPING)
    await counter.refund(plan, Take(((Span(POT, 0, 1),),)), units=(Span(POT, 0, 1),))
    assert (await counter.read(plan)).state is PlanState.PARTLY_REFUNDED
    await counter.refund(plan, Take((tea(0),)), units=tea(0))
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    async with unit_of_work(counter.sessions) as session:
        assert await funds(session, purse.member_id, purse.card_id) == before
        assert await system_balances(session, plan.order_id) == {}
    with pytest.raises(payments.RefundExceeds):
        await counter.refund_all(plan)
    await settled(counter)


@pytest.mark.parametrize(
    ("policy", "amounts"),
    [
        (RefundPolicy.ATTRIBUTED, [1_200, 1_800]),
        (RefundPolicy.REVERSE_ORDER, [3_000]),
        (RefundPolicy.PROPORTIONAL, [1_200, 1_800]),
    ],
)
async def test_the_policy_is_the_one_the_order_was_placed_under(
    counter: Counter, purse: Purse, policy: RefundPolicy, amounts: list[int]
) -> None:
    terms = counter.terms
    counter.terms = replace(terms, refund_rules=payments.RefundRules(policy=policy))
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    counter.terms = terms
    refund = await counter.refund(plan, Take((tea(),)), units=tea())
    assert [each.amount_minor for each in refund.parts] == amounts
    await counter.refund_all(plan)
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    await settled(counter)


async def test_revenue_gives_back_what_was_earned_and_its_tax(
    counter: Counter, purse: Purse
) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    rows = counter.orders.units[plan.order_id]
    counter.orders.units[plan.order_id] = (rows[0]._replace(is_earned=True), *rows[1:])
    await counter.refund(plan, Take((tea(),), 1_000))
    await counter.refund(plan, Take((tea(),)), units=tea())
    async with unit_of_work(counter.sessions) as session:
        found = await session.execute(
            text(
                "SELECT a.code, sum(e.amount_minor)::bigint FROM ledger_entries e"
                " JOIN ledger_accounts a ON a.id = e.account_id"
                " JOIN ledger_journals j ON j.id = e.journal_id"
                " WHERE j.kind = 'refund' AND j.order_id = :id GROUP BY a.code"
            ),
            {"id": plan.order_id},
        )
        sums = {code.split(":")[0]: amount for code, amount in found}
    assert sums == {"sales_returns": 2_655, "tax_payable": 345, "refund_payable": -3_000}


@pytest.mark.parametrize("state", [GiftCardState.ACTIVE, GiftCardState.FROZEN])
async def test_m24_an_expired_gift_card_lives_a_grace_longer(
    counter: Counter, purse: Purse, state: GiftCardState
) -> None:
    plan = await bought(counter, purse, *card_and_gateway(purse))
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE gift_cards SET expires_at = now() - interval '9 days', state = :state"),
            {"state": state},
        )
    await counter.refund(plan, Take((tea(),)), units=tea())
    async with unit_of_work(counter.sessions) as session:
        row = (await session.execute(text("SELECT state, expires_at FROM gift_cards"))).one()
    assert row.state == state
    assert abs(row.expires_at - clock.now() - GRACE) < timedelta(minutes=5)


async def test_m24_a_closed_gift_card_is_followed_by_another(
    counter: Counter, purse: Purse
) -> None:
    """The same one for every refund; it belongs to the member, who can pay with it."""
    plan = await bought(counter, purse, *card_and_gateway(purse))
    async with unit_of_work(counter.sessions) as session:
        await session.execute(text("UPDATE gift_cards SET state = 'closed'"))
    first = await counter.refund(plan, Take((tea(),)), units=tea())
    second = await counter.refund(plan, Take((tea(1),)), units=tea(1))
    (card_id,) = {each.parts[0].gift_card_id for each in (first, second)}
    assert card_id not in {None, purse.card_id}
    async with unit_of_work(counter.sessions) as session:
        own = await funds(session, purse.member_id, UUID(str(card_id)))
        row = (
            await session.execute(
                text("SELECT face_minor, member_id, replaces_id FROM gift_cards WHERE id = :id"),
                {"id": card_id},
            )
        ).one()
    assert own["card0:available"] == 2_400
    assert tuple(row) == (2_400, purse.member_id, purse.card_id)
    request = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=card_id)
    paid = await counter.open(purse.member_id, 2_400, request)
    assert paid.state is PlanState.PAID
    await settled(counter)


async def test_what_waits_moves_nothing_and_is_kept_from_others(
    counter: Counter, purse: Purse
) -> None:
    clerk, manager = staff(), staff()
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    refund = await counter.refund(
        plan, Take((tea(),)), units=tea(), actor=clerk, waits=True, number="W1"
    )
    assert refund.state is RefundState.WAITING
    assert (await counter.push()).asked == 0
    async with unit_of_work(counter.sessions) as session:
        assert await system_balances(session, plan.order_id) == {
            "clearing": 6_000,
            "prepaid": 10_000,
        }
    left = (await counter.standing(plan)).left
    assert left.total_minor == 7_000
    with pytest.raises(payments.RefundExceeds):
        await counter.refund(plan, Take((tea(),), 1))
    with pytest.raises(SecondPersonNeeded):
        await counter.approve(refund, clerk)
    await settled(counter)
    approved = await counter.approve(refund, manager)
    assert approved.state is RefundState.PENDING
    assert (approved.actor, approved.settled_by) == (clerk.principal, manager.principal)
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.approve(approved, manager)
    await counter.push()
    await settled(counter)


@pytest.mark.parametrize("is_own", [True, False])
async def test_what_is_given_up_is_free_again(counter: Counter, purse: Purse, is_own: bool) -> None:
    clerk = staff()
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    refund = await counter.refund(plan, Take((tea(),)), units=tea(), actor=clerk, waits=True)
    closed = await counter.reject(refund, clerk if is_own else staff())
    assert closed.state is (RefundState.CANCELLED if is_own else RefundState.REJECTED)
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.approve(closed, staff())
    again = await counter.refund(plan, Take((tea(),)), units=tea())
    assert again.amount_minor == 3_000
    await settled(counter)


async def test_everything_gives_up_what_waits(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    await counter.refund(plan, Take((tea(),)), units=tea(), actor=staff(), waits=True)
    assert (await counter.refund_all(plan)).amount_minor == 10_000
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    await settled(counter)


async def test_an_order_with_a_waiting_refund_is_not_refunded_yet(
    counter: Counter, purse: Purse
) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    waiting = await counter.refund(plan, Take((tea(),)), units=tea(), actor=staff(), waits=True)
    rest = (*tea(1), Span(POT, 0, 1))
    await counter.refund(plan, Take((rest,)), Take(((SHIPPING,),)), units=rest)
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.PARTLY_REFUNDED
    await counter.approve(waiting, staff())
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    await settled(counter)


async def test_a_number_names_one_refund(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, GATEWAY)
    other = await bought(counter, purse, GATEWAY)
    refund = await counter.refund_all(plan, "N1")
    assert await counter.refund_all(plan, "N1") == refund
    with pytest.raises(payments.RefundNumberUsed):
        await counter.refund_all(other, "N1")


async def test_goodwill_keeps_units_in_hand(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    refund = await counter.refund(
        plan, Take((tea(0, 2),), 1_000), reason_code=RefundReason.GOODWILL
    )
    assert (refund.kind, refund.units) == (RefundKind.AMOUNT, ())
    found = await counter.standing(plan)
    assert found.left.left_of(tea()) == 2_500
