"""Two at once, on real connections and with real commits."""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, TenderKind
from app.core.errors import DomainError
from app.core.ids import new_id
from app.services import payments
from app.services.payments import TenderRequest
from tests.factories.members import make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    POINTS_TENDER,
    TERMS,
    Counter,
    funds,
    give_balance,
    give_points,
    make_gift_card,
    system_balances,
)
from tests.integration.payments.conftest import fill_purse
from tests.waiting import start_and_wait


async def outcome(work: Awaitable[object]) -> str:
    try:
        await work
    except DomainError as refused:
        return refused.slug
    return "ok"


async def at_once(*works: Awaitable[object]) -> Tally[str]:
    return Tally(await asyncio.gather(*(outcome(work) for work in works)))


async def settled(counter: Counter) -> None:
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)


@pytest.mark.parametrize("means", ["card", "points", "balance"])
async def test_inv_21_m7_m8_the_last_money_is_spent_once(real: Counter, means: str) -> None:
    purse = await fill_purse(real)
    request, amount = {
        "card": (TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id), 2_000),
        "points": (POINTS_TENDER, 3_000),
        "balance": (BALANCE_TENDER, 1_500),
    }[means]
    seen = await at_once(*(real.open(purse.member_id, amount, request) for _ in range(12)))
    assert seen["ok"] == 2
    assert seen.keys() <= {"ok", "insufficient-funds", "tender-mismatch"}
    async with unit_of_work(real.sessions) as session:
        own = await funds(session, purse.member_id, purse.card_id)
    left = {"card": "card0", "points": "points", "balance": "balance"}[means]
    assert own[f"{left}:available"] == {"card": 1_000, "points": 2_000, "balance": 1_000}[means]
    await settled(real)


async def test_points_of_another_lot_are_used_when_somebody_was_faster(real: Counter) -> None:
    """Both choose the lot that expires first; who waits for it chooses again under the lock."""
    async with unit_of_work(real.sessions) as session:
        member_id = (await make_member(session, id=new_id())).id
        for days in (30, 60):
            expires_at = clock.now() + timedelta(days=days)
            await give_points(session, member_id, 3_000, expires_at=expires_at)
    async with unit_of_work(real.sessions) as session:
        await payments.open_plan(
            session,
            order_id=new_id(),
            member_id=member_id,
            currency="CNY",
            payable_minor=2_000,
            requests=[POINTS_TENDER],
            expires_at=clock.now() + timedelta(minutes=15),
            terms=TERMS,
        )
        second = await start_and_wait(
            real.sessions, outcome(real.open(member_id, 2_000, POINTS_TENDER))
        )
    assert await second == "ok"
    async with unit_of_work(real.sessions) as session:
        left = await session.scalars(
            text("SELECT remaining FROM points_lots WHERE member_id = :id ORDER BY expires_at"),
            {"id": member_id},
        )
        assert list(left) == [0, 2_000]
    await settled(real)


async def test_one_gift_card_in_orders_of_two_members(real: Counter) -> None:
    """Named by its code, so that it belongs to nobody."""
    async with unit_of_work(real.sessions) as session:
        members = [(await make_member(session, id=new_id())).id for _ in range(2)]
        card = await make_gift_card(session, 5_000)
    request = TenderRequest(kind=TenderKind.GIFT_CARD, code=card.code)
    seen = await at_once(*(real.open(each, 5_000, request) for each in members))
    assert seen in ({"ok": 1, "insufficient-funds": 1}, {"ok": 1, "tender-mismatch": 1})
    await settled(real)


async def test_m28_one_notice_many_times_in_parallel(real: Counter) -> None:
    purse = await fill_purse(real)
    plan = await real.start(await real.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY))
    paid = real.pay(plan)
    outcomes = Tally(await asyncio.gather(*(real.notify(paid) for _ in range(10))))
    assert outcomes == {"paid": 1, "duplicate": 9}
    assert real.orders.count("paid", plan.order_id) == 1
    await settled(real)


@pytest.mark.parametrize("round_", range(4))
async def test_m15_notice_against_close(real: Counter, round_: int) -> None:
    purse = await fill_purse(real)
    plan = await real.start(await real.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY))
    paid = real.pay(plan)

    async def close() -> None:
        await real.begin_close(plan)
        await real.finish_close(plan)

    await at_once(real.notify(paid), close(), real.notify(paid), real.janitor())
    after = await real.read(plan)
    assert after.state is PlanState.PAID
    assert real.orders.told == [("paid", plan.order_id)]
    async with unit_of_work(real.sessions) as session:
        assert await system_balances(session, plan.order_id) == {
            "clearing": 6_000,
            "prepaid": 10_000,
        }
    await settled(real)


async def test_m15_late_money_against_close(real: Counter) -> None:
    """The gateway said it was closed and takes the money all the same."""
    purse = await fill_purse(real)
    plan = await real.start(await real.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY))
    await real.begin_close(plan)
    await real.finish_close(plan)
    paid = real.pay(plan)
    await at_once(*(real.notify(paid) for _ in range(4)), real.janitor(), real.push())
    for _ in range(2):
        await real.push()
    assert (await real.read(plan)).state is PlanState.CLOSED
    assert real.gateway.net_taken_minor == 0
    assert len(real.gateway.refunds) == 1
    await settled(real)


async def test_m14_two_gateways_paid_at_once(real: Counter) -> None:
    purse = await fill_purse(real)
    plan = await real.start(await real.open(purse.member_id, 10_000, GATEWAY))
    second = await real.retry(plan, "wechat")
    first_paid, second_paid = real.pay(plan), real.pay(second)
    outcomes = Tally(
        await asyncio.gather(real.notify(first_paid), real.notify(second_paid, "wechat"))
    )
    assert outcomes == {"paid": 1, "second": 1}
    await real.push()
    assert real.gateway.net_taken_minor + real.second.net_taken_minor == 10_000
    assert real.orders.count("paid", plan.order_id) == 1
    await settled(real)


async def test_a_full_refund_is_decided_once(real: Counter) -> None:
    purse = await fill_purse(real)
    plan = await real.open(purse.member_id, 4_000, BALANCE_TENDER)
    seen = await at_once(*(real.refund_all(plan) for _ in range(5)))
    assert seen == {"ok": 1, "refund-exceeds": 4}
    async with unit_of_work(real.sessions) as session:
        assert (await funds(session, purse.member_id))["balance:available"] == 4_000
    await settled(real)


async def test_two_janitors_share_the_work(real: Counter) -> None:
    purse = await fill_purse(real)
    plans = [await real.start(await real.open(purse.member_id, 100, GATEWAY)) for _ in range(6)]
    for plan in plans:
        real.pay(plan)
    await asyncio.gather(*(real.janitor() for _ in range(3)))
    assert {(await real.read(plan)).state for plan in plans} == {PlanState.PAID}
    assert Tally(what for what, _ in real.orders.told) == {"paid": 6}
    await settled(real)


async def test_inv_22_many_orders_on_the_same_accounts_never_deadlock(real: Counter) -> None:
    """One member, two cards, points and balance, in every order; some close, some are refunded."""
    async with unit_of_work(real.sessions) as session:
        member_id = (await make_member(session, id=new_id())).id
        cards = [(await make_gift_card(session, 90_000, member_id=member_id)).id for _ in "ab"]
        for _ in range(3):
            await give_points(session, member_id, 2_000)
        await give_balance(session, member_id, 90_000)
        opening = await funds(session, member_id, *cards)
    means = [
        *(TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=i, max_minor=100) for i in cards),
        TenderRequest(kind=TenderKind.POINTS, max_points=100),
        TenderRequest(kind=TenderKind.BALANCE, max_minor=100),
        GATEWAY,
    ]

    async def live(turn: int) -> None:
        requests = means[turn % 4 :] + means[: turn % 4]
        plan = await real.start(await real.open(member_id, 500, *requests))
        if turn % 2:
            await real.notify(real.pay(plan))
            await real.refund_all(plan)
            return
        await real.begin_close(plan)
        await real.finish_close(plan)

    assert await at_once(*(live(turn) for turn in range(24))) == {"ok": 24}
    for _ in range(3):
        await real.push()
    async with unit_of_work(real.sessions) as session:
        assert await funds(session, member_id, *cards) == opening
    assert real.gateway.net_taken_minor == 0
    await settled(real)
