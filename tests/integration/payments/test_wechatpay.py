"""The services over WeChat Pay's wire format, with a platform that misbehaves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, RefundState
from app.core.ids import new_id
from app.services import payments
from tests.factories.payments import system_balances
from tests.fakes.transactions import watched
from tests.integration.payments.wechatpay_counter import BY_WECHAT, WechatPayCounter
from tests.simulators.wechatpay import Trouble

PAYABLE = 6_000
STEPS = [
    *(["pay"] * 2),
    *(["notice"] * 4),
    "old notice",
    "lie",
    "janitor",
    "janitor",
    "retry",
    "close",
    "trouble",
]


@pytest.fixture
async def counter(fresh_engine: AsyncEngine) -> AsyncIterator[WechatPayCounter]:
    """Afterwards our clearing account says what the platform's books say."""
    counter = WechatPayCounter(watched(fresh_engine))
    yield counter
    counter.platform.troubles.clear()
    for number, refund in list(counter.platform.refunds.items()):
        if refund.status != "SUCCESS":
            counter.platform.settle(number, "SUCCESS")
    for _ in range(3):
        await wake(counter)
        await counter.janitor()
    async with unit_of_work(counter.sessions) as session:
        clearing = await session.scalar(
            text(
                "SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e "
                "JOIN ledger_accounts a ON a.id = e.account_id WHERE a.kind = 'gateway_clearing'"
            )
        )
    assert clearing == counter.net_taken_minor()
    assert not counter.inside, "INV-17"
    await counter.port.aclose()


async def wake(counter: WechatPayCounter) -> None:
    async with unit_of_work(counter.sessions) as session:
        for table in ("payment_attempts", "refund_tenders"):
            await session.execute(
                text(f"UPDATE {table} SET next_query_at = now() WHERE next_query_at IS NOT NULL")
            )


async def opened(counter: WechatPayCounter) -> payments.PlanView:
    return await counter.start(await counter.open(new_id(), PAYABLE, BY_WECHAT))


async def test_an_order_is_paid_in_the_mini_program_and_given_back(
    counter: WechatPayCounter,
) -> None:
    plan = await opened(counter)
    assert plan.attempt is not None
    assert plan.attempt.action is not None
    assert plan.attempt.action["kind"] == "jsapi"
    asked = counter.platform.payments[counter.number_of(plan)].asked
    assert asked["notify_url"] == "https://shop.test/api/v1/webhooks/wechat"
    paid = await counter.paid(plan)
    assert paid.state is PlanState.PAID
    refund = await counter.refund_all(paid, "R261126-ABCDEFGH")
    assert (await counter.push()).succeeded == 0, "accepted is not given back"
    assert refund.state is RefundState.PENDING
    (number,) = counter.platform.refunds
    assert counter.platform.refunds[number].asked["amount"]["total"] == PAYABLE
    counter.platform.settle(number, "SUCCESS")
    assert await counter.receive(counter.platform.refund_notice(number)) == "succeeded"
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    async with unit_of_work(counter.sessions) as session:
        assert await system_balances(session, plan.order_id, "wechat") == {}


async def test_m28_a_hundred_notices_two_at_a_time_pay_once(counter: WechatPayCounter) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    counter.platform.pay(number)
    said = [counter.platform.payment_notice(number) for _ in range(50)]
    outcomes = await asyncio.gather(*(counter.receive(each) for each in said))
    tomorrow = clock.now() + timedelta(days=1)
    with time_machine.travel(tomorrow, tick=True):
        outcomes.append(await counter.receive(counter.platform.payment_notice(number)))
    assert sorted(set(outcomes)) == ["duplicate", "paid"]
    assert outcomes.count("paid") == 1
    assert counter.orders.count("paid", plan.order_id) == 1


@pytest.mark.parametrize("is_first", [True, False])
async def test_m31_notice_return_page_and_janitor_at_once_make_one_transition(
    counter: WechatPayCounter, *, is_first: bool
) -> None:
    """The page the payer comes back to asks how it stands, which asks the platform."""
    counter.platform.troubles["create"] = [Trouble.LOST]
    plan = await opened(counter)
    number = counter.number_of(plan)
    counter.platform.pay(number)
    said = counter.platform.payment_notice(number)
    ways = [counter.receive(said), counter.retry(plan, "wechat"), counter.janitor()]
    await asyncio.gather(*(ways if is_first else reversed(ways)), return_exceptions=True)
    assert (await counter.read(plan)).state is PlanState.PAID
    assert counter.orders.count("paid", plan.order_id) == 1
    assert counter.orders.count("closed", plan.order_id) == 0
    async with unit_of_work(counter.sessions) as session:
        assert await session.scalar(text("SELECT count(*) FROM payment_receipts")) == 1


async def test_m27_another_amount_pays_nothing_and_is_shown_to_people(
    counter: WechatPayCounter,
) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    counter.platform.pay(number, amount_minor=PAYABLE - 1)
    assert await counter.receive(counter.platform.payment_notice(number)) == "amount_mismatch"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        ({"appid": "wx9999999999999999"}, "app_mismatch"),
        ({"mchid": "1900000110"}, "merchant_mismatch"),
    ],
)
async def test_m27_a_notice_of_another_app_or_merchant_pays_nothing(
    counter: WechatPayCounter, other: dict[str, str], outcome: str
) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    counter.platform.pay(number)
    assert await counter.receive(counter.platform.payment_notice(number, **other)) == outcome
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)


async def test_m37_a_success_the_books_do_not_know_pays_nothing(counter: WechatPayCounter) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    assert await counter.receive(counter.platform.claim(number)) == "contradicted"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    assert counter.orders.count("paid", plan.order_id) == 0


async def test_m26_a_notice_under_an_old_certificate_leaves_no_trace(
    counter: WechatPayCounter,
) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    counter.platform.pay(number)
    counter.platform.with_public_key = False
    old = counter.platform.payment_notice(number)
    counter.platform.keys.rotate()
    counter.platform.keys.retire_all_but_the_last()
    with pytest.raises(payments.SignatureInvalid):
        await counter.receive(old)
    async with unit_of_work(counter.sessions) as session:
        assert await session.scalar(text("SELECT count(*) FROM gateway_events")) == 0
    assert await counter.receive(counter.platform.payment_notice(number)) == "paid"


async def test_m32_a_notice_whose_confirmation_fails_is_taken_up_again(
    counter: WechatPayCounter,
) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    counter.platform.pay(number)
    counter.platform.troubles["query"] = [Trouble.FORGED]
    with pytest.raises(payments.GatewayUnreachable):
        await counter.receive(counter.platform.payment_notice(number))
    assert (await counter.read(plan)).state is PlanState.AWAITING
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE gateway_events SET created_at = now() - interval '1 minute'")
        )
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


async def test_m29_money_after_the_close_goes_back(counter: WechatPayCounter) -> None:
    plan = await opened(counter)
    number = counter.number_of(plan)
    await counter.begin_close(plan)
    closed = await counter.finish_close(plan)
    assert (closed.state, counter.platform.payments[number].state) == (PlanState.CLOSED, "CLOSED")
    counter.platform.pay(number)
    assert await counter.receive(counter.platform.payment_notice(number)) == "late"
    await counter.push()
    (returned,) = counter.platform.refunds.values()
    assert returned.asked["amount"] == {"refund": PAYABLE, "total": PAYABLE, "currency": "CNY"}


async def test_a_payment_that_was_quicker_than_the_close_wins(counter: WechatPayCounter) -> None:
    plan = await opened(counter)
    counter.platform.pay(counter.number_of(plan))
    await counter.begin_close(plan)
    assert (await counter.finish_close(plan)).state is PlanState.PAID


async def test_m36_a_lost_order_is_found_under_its_number(counter: WechatPayCounter) -> None:
    counter.platform.troubles["create"] = [Trouble.LOST, Trouble.LARGE]
    plan = await opened(counter)
    assert plan.attempt is not None
    assert plan.attempt.action is None
    number = counter.number_of(plan)
    again = await counter.retry(plan, "wechat")
    again = await counter.retry(plan, "wechat")
    assert again.attempt is not None
    assert (again.attempt.out_trade_no, again.attempt.action is None) == (number, False)
    assert len(counter.platform.payments) == 1


async def test_a_refund_that_turned_abnormal_waits_for_people_and_then_arrives(
    counter: WechatPayCounter,
) -> None:
    paid = await counter.paid(await opened(counter))
    await counter.refund_all(paid, "R261126-ABCDEFGH")
    await counter.push()
    (number,) = counter.platform.refunds
    counter.platform.settle(number, "ABNORMAL")
    assert await counter.receive(counter.platform.refund_notice(number)) == "abnormal"
    after = await counter.read(paid)
    assert (after.state, after.in_review) == (PlanState.PAID, True)
    counter.platform.settle(number, "SUCCESS")
    assert await counter.receive(counter.platform.refund_notice(number)) == "succeeded"
    assert (await counter.read(paid)).state is PlanState.REFUNDED


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.FORGED, Trouble.SYSTEM_ERROR])
async def test_a_refund_with_a_lost_answer_is_made_once(
    counter: WechatPayCounter, trouble: Trouble
) -> None:
    paid = await counter.paid(await opened(counter))
    await counter.refund_all(paid, "R261126-ABCDEFGH")
    counter.platform.troubles["refund"] = [trouble]
    for _ in range(3):
        await wake(counter)
        await counter.push()
    assert list(counter.platform.refunds) == ["R261126-ABCDEFGH-1"]


async def test_a_refund_notice_is_believed_only_as_far_as_the_books_go(
    counter: WechatPayCounter,
) -> None:
    paid = await counter.paid(await opened(counter))
    await counter.refund_all(paid, "R261126-ABCDEFGH")
    await counter.push()
    (number,) = counter.platform.refunds
    counter.platform.refunds[number].status = "SUCCESS"
    lie = counter.platform.refund_notice(number)
    counter.platform.refunds[number].status = "PROCESSING"
    assert await counter.receive(lie) == "pending"
    assert (await counter.read(paid)).state is PlanState.PAID


@pytest.mark.parametrize("seed", range(12))
async def test_any_mix_of_notices_troubles_and_questions_ends_with_equal_books(
    counter: WechatPayCounter, seed: int
) -> None:
    """The fixture compares the clearing account with the platform's books afterwards."""
    chance = Random(seed)  # noqa: S311 - a repeatable mix, not a secret
    plan = await opened(counter)
    number = counter.number_of(plan)
    early = counter.platform.claim(number)
    for step in chance.choices(STEPS, k=14):
        try:
            await _do(counter, plan, step, early, chance)
        except (
            payments.GatewayUnreachable,
            payments.NotAwaitingPayment,
            payments.AlreadyPaid,
        ):
            continue
    counter.platform.troubles.clear()
    for _ in range(2):
        await wake(counter)
        await counter.janitor()
    after = await counter.read(plan)
    is_paid = counter.platform.payments[number].is_paid
    if is_paid and not counter.platform.refunds:
        assert after.state is PlanState.PAID
    else:
        assert after.state in {PlanState.AWAITING, PlanState.CLOSED}


async def _do(
    counter: WechatPayCounter,
    plan: payments.PlanView,
    step: str,
    early: tuple[dict[str, str], bytes],
    chance: Random,
) -> None:
    number, platform = counter.number_of(plan), counter.platform
    payment = platform.payments[number]
    match step:
        case "pay" if payment.state == "NOTPAY" or (
            payment.state == "CLOSED" and chance.random() < 0.3
        ):
            platform.pay(number)
        case "notice" if payment.is_paid:
            await counter.receive(platform.payment_notice(number))
        case "old notice" | "lie":
            await counter.receive(early)
        case "janitor":
            await wake(counter)
            await counter.janitor()
        case "retry":
            await counter.retry(plan, "wechat")
        case "close" if chance.random() < 0.5:
            await counter.begin_close(plan)
            await counter.finish_close(plan)
        case "trouble":
            name = chance.choice(["query", "close", "create", "refund", "query_refund"])
            platform.troubles.setdefault(name, []).append(chance.choice(list(Trouble)[:5]))
