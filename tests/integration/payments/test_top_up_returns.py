"""Top-ups that go back: by two people above a limit, and when a bank takes the money."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.actor import SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import DisputeState, PlanState, RefundState, ReviewKind, TopUpState
from app.core.ids import new_id
from app.core.settings import PaymentSettings
from app.services import ledger, orders, payments
from app.services.ledger import Account
from tests.factories.members import bearer, make_member
from tests.factories.payments import BALANCE_TENDER, TERMS, Counter, give_balance, staff
from tests.factories.staff import bearer as staff_bearer
from tests.factories.staff import make_staff
from tests.fakes.transactions import watched
from tests.integration.payments.test_api import ADMIN, FINANCE, ME
from tests.integration.payments.test_races import at_once
from tests.integration.payments.test_top_ups import begin, made, own, sound, state, wallet
from tests.integration.payments.test_withdrawals import approve as approve_withdrawal
from tests.integration.payments.test_withdrawals import ask, pay

__all__ = ["wallet"]

LIMIT = PaymentSettings().refund_alone_minor or 0
ASKER, OTHER = staff(), staff()
LIMITED = replace(TERMS, refund_alone_minor=9_999)


async def paid_in(counter, member_id, package_id=None, **amount):
    top_up_id, plan = await begin(counter, member_id, package_id, **amount)
    await counter.notify(counter.pay(plan))
    return top_up_id, await counter.read(plan)


async def refund(counter, top_up_id, actor=ASKER, terms=LIMITED):
    async with unit_of_work(counter.sessions) as session:
        return await payments.top_ups.refund_top_up(
            session, top_up_id, reason="Asked", actor=actor, terms=terms
        )


async def approve(counter, view, actor=OTHER):
    async with unit_of_work(counter.sessions) as session:
        return await orders.approve_refund(session, view.id, version=view.version, actor=actor)


async def disputed(counter, plan, amount_minor, reference="C-1"):
    command = payments.disputes.OpenDispute(
        plan_id=plan.id, reference=reference, amount_minor=amount_minor, reason="stolen card"
    )
    async with unit_of_work(counter.sessions) as session:
        row = await payments.disputes.open_dispute(
            session, command, actor=ASKER, owner=orders.PLAN_OWNER
        )
    return UUID(str(row["id"]))


async def lost(counter, dispute_id, outcome=DisputeState.LOST):
    async with unit_of_work(counter.sessions) as session:
        return await orders.close_dispute(session, dispute_id, outcome, version=1, actor=OTHER)


async def debt(counter, member_id):
    account = Account(AccountKind.BALANCE_DEBT, member_id)
    async with unit_of_work(counter.sessions) as session:
        return (await ledger.balances(session, [account]))[account]


async def owed_reviews(counter, plan):
    wanted = payments.reviews.ReviewFilter(order_id=plan.order_id, kind=ReviewKind.BALANCE_OWED)
    async with unit_of_work(counter.sessions) as session:
        return await payments.reviews.list_reviews(session, wanted, after=None, limit=9)


async def test_a42_above_the_limit_a_second_person_lets_it_go(wallet):
    counter, member_id, package_id = wallet
    top_up_id, _ = await paid_in(counter, member_id, package_id)
    waiting = await refund(counter, top_up_id)
    assert (waiting.state, waiting.amount_minor) == (RefundState.WAITING, 10_000)
    assert (await refund(counter, top_up_id)).id == waiting.id
    assert (await own(counter, member_id), await state(counter, top_up_id)) == (12_000, "paid")
    await sound(counter)
    with pytest.raises(SecondPersonNeeded):
        await approve(counter, waiting, ASKER)
    gone = await approve(counter, waiting)
    assert (gone.state, gone.settled_by) == (RefundState.PENDING, OTHER.principal)
    assert (await own(counter, member_id), await state(counter, top_up_id)) == (0, "refunded")
    await counter.push()
    assert counter.gateway.net_taken_minor == 0
    await sound(counter)


async def test_up_to_the_limit_one_person_is_enough(wallet):
    counter, member_id, _ = wallet
    top_up_id, _ = await paid_in(counter, member_id, amount_minor=9_999)
    assert (await refund(counter, top_up_id)).state is RefundState.PENDING
    assert await own(counter, member_id) == 0


async def test_what_is_spent_while_it_waits_is_not_given_back(wallet):
    """Approving looks again; once rejected it may be asked for anew, under another number."""
    counter, member_id, package_id = wallet
    top_up_id, _ = await paid_in(counter, member_id, package_id)
    waiting = await refund(counter, top_up_id)
    order = await counter.open(member_id, 1, BALANCE_TENDER)
    with pytest.raises(payments.TopUpSpent):
        await approve(counter, waiting)
    assert await state(counter, top_up_id) == TopUpState.PAID
    rejected = await counter.reject(waiting, OTHER)
    assert rejected.state is RefundState.REJECTED
    with pytest.raises(payments.TopUpSpent):
        await refund(counter, top_up_id)
    await counter.refund_all(order)
    anew = await refund(counter, top_up_id)
    assert anew.number != waiting.number
    await approve(counter, anew)
    assert await own(counter, member_id) == 0
    await sound(counter)


async def test_a_lost_dispute_takes_the_balance_and_its_bonus(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await paid_in(counter, member_id, package_id)
    waiting = await refund(counter, top_up_id)
    case = await disputed(counter, plan, 10_000)
    with pytest.raises(payments.DisputeOpen):
        await refund(counter, top_up_id, terms=TERMS)
    async with unit_of_work(counter.sessions) as session:
        given_up = await payments.read_refund(session, waiting.id)
    assert given_up.state is RefundState.CANCELLED
    closed = await lost(counter, case)
    assert closed["refund_id"] is not None
    assert (await own(counter, member_id), await debt(counter, member_id)) == (0, 0)
    assert await state(counter, top_up_id) == TopUpState.REFUNDED
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    assert await owed_reviews(counter, plan) == []
    await sound(counter)


async def test_a_dispute_that_is_won_changes_nothing(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await paid_in(counter, member_id, package_id)
    await lost(counter, await disputed(counter, plan, 10_000), DisputeState.WON)
    assert (await own(counter, member_id), await state(counter, top_up_id)) == (12_000, "paid")
    await refund(counter, top_up_id, terms=TERMS)
    await sound(counter)


async def test_parts_take_their_part_of_the_bonus(wallet):
    """33.33 of 100.00 take 6.66 of the 20.00 on top; the rest takes what is left of both."""
    counter, member_id, package_id = wallet
    top_up_id, plan = await paid_in(counter, member_id, package_id)
    await lost(counter, await disputed(counter, plan, 3_333))
    assert await own(counter, member_id) == 12_000 - 3_333 - 666
    assert await state(counter, top_up_id) == TopUpState.PAID
    await sound(counter)
    rest = await refund(counter, top_up_id, terms=TERMS)
    assert (rest.amount_minor, await own(counter, member_id)) == (6_667, 0)
    assert (await refund(counter, top_up_id)).id == rest.id
    await sound(counter)


async def test_what_was_spent_is_owed_and_the_next_top_up_pays_it(wallet):
    """Of 120.00 there are 30.00: the bonus's 20.00 and 10.00 of the payment; 90.00 are owed."""
    counter, member_id, package_id = wallet
    _, plan = await paid_in(counter, member_id, package_id)
    await counter.open(member_id, 9_000, BALANCE_TENDER)
    await lost(counter, await disputed(counter, plan, 10_000))
    assert (await own(counter, member_id), await debt(counter, member_id)) == (0, 9_000)
    (review,) = await owed_reviews(counter, plan)
    assert (review.amount_minor, review.is_settled) == (9_000, True)
    await sound(counter)
    await paid_in(counter, member_id, amount_minor=4_000)
    assert (await own(counter, member_id), await debt(counter, member_id)) == (0, 5_000)
    await paid_in(counter, member_id, amount_minor=6_000)
    assert (await own(counter, member_id), await debt(counter, member_id)) == (1_000, 0)
    await sound(counter)


async def test_what_a_member_owes_is_not_paid_out(wallet):
    counter, member_id, _ = wallet
    _, plan = await paid_in(counter, member_id, amount_minor=5_000)
    await counter.open(member_id, 5_000, BALANCE_TENDER)
    await lost(counter, await disputed(counter, plan, 5_000))
    async with unit_of_work(counter.sessions) as session:
        await give_balance(session, member_id, 7_000)
        told = await payments.read_withdrawable(session, member_id, "CNY")
        assert (told.owed_minor, told.withdrawable_minor) == (5_000, 2_000)
        ask = payments.withdrawals.AskWithdrawal(
            currency="CNY", amount_minor=2_001, payee="Lin", account="6222"
        )
        with pytest.raises(payments.NotWithdrawable):
            await payments.withdrawals.ask_withdrawal(session, member_id, ask)


async def test_what_was_asked_for_before_a_bank_took_it_back_is_not_paid_out(wallet):
    counter, member_id, _ = wallet
    _, plan = await paid_in(counter, member_id, amount_minor=5_000)
    row = await ask(counter, member_id, 5_000)
    await lost(counter, await disputed(counter, plan, 5_000))
    with pytest.raises(payments.NotWithdrawable) as refused:
        await approve_withdrawal(counter, row, ASKER)
    assert refused.value.context["withdrawable_minor"] == 0
    async with unit_of_work(counter.sessions) as session:
        await give_balance(session, member_id, 4_999)
    with pytest.raises(payments.NotWithdrawable) as refused:
        await approve_withdrawal(counter, row, ASKER)
    assert refused.value.context["withdrawable_minor"] == 4_999
    async with unit_of_work(counter.sessions) as session:
        await give_balance(session, member_id, 1)
    assert (await approve_withdrawal(counter, row, ASKER)).state == "approved"
    await sound(counter)


async def test_who_pays_is_told_of_what_a_bank_took_back(wallet):
    counter, member_id, _ = wallet
    _, plan = await paid_in(counter, member_id, amount_minor=5_000)
    row = await approve_withdrawal(counter, await ask(counter, member_id, 2_000), ASKER)
    await lost(counter, await disputed(counter, plan, 3_001))
    assert (await own(counter, member_id), await debt(counter, member_id)) == (0, 1)
    async with unit_of_work(counter.sessions) as session:
        with pytest.raises(payments.NotWithdrawable) as refused:
            await payments.withdrawals.reveal_account(session, row.id, actor=OTHER)
    assert refused.value.context["withdrawable_minor"] == 1_999
    assert (await pay(counter, row, OTHER)).state == "paid"  # the bank had sent it
    await sound(counter)


async def test_a_debt_is_paid_once_by_top_ups_that_arrive_together(real):
    counter, member_id, _ = await made(real)
    _, plan = await paid_in(counter, member_id, amount_minor=5_000)
    await counter.open(member_id, 5_000, BALANCE_TENDER)
    await lost(counter, await disputed(counter, plan, 5_000))
    begun = [await begin(counter, member_id, amount_minor=4_000) for _ in range(4)]
    notices = [counter.pay(plan) for _, plan in begun]
    await at_once(*(counter.notify(each) for each in notices))
    assert (await own(counter, member_id), await debt(counter, member_id)) == (11_000, 0)
    await sound(counter)


async def test_a_lost_dispute_against_spending(real):
    for _ in range(4):
        counter, member_id, package_id = await made(real)
        _, plan = await paid_in(counter, member_id, package_id)
        case = await disputed(counter, plan, 10_000, reference=new_id().hex)
        seen = await at_once(
            lost(counter, case),
            *(counter.open(member_id, 4_000, BALANCE_TENDER) for _ in range(3)),
        )
        assert seen["ok"] >= 1
        left, owed = await own(counter, member_id), await debt(counter, member_id)
        assert 0 in {left, owed}
        await sound(counter)


async def test_over_http_any_payment_is_disputed(client, session):
    member = await make_member(session)
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    counter.orders = payments.OwnerByPlan(counter.orders, orders.charges.CHARGES)
    top_up_id, plan = await begin(counter, member.id, amount_minor=LIMIT + 1)
    await counter.notify(counter.pay(plan))
    clerk, manager = [
        await staff_bearer(session, await make_staff(session, scopes=FINANCE)) for _ in range(2)
    ]
    url = f"{ADMIN}/top-ups/{top_up_id}/refund"
    waiting = await client.post(url, json={"reason": "asked"}, headers=clerk)
    assert (waiting.status_code, waiting.json()["state"]) == (200, "waiting")
    one = f"{ADMIN}/refunds/{waiting.json()['id']}/approve"
    tag = {"If-Match": waiting.headers["etag"]}
    alone = await client.post(one, headers=clerk | tag)
    assert (alone.status_code, alone.json()["type"]) == (403, "/problems/second-person-needed")
    case = {"reference": "C-7", "amount_minor": 1_000, "reason": "stolen"}
    key = {"Idempotency-Key": "case-7"}
    dispute = f"{ADMIN}/payments/{plan.id}/disputes"
    opened = await client.post(dispute, json=case, headers=clerk | key)
    assert (opened.status_code, opened.json()["order_id"]) == (201, str(top_up_id))
    again = await client.post(dispute, json=case, headers=clerk | {"Idempotency-Key": "case-8"})
    assert again.json()["type"] == "/problems/already-exists"
    missing = await client.post(
        f"{ADMIN}/payments/{new_id()}/disputes", json=case, headers=clerk | {"Idempotency-Key": "x"}
    )
    assert missing.status_code == 404
    closed = await client.post(
        f"{ADMIN}/disputes/{opened.json()['id']}/close",
        json={"outcome": "lost"},
        headers=manager | {"If-Match": '"1"'},
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "lost")
    told = await client.get(f"{ME}/balance/withdrawable", headers=await bearer(session, member))
    assert (told.json()["own_minor"], told.json()["owed_minor"]) == (LIMIT - 999, 0)
    by_hand = await client.post(
        f"{ADMIN}/payments/{plan.id}/collections",
        json={"amount_minor": 1, "reference": "R"},
        headers=manager | {"Idempotency-Key": "hand"},
    )
    assert by_hand.json()["type"] == "/problems/not-paid-by-hand"


async def test_a_matter_of_a_top_up_is_seen_to(client, session):
    """Money of another amount, for a top-up: people ask about it as about an order's."""
    member = await make_member(session)
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    counter.orders = payments.OwnerByPlan(counter.orders, orders.charges.CHARGES)
    _, plan = await begin(counter, member.id, amount_minor=700)
    await counter.notify(counter.pay(plan, amount_minor=1))
    clerk = await staff_bearer(session, await make_staff(session, scopes=FINANCE))
    listed = await client.get(
        f"{ADMIN}/payment-reviews", params={"order_id": str(plan.order_id)}, headers=clerk
    )
    (review,) = listed.json()["items"]
    await counter.push()
    closed = await client.post(
        f"{ADMIN}/payment-reviews/{review['id']}/close",
        json={"reason": "sent back"},
        headers=clerk | {"If-Match": '"1"'},
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    seen = await session.scalar(text("SELECT count(*) FROM payment_reviews WHERE state = 'open'"))
    assert seen == 0
