"""Refunds gateways fail, and payments that banks dispute (rows M23 to M25)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.payments import (
    DisputeState,
    FallbackKind,
    PlanState,
    RefundState,
)
from app.core.errors import NotFound
from app.services import payments
from app.services.payments import PlanView, Take
from app.services.payments.ports import (
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    NoticeKind,
)
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    Counter,
    funds,
    staff,
    system_balances,
)
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import bought, settled, tea


async def failed_part(counter: Counter, plan: PlanView) -> payments.RefundPart:
    counter.gateway.refund_state = GatewayState.FAILED
    await counter.push()
    await counter.push()
    (refund,) = await counter.refunds(plan)
    (part,) = [each for each in refund.parts if each.state is RefundState.FAILED]
    return part


@pytest.mark.parametrize("kind", FallbackKind)
async def test_m24_a_dead_bank_card_falls_back_with_consent(
    counter: Counter, purse: Purse, kind: FallbackKind
) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    await counter.refund_all(plan)
    part = await failed_part(counter, plan)
    async with unit_of_work(counter.sessions) as session:
        before = (await funds(session, purse.member_id))["balance:available"]
        assert (await system_balances(session, plan.order_id))["payable"] == 6_000
    await settled(counter)
    await counter.fall_back(part.id, kind, "wire 7" if kind is FallbackKind.BANK else None)
    async with unit_of_work(counter.sessions) as session:
        after = (await funds(session, purse.member_id))["balance:available"]
        assert await system_balances(session, plan.order_id) == {"clearing": 6_000}
    assert after - before == (6_000 if kind is FallbackKind.BALANCE else 0)
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.fall_back(part.id, kind)
    await settled(counter)


async def test_two_people_send_much_money_another_way(counter: Counter, purse: Purse) -> None:
    """The last wish counts, who asked cannot agree, and a retry forgets it."""
    counter.terms = replace(counter.terms, refund_alone_minor=100)
    first, second = staff(), staff()
    plan = await bought(counter, purse, GATEWAY)
    await counter.refund_all(plan)
    part = await failed_part(counter, plan)
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.approve_fallback(part.id, second)
    await counter.fall_back(part.id, FallbackKind.BANK, "wire 1", actor=second)
    await counter.fall_back(part.id, FallbackKind.BALANCE, actor=first)
    (refund,) = await counter.refunds(plan)
    asked = refund.parts[0].fallback_asked or {}
    assert (asked["kind"], asked["reference"], asked["asked_by"]) == (
        "balance",
        None,
        first.principal,
    )
    assert refund.parts[0].state is RefundState.FAILED
    with pytest.raises(SecondPersonNeeded):
        await counter.approve_fallback(part.id, first)
    await counter.retry_part(part.id)
    part = await failed_part(counter, plan)
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.approve_fallback(part.id, second)
    await counter.fall_back(part.id, FallbackKind.BALANCE, actor=first)
    await counter.approve_fallback(part.id, second)
    async with unit_of_work(counter.sessions) as session:
        assert await system_balances(session, plan.order_id) == {"clearing": plan.payable_minor}
    (refund,) = await counter.refunds(plan)
    assert (refund.parts[0].fallback, refund.parts[0].fallback_asked) == (
        FallbackKind.BALANCE,
        None,
    )
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.approve_fallback(part.id, second)
    await settled(counter)


async def test_money_that_may_still_arrive_goes_no_other_way(
    counter: Counter, purse: Purse
) -> None:
    plan = await bought(counter, purse, GATEWAY)
    await counter.refund_all(plan)
    (refund,) = await counter.refunds(plan)
    with pytest.raises(payments.IllegalRefundTransition):
        await counter.fall_back(refund.parts[0].id)
    part = await failed_part(counter, plan)
    number = part.out_refund_no or ""
    for state in (GatewayState.ABNORMAL, GatewayState.PENDING, GatewayState.SUCCEEDED):
        known = counter.gateway.refunds[number]
        counter.gateway.refunds[number] = type(known)(out_refund_no=number, state=state)
        with pytest.raises(payments.RefundNotFailed):
            await counter.fall_back(part.id)
    counter.gateway.broken = {"query_refund"}
    with pytest.raises(payments.GatewayUnreachable):
        await counter.fall_back(part.id)
    await settled(counter)


async def test_an_abnormal_refund_waits_for_people_and_may_arrive(
    counter: Counter, purse: Purse
) -> None:
    plan = await bought(counter, purse, GATEWAY)
    await counter.refund_all(plan)
    counter.gateway.refund_state = GatewayState.ABNORMAL
    await counter.push()
    await counter.push()
    (refund,) = await counter.refunds(plan)
    assert refund.parts[0].state is RefundState.PENDING
    assert (await counter.read(plan)).in_review
    number = refund.parts[0].out_refund_no or ""
    known = counter.gateway.refunds[number]
    counter.gateway.refunds[number] = type(known)(
        out_refund_no=number, state=GatewayState.SUCCEEDED, amount_minor=10_000
    )
    assert (await counter.push()).succeeded == 1


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_notice_of_a_refund_under_way_goes_to_people_only_when_it_takes_too_long(
    counter: Counter, purse: Purse, is_old: bool
) -> None:
    plan = await bought(counter, purse, GATEWAY)
    await counter.refund_all(plan)
    counter.gateway.refund_state = GatewayState.PENDING
    await counter.push()
    (refund,) = await counter.refunds(plan)
    if is_old:
        counter.terms = replace(counter.terms, review_after_seconds=0)
    told = GatewayPayment(
        out_trade_no=refund.parts[0].out_refund_no or "", state=GatewayState.SUCCEEDED
    )
    assert await counter.notify(told, kind=NoticeKind.REFUND) == "pending"
    assert (await counter.read(plan)).in_review is is_old
    await settled(counter)


DISPUTE = {"reference": "C-1", "amount_minor": 4_000, "reason": "not as described"}


async def test_the_refund_of_a_part_is_found(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    refund = await counter.refund_all(plan)
    async with unit_of_work(counter.sessions) as session:
        for part in refund.parts:
            assert (await payments.read_refund_of(session, part.id)).id == refund.id
        with pytest.raises(NotFound):
            await payments.read_refund_of(session, refund.id)


async def disputed(counter: Counter, plan: PlanView, **more: object) -> dict[str, object]:
    command = payments.disputes.OpenDispute(plan_id=plan.id, **DISPUTE | more)  # type: ignore[arg-type]
    async with unit_of_work(counter.sessions) as session:
        row = await payments.disputes.open_dispute(
            session, command, actor=staff(), owner=counter.orders
        )
        return dict(row)


async def test_m25_refunds_wait_for_a_dispute_and_no_more_goes_out_than_came_in(
    counter: Counter, purse: Purse
) -> None:
    plan = await bought(counter, purse, BALANCE_TENDER, GATEWAY)
    await counter.refund(plan, Take((tea(),)), units=tea(), actor=staff(), waits=True)
    case = await disputed(counter, plan)
    with pytest.raises(payments.DisputeOpen):
        await counter.refund(plan, Take((tea(),)), units=tea())
    with pytest.raises(payments.DisputeOpen):
        await counter.refund_all(plan)
    async with unit_of_work(counter.sessions) as session:
        closed = await payments.disputes.close_dispute(
            session,
            UUID(str(case["id"])),
            DisputeState.LOST,
            version=1,
            actor=staff(),
            owner=counter.orders,
        )
    assert closed["state"] == "lost"
    counter.gateway.refunds["chargeback"] = GatewayRefund(
        out_refund_no="chargeback", state=GatewayState.SUCCEEDED, amount_minor=4_000
    )
    await settled(counter)
    rest = await counter.refund_all(plan)
    assert rest.amount_minor == 6_000
    await counter.push()
    assert counter.gateway.net_taken_minor == 0
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    await settled(counter)


async def test_m25_a_won_dispute_lets_refunds_go_on(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, GATEWAY)
    case = await disputed(counter, plan)
    with pytest.raises(payments.RefundExceeds):
        await disputed(counter, plan, reference="C-2", amount_minor=10_001)
    async with unit_of_work(counter.sessions) as session:
        await payments.disputes.close_dispute(
            session,
            UUID(str(case["id"])),
            DisputeState.WON,
            version=1,
            actor=staff(),
            owner=counter.orders,
        )
    assert (await counter.refund_all(plan)).amount_minor == 10_000


async def test_m25_disputes_ask_together_for_no_more_than_the_gateway_has_left(
    counter: Counter, purse: Purse
) -> None:
    """A second one over the same money could never be closed as lost."""
    plan = await counter.open(purse.member_id, 5_000, GATEWAY)
    await counter.notify(counter.pay(await counter.start(plan)))
    first = await disputed(counter, plan)
    with pytest.raises(payments.RefundExceeds) as caught:
        await disputed(counter, plan, reference="C-2", amount_minor=1_001)
    assert caught.value.context["refundable_minor"] == 1_000
    second = await disputed(counter, plan, reference="C-2", amount_minor=1_000)
    for case in (first, second):
        async with unit_of_work(counter.sessions) as session:
            await payments.disputes.close_dispute(
                session,
                UUID(str(case["id"])),
                DisputeState.LOST,
                version=1,
                actor=staff(),
                owner=counter.orders,
            )
    assert (await counter.read(plan)).state is PlanState.REFUNDED


async def test_m23_what_no_gateway_took_is_not_disputed(counter: Counter, purse: Purse) -> None:
    plan = await counter.open(purse.member_id, 4_000, BALANCE_TENDER)
    with pytest.raises(payments.RefundRefused):
        await disputed(counter, plan)


async def test_m25_disputes_are_listed_by_state_and_order_newest_first(
    counter: Counter, purse: Purse
) -> None:
    plans = [await counter.open(purse.member_id, 5_000, GATEWAY) for _ in range(2)]
    for plan in plans:
        await counter.notify(counter.pay(await counter.start(plan)))
    cases = [
        (await disputed(counter, plan, reference=f"C-{number}", amount_minor=2_000))["id"]
        for number, plan in enumerate((plans[0], plans[1], plans[1]))
    ]
    async with unit_of_work(counter.sessions) as session:
        await payments.disputes.close_dispute(
            session,
            UUID(str(cases[1])),
            DisputeState.WON,
            version=1,
            actor=staff(),
            owner=counter.orders,
        )

        async def listed(limit: int = 9, **wanted: Any) -> list[object]:
            said: dict[str, Any] = {"after": None, "state": None, "order_id": None, **wanted}
            rows = await payments.disputes.list_disputes(session, limit=limit, **said)
            return [each.id for each in rows]

        assert await listed() == cases[::-1]
        assert await listed(state=DisputeState.OPEN) == [cases[2], cases[0]]
        assert await listed(state=DisputeState.WON) == [cases[1]]
        assert await listed(order_id=plans[1].order_id) == [cases[2], cases[1]]
        assert await listed(1) == [cases[2], cases[1]], "one more says that there are more"
        assert await listed(after=cases[1]) == [cases[0]]
