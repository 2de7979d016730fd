"""Time-out against late payment, second payments and wrong amounts (specification 3.4)."""

from itertools import permutations

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import AttemptState, PlanState
from app.services import payments
from app.services.payments.ports import GatewayPayment, GatewayState
from tests.factories.payments import BALANCE_TENDER, GATEWAY, Counter, funds, system_balances
from tests.integration.payments.conftest import Purse


async def books(counter: Counter, plan: payments.PlanView) -> dict[str, int]:
    async with unit_of_work(counter.sessions) as session:
        return await system_balances(session, plan.order_id)


async def own(counter: Counter, purse: Purse) -> dict[str, int]:
    async with unit_of_work(counter.sessions) as session:
        return await funds(session, purse.member_id)


async def opened(counter: Counter, purse: Purse) -> payments.PlanView:
    plan = await counter.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY)
    return await counter.start(plan)


async def test_m15_a_payment_that_beats_the_close_is_taken(counter: Counter, purse: Purse) -> None:
    plan = await opened(counter, purse)
    await counter.begin_close(plan)
    paid = counter.pay(plan)
    after = await counter.finish_close(plan)
    assert after.state is PlanState.PAID
    assert await counter.notify(paid) == "duplicate"
    assert await books(counter, plan) == {"clearing": 6_000, "prepaid": 10_000}
    assert counter.orders.told == [("paid", plan.order_id)]


async def test_an_unknown_close_keeps_the_holds_until_there_is_an_answer(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    await counter.begin_close(plan)
    counter.gateway.broken = {"close"}
    assert (await counter.finish_close(plan)).state is PlanState.CLOSING
    assert (await own(counter, purse))["balance:held"] == 4_000
    counter.gateway.broken = set()
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.CLOSED
    assert (await own(counter, purse))["balance:available"] == 4_000


async def test_no_attempt_is_made_while_closing(counter: Counter, purse: Purse) -> None:
    plan = await opened(counter, purse)
    await counter.begin_close(plan)
    with pytest.raises(payments.NotAwaitingPayment):
        await counter.retry(plan, "wechat")


async def test_inv_11_money_for_a_closed_plan_is_kept_apart_and_returned(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    await counter.begin_close(plan)
    await counter.finish_close(plan)
    before = await own(counter, purse)
    assert await counter.notify(counter.pay(plan)) == "late"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.CLOSED, False)
    assert await books(counter, plan) == {"clearing": 6_000, "suspense": 6_000}
    assert (await counter.push()).succeeded == 1
    assert (await counter.push()).asked == 0
    assert await books(counter, plan) == {}
    assert await own(counter, purse) == before
    assert counter.gateway.net_taken_minor == 0
    assert counter.orders.count("paid", plan.order_id) == 0


async def test_inv_11_late_money_is_found_behind_a_notice_that_was_put_aside(
    counter: Counter, purse: Purse
) -> None:
    """Nobody asks about a closed attempt any more, so that its notice has to be heard."""
    plan = await opened(counter, purse)
    await counter.begin_close(plan)
    await counter.finish_close(plan)
    paid = counter.pay(plan)
    assert await counter.notify(paid, merchant_id="somebody-else") == "merchant_mismatch"
    assert await counter.notify(paid) == "late"
    assert await books(counter, plan) == {"clearing": 6_000, "suspense": 6_000}
    assert await counter.notify(paid) == "duplicate"


async def test_inv_11_late_money_is_found_behind_a_notice_that_was_given_up(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    await counter.begin_close(plan)
    await counter.finish_close(plan)
    paid = counter.pay(plan)
    counter.gateway.broken = {"query"}
    with pytest.raises(payments.GatewayUnreachable):
        await counter.notify(paid)
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE gateway_events SET created_at = created_at - interval '1 year'")
        )
    await counter.janitor()
    counter.gateway.broken = set()
    await counter.janitor()
    assert await books(counter, plan) == {}
    assert await counter.notify(paid) == "late"
    assert await books(counter, plan) == {"clearing": 6_000, "suspense": 6_000}


async def test_m14_a_second_payment_is_returned_and_the_first_stays(
    counter: Counter, purse: Purse
) -> None:
    """The old channel was closed there, and takes the money all the same."""
    plan = await opened(counter, purse)
    second = await counter.retry(plan, "wechat")
    assert second.attempt is not None
    assert second.attempt.channel == "wechat"
    assert await counter.notify(counter.pay(second), "wechat") == "paid"
    assert await counter.notify(counter.pay(plan)) == "second"
    await counter.push()
    assert await books(counter, plan) == {"prepaid": 10_000}
    assert (counter.gateway.net_taken_minor, counter.second.net_taken_minor) == (0, 6_000)
    with pytest.raises(payments.AlreadyPaid):
        await counter.retry(plan, "alipay")


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
async def test_what_paid_is_what_a_refund_names(
    counter: Counter, purse: Purse, channel: str
) -> None:
    """An earlier attempt took money too, at another gateway or the same: it has gone back."""
    plan = await opened(counter, purse)
    if channel == "alipay":
        counter.pay(plan, amount_minor=1)
        assert await counter.notify(counter.gateway.books[number(plan)]) == "amount_mismatch"
    second = await counter.retry(plan, channel)
    assert number(second) != number(plan)
    assert await counter.notify(counter.pay(second), channel) == "paid"
    if channel == "wechat":
        assert await counter.notify(counter.pay(plan)) == "second"
    await counter.push()
    await counter.refund_all(second)
    assert (await counter.push()).succeeded == 1
    (asked,) = await parts(counter, second)
    assert asked == (channel, number(second))
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert (counter.gateway.net_taken_minor, counter.second.net_taken_minor) == (0, 0)


def number(plan: payments.PlanView) -> str:
    assert plan.attempt is not None
    return plan.attempt.out_trade_no


async def parts(counter: Counter, plan: payments.PlanView) -> list[tuple[str, str]]:
    """Where parts of refunds through gateways were asked for, and of which payment."""
    async with unit_of_work(counter.sessions) as session:
        found = await session.execute(
            text(
                "SELECT p.channel, p.out_trade_no FROM refund_tenders p"
                " JOIN refunds r ON r.id = p.refund_id"
                " WHERE r.order_id = :id AND p.channel IS NOT NULL"
            ),
            {"id": plan.order_id},
        )
        return [tuple(row) for row in found]


async def test_changing_the_channel_closes_the_old_attempt_first(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    assert plan.attempt is not None
    counter.gateway.broken = {"close"}
    with pytest.raises(payments.GatewayUnreachable):
        await counter.retry(plan, "wechat")
    counter.gateway.broken = set()
    await counter.retry(plan, "wechat")
    assert counter.gateway.books[plan.attempt.out_trade_no].state is GatewayState.CLOSED
    assert len(counter.second.books) == 1


async def test_a_channel_change_finds_that_the_order_is_paid(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    counter.pay(plan)
    with pytest.raises(payments.AlreadyPaid):
        await counter.retry(plan, "wechat")
    assert (await counter.read(plan)).state is PlanState.PAID


@pytest.mark.parametrize("amount_minor", [1, 5_999, 6_001, 12_000])
async def test_inv_12_m27_a_wrong_amount_never_pays(
    counter: Counter, purse: Purse, amount_minor: int
) -> None:
    plan = await opened(counter, purse)
    paid = counter.pay(plan, amount_minor=amount_minor)
    assert await counter.notify(paid) == "amount_mismatch"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    assert await books(counter, plan) == {"clearing": amount_minor, "suspense": amount_minor}
    await counter.push()
    assert counter.gateway.net_taken_minor == 0


async def test_m12_a_wrong_currency_never_pays(counter: Counter, purse: Purse) -> None:
    plan = await opened(counter, purse)
    assert await counter.notify(counter.pay(plan, currency="USD")) == "currency_mismatch"
    assert (await counter.read(plan)).in_review
    async with unit_of_work(counter.sessions) as session:
        foreign = await system_balances(session, plan.order_id, currency="USD")
    assert foreign == {"clearing": 6_000, "suspense": 6_000}


async def test_m27_a_notice_for_another_merchant_pays_nothing(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    outcome = await counter.notify(counter.pay(plan), merchant_id="somebody-else")
    assert outcome == "merchant_mismatch"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    assert await books(counter, plan) == {}


async def test_m37_a_notice_the_gateway_does_not_confirm_pays_nothing(
    counter: Counter, purse: Purse
) -> None:
    plan = await opened(counter, purse)
    assert plan.attempt is not None
    pending = counter.gateway.books[plan.attempt.out_trade_no]
    said = GatewayPayment(
        out_trade_no=pending.out_trade_no,
        state=GatewayState.SUCCEEDED,
        transaction_id="t",
        amount_minor=6_000,
        currency="CNY",
    )
    assert await counter.notify(said) == "contradicted"
    after = await counter.read(plan)
    assert (after.state, after.in_review) == (PlanState.AWAITING, True)
    counter.pay(plan, transaction_id="t")
    await counter.janitor()
    assert (await counter.read(plan)).state is PlanState.PAID


@pytest.mark.parametrize("order", list(permutations("fsSc")))
async def test_inv_10_m29_any_order_of_notices_ends_the_same(
    counter: Counter, purse: Purse, order: tuple[str, ...]
) -> None:
    plan = await opened(counter, purse)
    assert plan.attempt is not None
    number = plan.attempt.out_trade_no
    paid = counter.pay(plan)
    news = {
        "f": GatewayPayment(out_trade_no=number, state=GatewayState.FAILED),
        "c": GatewayPayment(out_trade_no=number, state=GatewayState.CLOSED),
        "s": paid,
        "S": paid,
    }
    for each in order:
        await counter.notify(news[each])
    after = await counter.read(plan)
    assert after.state is PlanState.PAID
    assert after.attempt is not None
    assert after.attempt.state is AttemptState.SUCCEEDED
    assert await books(counter, plan) == {"clearing": 6_000, "prepaid": 10_000}
    assert counter.orders.told == [("paid", plan.order_id)]
