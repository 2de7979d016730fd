"""Points that are spent when what earned them goes back, withheld (INV-13, INV-19)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import (
    DisputeState,
    FallbackKind,
    PlanState,
    PointsShortfall,
    RefundState,
    TenderKind,
)
from app.core.ids import new_id
from app.services import payments
from app.services.payments import (
    SHIPPING,
    PlanView,
    RefundRules,
    RefundView,
    Span,
    Take,
    TenderRequest,
)
from app.services.payments.ports import GatewayState
from tests.factories.members import make_member
from tests.factories.payments import GATEWAY, Counter, funds, give_points, staff
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import POT, bought, card_and_gateway, settled, tea
from tests.integration.payments.test_refund_points import debt, earn

WITHHELD = RefundRules(shortfall=PointsShortfall.WITHHELD)


@pytest.fixture(autouse=True)
def withholding(counter: Counter) -> None:
    counter.terms = replace(counter.terms, refund_rules=WITHHELD)


async def newcomer(counter: Counter) -> Purse:
    """Somebody who has nothing, so that all points are worth the same."""
    async with unit_of_work(counter.sessions) as session:
        return Purse((await make_member(session, id=new_id())).id, new_id(), "")


async def spend(counter: Counter, purse: Purse, quantity: int) -> None:
    command = payments.SpendPoints(
        member_id=purse.member_id, quantity=quantity, source=str(quantity), currency="CNY"
    )
    async with unit_of_work(counter.sessions) as session:
        await payments.spend_points(session, command, terms=counter.terms)


async def earned_and_spent(
    counter: Counter, purse: Purse, per_minor: int, left: int, *requests: TenderRequest
) -> PlanView:
    """A paid order that earned points, of which `left` are there."""
    plan = await bought(counter, purse, *requests)
    await earn(counter, plan, per_minor)
    async with unit_of_work(counter.sessions) as session:
        has = (await payments.read_points(session, purse.member_id)).available
    await spend(counter, purse, has - left)
    return plan


async def told(counter: Counter, plan: PlanView, refund_of: Take) -> payments.RefundPreview:
    return payments.preview_refund(await counter.standing(plan), (refund_of,))


def off(refund: RefundView | payments.RefundPreview) -> list[int]:
    return [each.points_withheld_minor for each in refund.parts]


async def test_every_missing_point_is_kept_once_and_the_rest_arrives(
    counter: Counter, purse: Purse
) -> None:
    """98 points for 98.00, 38 of them left: 60 are missing in the end, over three refunds."""
    plan = await earned_and_spent(counter, purse, 100, 38, GATEWAY)
    first = await counter.refund(plan, Take((tea(),)), units=tea())
    assert (first.points_clawed, first.points_withheld, off(first)) == (30, 0, [0])
    seen = await told(counter, plan, Take((tea(1),)))
    assert (seen.amount_minor, seen.points_withheld, seen.points_withheld_minor) == (3_000, 22, 22)
    assert (seen.points_owed, off(seen)) == (0, [22])
    second = await counter.refund(plan, Take((tea(1),)), units=tea(1))
    assert (second.points_clawed, second.points_withheld, off(second)) == (30, 22, [22])
    await settled(counter)
    rest = await counter.refund_all(plan)
    assert (rest.points_withheld, rest.points_owed, off(rest)) == (38, 0, [38])
    await counter.push()
    await settled(counter)
    assert counter.gateway.net_taken_minor == 22 + 38
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert await debt(counter, purse.member_id) == 0


async def test_points_that_come_back_with_another_life_are_taken_first(counter: Counter) -> None:
    """A lot that soon ends is held in part: what comes back lives longer, beside it."""
    purse = await newcomer(counter)
    async with unit_of_work(counter.sessions) as session:
        soon = clock.now() + timedelta(days=30)
        await give_points(session, purse.member_id, 900, expires_at=soon, terms=counter.terms)
    points = TenderRequest(kind=TenderKind.POINTS, max_minor=600)
    plan = await earned_and_spent(counter, purse, 100, 300, points, GATEWAY)
    await counter.open(purse.member_id, 1_000, points, GATEWAY)  # holds the other 300
    takes = (Take((tea(0, 2), (Span(POT, 0, 1),), (SHIPPING,))),)
    seen = payments.preview_refund(await counter.standing(plan), takes)
    made = await counter.refund_all(plan)
    assert (seen.points_clawed, seen.points_withheld, seen.points_owed) == (93, 0, 0)
    assert (made.points_clawed, made.points_withheld, made.points_owed) == (93, 0, 0)
    async with unit_of_work(counter.sessions) as session:
        left = await payments.read_points(session, purse.member_id)
    assert (left.available, left.held) == (600 - 93, 300)
    await counter.push()
    await settled(counter)


async def test_points_are_worth_what_they_were_when_they_were_earned(counter: Counter) -> None:
    purse = await newcomer(counter)
    counter.terms = replace(counter.terms, point_value_minor=7)
    plan = await earned_and_spent(counter, purse, 1_000, 0, GATEWAY)
    counter.terms = replace(counter.terms, point_value_minor=9)
    made = await counter.refund(plan, Take((tea(),)), units=tea())
    assert (made.points_withheld, off(made)) == (3, [21])
    await counter.push()
    await settled(counter)


async def test_a_gift_card_gets_less_only_where_nothing_else_is_left(
    counter: Counter, purse: Purse
) -> None:
    plan = await earned_and_spent(counter, purse, 2, 0, *card_and_gateway(purse))
    before = counter.gateway.net_taken_minor
    made = await counter.refund(plan, Take((tea(),)), units=tea())
    assert (made.points_withheld, off(made)) == (1_500, [0, 1_500])
    await counter.push()
    assert counter.gateway.net_taken_minor == before - 300
    async with unit_of_work(counter.sessions) as session:
        assert (await funds(session, purse.member_id, purse.card_id))["card0:available"] == 2_200
    await settled(counter)


async def test_a_refund_that_is_withheld_altogether_asks_nothing_of_anybody(
    counter: Counter, purse: Purse
) -> None:
    plan = await earned_and_spent(counter, purse, 1, 0, *card_and_gateway(purse))
    before = counter.gateway.net_taken_minor
    made = await counter.refund(plan, Take((tea(),)), units=tea())
    assert (made.points_withheld, off(made), made.points_owed) == (3_000, [1_200, 1_800], 0)
    assert (made.state, made.parts[0].gift_card_id) == (RefundState.SUCCEEDED, None)
    await counter.push()
    assert counter.gateway.net_taken_minor == before
    await settled(counter)
    await counter.refund_all(plan)
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    await settled(counter)


async def test_what_the_money_does_not_cover_is_owed(counter: Counter) -> None:
    """A refund of 14.99 that unearns 1 499 points at 7 each covers 214 of them."""
    purse = await newcomer(counter)
    counter.terms = replace(counter.terms, point_value_minor=7)
    plan = await earned_and_spent(counter, purse, 1, 0, GATEWAY)
    made = await counter.refund(plan, Take((tea(),), 1_499))
    assert (made.points_clawed, made.points_withheld, made.points_owed) == (1_499, 214, 1_285)
    assert (off(made), await debt(counter, purse.member_id)) == ([1_498], 1_285)
    await counter.push()
    await settled(counter)


async def test_a_bank_that_took_the_money_leaves_nothing_to_withhold(
    counter: Counter, purse: Purse
) -> None:
    plan = await earned_and_spent(counter, purse, 100, 0, GATEWAY)
    command = payments.disputes.OpenDispute(
        plan_id=plan.id, reference="C", amount_minor=9_800, reason="x"
    )
    async with unit_of_work(counter.sessions) as session:
        row = await payments.disputes.open_dispute(
            session, command, actor=staff(), owner=counter.orders
        )
        await payments.disputes.close_dispute(
            session,
            row["id"],
            DisputeState.LOST,
            version=1,
            actor=staff(),
            owner=counter.orders,
        )
    (made,) = await counter.refunds(plan)
    assert (made.points_withheld, off(made)) == (0, [0])
    assert made.points_owed == await debt(counter, purse.member_id) > 0
    await settled(counter)


async def test_a_failed_part_goes_another_way_without_what_was_withheld(
    counter: Counter, purse: Purse
) -> None:
    plan = await earned_and_spent(counter, purse, 100, 0, GATEWAY)
    made = await counter.refund(plan, Take((tea(),)), units=tea(), actor=staff(), waits=True)
    assert made.points_withheld == 0
    await counter.approve(made, staff())
    counter.gateway.refund_state = GatewayState.FAILED
    await counter.push()
    await counter.push()
    ((part,),) = [each.parts for each in await counter.refunds(plan)]
    assert (part.state, part.points_withheld_minor) == (RefundState.FAILED, 30)
    await counter.fall_back(part.id, FallbackKind.BALANCE, None)
    async with unit_of_work(counter.sessions) as session:
        own = await funds(session, purse.member_id)
    assert own["balance:available"] == 4_000 + 2_970
    await settled(counter)


async def test_books_hold_what_was_withheld_against_what_the_points_cost(
    counter: Counter, purse: Purse
) -> None:
    plan = await earned_and_spent(counter, purse, 100, 0, GATEWAY)
    made = await counter.refund(plan, Take((tea(),)), units=tea())
    async with unit_of_work(counter.sessions) as session:
        found = await session.execute(
            text(
                "SELECT a.kind, e.currency, e.amount_minor FROM ledger_entries e"
                " JOIN ledger_accounts a ON a.id = e.account_id"
                " JOIN ledger_journals j ON j.id = e.journal_id WHERE j.key = :key"
            ),
            {"key": f"clawback:{made.number}"},
        )
        entries = {tuple(row) for row in found}
    assert entries == {("refund_payable", "CNY", 30), ("points_award_cost", "CNY", -30)}
