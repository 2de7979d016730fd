"""Paying a gateway in parts: agreed before anything is held, kept, and its fee from statements."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.sandbox import Choice, SandboxGateway
from app.core import clock
from app.core.db import build_sessions, unit_of_work
from app.core.enums.payments import FeeBearer, Scene, TenderKind
from app.core.ids import new_id
from app.core.settings import Settings
from app.services import payments
from app.services.finance import StatementOf, import_statement
from app.services.payments import PayWith, PlanView, TenderRequest
from app.services.payments.engine.instalments import InstalmentPlan
from app.services.payments.engine.routing import Routing
from app.services.payments.ports import StatementKind
from tests.factories import statements
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import BALANCE_TENDER, Counter, funds
from tests.integration.payments.conftest import Purse
from tests.integration.payments.reconciling import Desk

SIX = InstalmentPlan(count=6, fee_bearer=FeeBearer.SELLER, currency="CNY", min_minor=5_000)
TWELVE = InstalmentPlan(count=12, fee_bearer=FeeBearer.PAYER, currency="CNY")


def in_parts(count: int | None, channel: str = "alipay") -> TenderRequest:
    return TenderRequest(kind=TenderKind.GATEWAY, channel=channel, instalments=count)


def offering(counter: Counter, *plans: InstalmentPlan) -> None:
    routing = Routing(instalments={"alipay": plans} if plans else {})
    counter.terms = replace(counter.terms, routing=routing)


async def again(counter: Counter, plan: PlanView, count: int | None) -> PlanView:
    return await payments.new_attempt(
        counter.sessions,
        counter.gateways,
        counter.orders,
        plan.order_id,
        "alipay",
        PayWith(instalments=count),
        terms=counter.terms,
    )


def kept(plan: PlanView) -> tuple[int | None, FeeBearer | None]:
    [tender] = [each for each in plan.tenders if each.kind is TenderKind.GATEWAY]
    return tender.instalments, tender.fee_bearer


async def test_the_gateway_is_told_what_was_agreed_and_the_tender_keeps_it(
    counter: Counter, purse: Purse
) -> None:
    offering(counter, SIX)
    plan = await counter.start(await counter.open(purse.member_id, 6_000, in_parts(6)))
    assert plan.attempt is not None
    asked = counter.gateway.asked[plan.attempt.out_trade_no]
    assert (asked.instalments, asked.fee_bearer) == (6, FeeBearer.SELLER)
    assert kept(plan) == (6, FeeBearer.SELLER)
    assert kept(await counter.read(plan)) == (6, FeeBearer.SELLER)


@pytest.mark.parametrize(("count", "channel"), [(3, "alipay"), (6, "wechat")])
async def test_what_is_not_offered_is_refused_before_anything_is_held(
    counter: Counter, purse: Purse, count: int, channel: str
) -> None:
    offering(counter, SIX)
    async with unit_of_work(counter.sessions) as session:
        before = await funds(session, purse.member_id)
    asked = in_parts(count, channel)
    with pytest.raises(payments.instalments.InstalmentsNotOffered):
        await counter.open(purse.member_id, 20_000, BALANCE_TENDER, asked)
    async with unit_of_work(counter.sessions) as session:
        assert await funds(session, purse.member_id) == before
        assert await session.scalar(text("SELECT count(*) FROM payment_plans")) == 0
        with pytest.raises(payments.instalments.InstalmentsNotOffered):
            await payments.preview(
                session,
                member_id=purse.member_id,
                currency="CNY",
                payable_minor=20_000,
                requests=[asked],
                terms=counter.terms,
            )


async def test_the_least_amount_is_of_what_the_gateway_gets(counter: Counter, purse: Purse) -> None:
    """4000 of the balance leave 4999 or 5000, of which the plan wants 5000."""
    offering(counter, SIX)
    with pytest.raises(payments.instalments.InstalmentsNotOffered) as refused:
        await counter.open(purse.member_id, 8_999, BALANCE_TENDER, in_parts(6))
    assert refused.value.context["plans"] == []
    plan = await counter.open(purse.member_id, 9_000, BALANCE_TENDER, in_parts(6))
    assert kept(plan) == (6, FeeBearer.SELLER)


async def test_where_nothing_is_left_for_the_gateway_no_plan_is_asked_for(
    counter: Counter, purse: Purse
) -> None:
    offering(counter)
    plan = await counter.open(purse.member_id, 1_000, BALANCE_TENDER, in_parts(6))
    assert [each.instalments for each in plan.tenders] == [None]


async def test_what_was_agreed_outlives_what_is_offered(counter: Counter, purse: Purse) -> None:
    offering(counter, SIX, TWELVE)
    plan = await counter.start(await counter.open(purse.member_id, 6_000, in_parts(6)))
    assert plan.attempt is not None
    offering(counter, replace(SIX, fee_bearer=FeeBearer.PAYER))
    same = await again(counter, plan, 6)
    assert same.attempt is not None
    assert (same.attempt.id, same.attempt.fee_bearer) == (plan.attempt.id, FeeBearer.SELLER)
    with pytest.raises(payments.instalments.InstalmentsNotOffered):
        await again(counter, plan, 12)
    found = await counter.read(plan)
    assert found.attempt is not None
    assert found.attempt.id == plan.attempt.id, "refused before the old one was closed"


async def test_the_tender_keeps_what_was_paid_by_in_the_end(counter: Counter, purse: Purse) -> None:
    offering(counter, SIX, TWELVE)
    plan = await counter.start(await counter.open(purse.member_id, 6_000, in_parts(6)))
    changed = await again(counter, plan, 12)
    assert changed.attempt is not None
    assert changed.attempt.instalments == 12
    assert await counter.notify(counter.pay(changed)) == "paid"
    assert kept(await counter.read(plan)) == (12, FeeBearer.PAYER)
    refund = await counter.refund_all(plan)
    assert [each.amount_minor for each in refund.parts] == [6_000]
    await counter.push()
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)


async def test_an_order_tells_what_it_may_be_paid_by(counter: Counter, purse: Purse) -> None:
    offering(counter, SIX, TWELVE)
    plan = await counter.open(purse.member_id, 8_000, BALANCE_TENDER, in_parts(None))
    async with unit_of_work(counter.sessions) as session:
        due, found = await payments.instalments.offers_of_order(
            session, plan.order_id, terms=counter.terms
        )
    assert (due, [each.plan for each in found]) == (4_000, [TWELVE])
    assert found[0].channel == "alipay"
    assert set(found[0].scenes) == set(Scene)


async def test_the_fee_is_what_the_statement_says(counter: Counter) -> None:
    """Of a payment, less what came back with a refund; nothing is known before."""
    desk = Desk(counter)
    paid = await desk.pay(10_000, fee=250)
    plan = desk.plans[paid.number]
    assert await fees(counter, plan) == (None, [None])
    refund = replace(await desk.refund(paid), fee=-90)
    await desk.take(statements.alipay([paid], desk.day))
    assert await fees(counter, plan) == (250, [250])
    await desk.take(statements.alipay([refund], desk.day + timedelta(days=1)), later=1)
    assert await fees(counter, plan) == (160, [250])


async def fees(counter: Counter, plan: PlanView) -> tuple[int | None, list[int | None]]:
    async with unit_of_work(counter.sessions) as session:
        found = await payments.read_detail(session, plan.id)
    return found.fee_minor, [each.fee_minor for each in found.receipts]


@pytest.mark.parametrize("bearer", FeeBearer)
async def test_at_the_sandbox_from_the_choice_to_the_fee(
    fresh_engine: AsyncEngine, bearer: FeeBearer
) -> None:
    counter = Counter(build_sessions(fresh_engine))

    async def receive(headers: Mapping[str, str], body: bytes) -> bool:
        await payments.receive_notice(
            counter.sessions,
            {"sandbox": sandbox},
            counter.orders,
            "sandbox",
            headers,
            body,
            at=clock.now(),
            terms=counter.terms,
        )
        return True

    sandbox = SandboxGateway(Settings(), engine=fresh_engine, send=receive)
    routing = Routing(instalments={"sandbox": (replace(SIX, fee_bearer=bearer),)})
    counter.terms = replace(counter.terms, channels=frozenset({"sandbox"}), routing=routing)
    async with unit_of_work(counter.sessions) as session:
        member_id = (await make_member(session, id=new_id())).id
    plan = await counter.open(member_id, 10_000, in_parts(6, "sandbox"))
    plan = await payments.start_attempt(
        counter.sessions, {"sandbox": sandbox}, counter.orders, plan, terms=counter.terms
    )
    assert plan.attempt is not None
    assert (await sandbox.payment(plan.attempt.out_trade_no))["instalments"] == 6
    await sandbox.pay(plan.attempt.out_trade_no, Choice())
    await sandbox.settle_tasks()
    assert kept(await counter.read(plan)) == (6, bearer)
    today = (clock.now() + timedelta(hours=8)).date()
    what = StatementOf(channel="sandbox", day=today, kind="trades", filename="s")
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        async with sandbox.statement(today, StatementKind.TRADES) as statement:
            content = statement.chunks
            await import_statement(counter.sessions, what, content, actor=None)
    assert (await fees(counter, plan))[0] == {"payer": 0, "seller": 450}[bearer]


@pytest.mark.parametrize(
    "values",
    ["instalments = 3", "fee_bearer = 'payer'", "instalments = 1, fee_bearer = 'payer'"],
)
async def test_a_tender_names_both_or_neither(counter: Counter, purse: Purse, values: str) -> None:
    await counter.open(purse.member_id, 6_000, in_parts(None))
    with pytest.raises(IntegrityError):
        async with unit_of_work(counter.sessions) as session:
            await session.execute(text(f"UPDATE tenders SET {values} WHERE kind = 'gateway'"))
