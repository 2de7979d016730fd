"""Two people, a notice and a second person at once, on real connections (rows M22, M25)."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, RefundState, TenderKind
from app.core.ids import new_id
from app.services import payments
from app.services.payments import PaidRow, PlanView, Span, Take, TenderRequest
from app.services.payments.ports import GatewayPayment, GatewayState, NoticeKind
from tests.factories.payment_invariants import check_always
from tests.factories.payments import BALANCE_TENDER, GATEWAY, Counter, funds, staff
from tests.integration.payments.conftest import fill_purse
from tests.integration.payments.test_races import at_once, settled
from tests.waiting import start_and_wait

TEA = UUID(int=3)


async def bought(real: Counter, payable: int = 10_000, units: int = 1) -> PlanView:
    """One line of units that cost the same, paid by balance and gateway."""
    purse = await fill_purse(real)
    order_id = new_id()
    real.orders.units[order_id] = (PaidRow(Span(TEA, 0, units), payable // units),)
    plan = await real.open(purse.member_id, payable, BALANCE_TENDER, GATEWAY, order_id=order_id)
    plan = await real.start(plan)
    await real.notify(real.pay(plan))
    return await real.read(plan)


async def test_m22_two_refunds_of_60_of_100(real: Counter) -> None:
    plan = await bought(real)
    goods = (Span(TEA, 0, 1),)
    seen = await at_once(*(real.refund(plan, Take((goods,), 6_000)) for _ in range(5)))
    assert seen == {"ok": 1, "refund-exceeds": 4}
    await real.push()
    assert real.gateway.net_taken_minor == 6_000 - 3_600
    await settled(real)


async def test_m22_one_unit_is_returned_once(real: Counter) -> None:
    plan = await bought(real, units=4)
    unit = (Span(TEA, 2, 1),)
    seen = await at_once(
        *(real.refund(plan, Take((unit,)), units=unit, number=f"U{i}") for i in range(4))
    )
    assert seen == {"ok": 1, "refund-exceeds": 3}
    async with unit_of_work(real.sessions) as session:
        rows = await session.execute(text("SELECT unit_index FROM refund_units"))
        assert [tuple(row) for row in rows] == [(2,)]
    await settled(real)


async def test_one_number_is_one_refund(real: Counter) -> None:
    plan = await bought(real)
    seen = await at_once(*(real.refund_all(plan, "SAME") for _ in range(5)))
    assert seen == {"ok": 5}
    assert len(await real.refunds(plan)) == 1
    await settled(real)


@pytest.mark.parametrize("round_", range(3))
async def test_refund_against_notice(real: Counter, round_: int) -> None:
    """The gateway tells that it gave back, while we ask it, and another refund is decided."""
    plan = await bought(real, units=2)
    unit, other = (Span(TEA, 0, 1),), (Span(TEA, 1, 1),)
    refund = await real.refund(plan, Take((unit,)), units=unit)
    number = next(each.out_refund_no for each in refund.parts if each.out_refund_no) or ""
    real.gateway.lost = {"refund"}
    assert (await real.push()).succeeded == 0
    real.gateway.lost = set()
    told = GatewayPayment(out_trade_no=number, state=GatewayState.SUCCEEDED)
    seen = await at_once(
        real.notify(told, kind=NoticeKind.REFUND),
        real.refund(plan, Take((other,)), units=other),
        real.notify(told, kind=NoticeKind.REFUND),
        real.push(),
        real.push(),
    )
    assert seen == {"ok": 5}
    for _ in range(2):
        await real.push()
    assert (await real.read(plan)).state is PlanState.REFUNDED
    assert real.gateway.net_taken_minor == 0
    # What was ours to give comes back at once, and each refund is told once it is all back.
    assert real.orders.count("refunded", plan.order_id) == 3
    await settled(real)


async def test_a_waiting_refund_is_decided_once(real: Counter) -> None:
    plan = await bought(real)
    goods = (Span(TEA, 0, 1),)
    clerk = staff()
    refund = await real.refund(plan, Take((goods,), 4_000), actor=clerk, waits=True)
    seen = await at_once(
        real.approve(refund, staff()),
        real.approve(refund, staff()),
        real.reject(refund, clerk),
        real.refund_all(plan),
    )
    assert seen["ok"] in {1, 2}
    for _ in range(2):
        await real.push()
    (first, *_) = await real.refunds(plan)
    assert first.state in {RefundState.SUCCEEDED, RefundState.CANCELLED}
    assert real.gateway.net_taken_minor >= 0
    await settled(real)


async def test_a_failed_part_goes_one_way(real: Counter) -> None:
    """Two fallbacks, a retry and the janitor: the money leaves once."""
    plan = await bought(real)
    await real.refund_all(plan)
    real.gateway.refund_state = GatewayState.FAILED
    for _ in range(2):
        await real.push()
    (refund,) = await real.refunds(plan)
    (part,) = [each for each in refund.parts if each.state is RefundState.FAILED]
    seen = await at_once(real.fall_back(part.id), real.fall_back(part.id), real.push())
    assert seen == {"ok": 2, "illegal-refund-transition": 1}
    async with unit_of_work(real.sessions) as session:
        own = await funds(session, plan.member_id)
    assert own["balance:available"] == 10_000
    await settled(real)


async def test_no_money_lands_on_a_card_that_is_being_closed(real: Counter) -> None:
    """Staff replace the card that took over from a closed one while a refund waits for it."""
    purse = await fill_purse(real)
    order_id = new_id()
    real.orders.units[order_id] = (PaidRow(Span(TEA, 0, 2), 2_000),)
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    plan = await real.open(purse.member_id, 4_000, card, order_id=order_id)
    async with unit_of_work(real.sessions) as session:
        await payments.replace_gift_card(
            session, purse.card_id, reason="lost", actor=staff(), terms=real.terms
        )
    first = await real.refund(plan, Take(((Span(TEA, 0, 1),),)), units=(Span(TEA, 0, 1),))
    heir = first.parts[0].gift_card_id
    assert heir not in {None, purse.card_id}
    async with unit_of_work(real.sessions) as session:
        await payments.replace_gift_card(
            session, UUID(str(heir)), reason="lost too", actor=staff(), terms=real.terms
        )
        second = real.refund(plan, Take(((Span(TEA, 1, 1),),)), units=(Span(TEA, 1, 1),))
        waiting = await start_and_wait(real.sessions, second)
    made = await waiting
    async with unit_of_work(real.sessions) as session:
        found = await session.execute(text("SELECT id, state FROM gift_cards"))
        states = {row.id: row.state for row in found}
        left = await session.execute(
            text(
                "SELECT owner_id, sum(balance_minor)::bigint FROM ledger_accounts"
                " WHERE kind = 'gift_card' GROUP BY owner_id HAVING sum(balance_minor) <> 0"
            )
        )
        by_card = {row[0]: row[1] for row in left}
    assert states[made.parts[0].gift_card_id] == "active"
    assert {states[each] for each in by_card} == {"active"}
    assert sum(by_card.values()) == 5_000
    await settled(real)


async def test_a_frozen_heir_gets_the_money_and_stays_frozen(real: Counter) -> None:
    purse = await fill_purse(real)
    order_id = new_id()
    real.orders.units[order_id] = (PaidRow(Span(TEA, 0, 2), 2_000),)
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    plan = await real.open(purse.member_id, 4_000, card, order_id=order_id)
    async with unit_of_work(real.sessions) as session:
        made = await payments.replace_gift_card(
            session, purse.card_id, reason="lost", actor=staff(), terms=real.terms
        )
        await payments.freeze_gift_card(session, made.id, is_frozen=True, actor=staff())
    refund = await real.refund(plan, Take(((Span(TEA, 0, 1),),)), units=(Span(TEA, 0, 1),))
    assert refund.parts[0].gift_card_id == made.id
    await settled(real)


async def test_debts_of_points_are_repaid_once(real: Counter) -> None:
    plan = await bought(real, units=4)
    earn = payments.EarnPoints(
        order_id=plan.order_id,
        member_id=plan.member_id,
        currency="CNY",
        eligible_minor=10_000,
        per_minor=1,
    )
    async with unit_of_work(real.sessions) as session:
        await payments.earn_points(session, earn, terms=real.terms)
    spend = payments.SpendPoints(
        member_id=plan.member_id, quantity=18_000, source="all", currency="CNY"
    )
    async with unit_of_work(real.sessions) as session:
        await payments.spend_points(session, spend, terms=real.terms)

    async def grant(source: str) -> None:
        async with unit_of_work(real.sessions) as session:
            command = payments.GrantPoints(
                member_id=plan.member_id, quantity=1_500, source=source, currency="CNY"
            )
            await payments.grant_points(session, command, terms=real.terms)

    works = [
        real.refund(plan, Take(((Span(TEA, i, 1),),)), units=(Span(TEA, i, 1),)) for i in range(4)
    ]
    seen = await at_once(*works, *(grant(f"g{i}") for i in range(4)))
    assert seen == {"ok": 8}
    async with unit_of_work(real.sessions) as session:
        found = await payments.read_points(session, plan.member_id)
        debts = await payments.read_points_debts(session, plan.member_id)
        await check_always(session)
    owed = sum(each["quantity"] for each in debts)
    assert owed - found.available == 10_000 - 6_000


async def test_a_debt_is_repaid_by_what_the_lock_shows(real: Counter) -> None:
    """Two grants at once, each of which could pay it alone."""
    plan = await bought(real)
    member_id = plan.member_id
    earn = payments.EarnPoints(
        order_id=plan.order_id,
        member_id=member_id,
        currency="CNY",
        eligible_minor=10_000,
        per_minor=10,
    )
    async with unit_of_work(real.sessions) as session:
        await payments.earn_points(session, earn, terms=real.terms)
    spend = payments.SpendPoints(member_id=member_id, quantity=9_000, source="x", currency="CNY")
    async with unit_of_work(real.sessions) as session:
        await payments.spend_points(session, spend, terms=real.terms)
    await real.refund_all(plan)

    def grant(source: str) -> payments.GrantPoints:
        return payments.GrantPoints(
            member_id=member_id, quantity=700, source=source, currency="CNY"
        )

    async def second() -> None:
        async with unit_of_work(real.sessions) as other:
            await payments.grant_points(other, grant("b"), terms=real.terms)

    async with unit_of_work(real.sessions) as session:
        await payments.grant_points(session, grant("a"), terms=real.terms)
        waiting = await start_and_wait(real.sessions, second())
    await waiting
    async with unit_of_work(real.sessions) as session:
        found = await payments.read_points(session, member_id)
        assert found.available == 400
        assert await payments.read_points_debts(session, member_id) == []
        await check_always(session)
