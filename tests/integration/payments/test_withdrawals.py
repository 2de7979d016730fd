"""Balance that goes to a bank, and balance that is frozen."""

from dataclasses import replace

import pytest

from app.core.actor import Actor, SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.payments import TenderKind, WithdrawalState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.services import payments
from app.services.payments import AdjustBalance, Adjustment, TenderRequest
from app.services.payments.wallets import locked_split
from app.services.payments.withdrawals import AskWithdrawal
from tests.factories.members import bearer, make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import BALANCE_TENDER, TERMS, funds, give_balance, staff
from tests.factories.staff import bearer as staff_bearer
from tests.factories.staff import make_staff
from tests.integration.payments.conftest import fill_purse
from tests.integration.payments.test_api import ADMIN, FINANCE, ME, once
from tests.integration.payments.test_races import at_once, settled
from tests.waiting import start_and_wait

ACCOUNT = "6222 0000 0000 1234"


def asking(amount_minor: int) -> AskWithdrawal:
    return AskWithdrawal(currency="CNY", amount_minor=amount_minor, payee="林晓", account=ACCOUNT)


async def ask(counter, member_id, amount_minor):
    async with unit_of_work(counter.sessions) as session:
        return await payments.withdrawals.ask_withdrawal(
            session, member_id, asking(amount_minor), terms=TERMS
        )


async def approve(counter, row, actor: Actor):
    async with unit_of_work(counter.sessions) as session:
        return await payments.withdrawals.approve_withdrawal(
            session, row.id, version=row.version, actor=actor
        )


async def pay(counter, row, actor: Actor, terms=TERMS):
    async with unit_of_work(counter.sessions) as session:
        return await payments.withdrawals.pay_withdrawal(
            session, row.id, version=row.version, reference="T1", actor=actor, terms=terms
        )


async def own(counter, member_id):
    async with unit_of_work(counter.sessions) as session:
        found = await funds(session, member_id)
    return found.get("balance:available", 0), found.get("balance:held", 0)


async def test_a_withdrawal_over_http(client, session):
    row = await make_member(session)
    shopper = await bearer(session, row)
    first, second = [
        await staff_bearer(session, await make_staff(session, scopes=FINANCE)) for _ in range(2)
    ]
    await give_balance(session, row.id, 10_000)
    body = {"amount_minor": 4_000, "payee": "林晓", "account": ACCOUNT}
    answer = await client.post(f"{ME}/withdrawals", json=body, headers=shopper | once())
    assert answer.status_code == 201, answer.text
    assert answer.json()["account_tail"] == "1234"
    assert "account" not in answer.json()
    left = await client.get(f"{ME}/balance/withdrawable", headers=shopper)
    assert left.json() == {
        "currency": "CNY",
        "own_minor": 6_000,
        "given_minor": 0,
        "owed_minor": 0,
        "withdrawable_minor": 6_000,
        "is_frozen": False,
    }
    too_much = await client.post(
        f"{ME}/withdrawals", json=body | {"amount_minor": 6_001}, headers=shopper | once()
    )
    assert too_much.json()["type"] == "/problems/not-withdrawable"
    assert too_much.json()["withdrawable_minor"] == 6_000
    url = f"{ADMIN}/withdrawals/{answer.json()['id']}"
    (listed,) = (await client.get(f"{ADMIN}/withdrawals?state=requested", headers=first)).json()[
        "items"
    ]
    assert listed["id"] == answer.json()["id"]
    shown = await client.get(url, headers=first)
    stale = await client.post(f"{url}/approve", headers=first | {"If-Match": '"9"'})
    assert stale.status_code == 412
    early = await client.post(
        f"{url}/pay", json={"reference": "T1"}, headers=first | {"If-Match": shown.headers["etag"]}
    )
    assert early.json()["type"] == "/problems/illegal-withdrawal-transition"
    approved = await client.post(
        f"{url}/approve", headers=first | {"If-Match": shown.headers["etag"]}
    )
    tag = {"If-Match": approved.headers["etag"]}
    alone = await client.post(f"{url}/pay", json={"reference": "T1"}, headers=first | tag)
    assert (alone.status_code, alone.json()["type"]) == (403, "/problems/second-person-needed")
    late = await client.post(f"{ME}/withdrawals/{answer.json()['id']}/cancel", headers=shopper)
    assert late.json()["type"] == "/problems/illegal-withdrawal-transition"
    account = await client.post(f"{url}/account", headers=second)
    assert account.json() == {"payee": "林晓", "account": ACCOUNT.replace(" ", "")}
    paid = await client.post(f"{url}/pay", json={"reference": "T1"}, headers=second | tag)
    assert (paid.json()["state"], paid.json()["reference"]) == ("paid", "T1")
    (mine,) = (await client.get(f"{ME}/withdrawals", headers=shopper)).json()["items"]
    assert mine["state"] == "paid"
    await check_always(session)


async def test_given_money_is_not_paid_out(counter):
    purse = await fill_purse(counter)
    gift = AdjustBalance(
        member_id=purse.member_id,
        currency="CNY",
        amount_minor=500,
        kind=Adjustment.GOODWILL,
        reason="Late",
    )
    async with unit_of_work(counter.sessions) as session:
        await payments.adjust_balance(session, gift, actor=staff())
    with pytest.raises(payments.NotWithdrawable) as refused:
        await ask(counter, purse.member_id, 4_001)
    assert refused.value.context["withdrawable_minor"] == 4_000
    plan = await counter.open(purse.member_id, 1_000, BALANCE_TENDER)
    assert plan.state == "paid"
    with pytest.raises(payments.NotWithdrawable):
        await ask(counter, purse.member_id, 3_001)
    await ask(counter, purse.member_id, 3_000)
    assert await own(counter, purse.member_id) == (500, 3_000)


@pytest.mark.parametrize("by", ["member", "staff"])
async def test_what_is_given_up_can_be_spent_again(counter, by):
    purse = await fill_purse(counter)
    row = await ask(counter, purse.member_id, 3_000)
    async with unit_of_work(counter.sessions) as session:
        if by == "member":
            stranger = (await make_member(session)).id
            with pytest.raises(NotFound):
                await payments.withdrawals.cancel_withdrawal(session, row.id, stranger)
            for _ in range(2):
                row = await payments.withdrawals.cancel_withdrawal(session, row.id, purse.member_id)
        else:
            row = await payments.withdrawals.reject_withdrawal(
                session, row.id, version=row.version, reason="No", actor=staff()
            )
    assert row.state in {WithdrawalState.CANCELLED, WithdrawalState.REJECTED}
    assert await own(counter, purse.member_id) == (4_000, 0)
    with pytest.raises(payments.IllegalWithdrawalTransition):
        await approve(counter, row, staff())


async def test_up_to_the_limit_one_person_is_enough(counter):
    purse, one = await fill_purse(counter), staff()
    terms = replace(TERMS, withdrawal_alone_minor=1_000)
    small = await approve(counter, await ask(counter, purse.member_id, 1_000), one)
    assert (await pay(counter, small, one, terms)).state == WithdrawalState.PAID
    large = await approve(counter, await ask(counter, purse.member_id, 1_001), one)
    with pytest.raises(SecondPersonNeeded):
        await pay(counter, large, one, terms)
    assert (await pay(counter, large, staff(), terms)).state == WithdrawalState.PAID
    assert await own(counter, purse.member_id) == (1_999, 0)


async def test_a_frozen_balance_pays_nothing_and_still_takes_refunds(counter):
    purse = await fill_purse(counter)
    row = await ask(counter, purse.member_id, 500)
    paid = await counter.open(purse.member_id, 1_000, BALANCE_TENDER)
    async with unit_of_work(counter.sessions) as session:
        for _ in range(2):
            await payments.freeze_balance(
                session, purse.member_id, reason="Stolen telephone", actor=staff()
            )
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    with pytest.raises(payments.BalanceFrozen):
        await counter.open(purse.member_id, 1_000, BALANCE_TENDER)
    await counter.open(purse.member_id, 1_000, card)
    for refused in (ask(counter, purse.member_id, 1), approve(counter, row, staff())):
        with pytest.raises(payments.BalanceFrozen):
            await refused
    await counter.refund_all(paid)
    assert await own(counter, purse.member_id) == (3_500, 500)
    async with unit_of_work(counter.sessions) as session:
        await payments.unfreeze_balance(session, purse.member_id, actor=staff())
    approved = await approve(counter, row, staff())
    async with unit_of_work(counter.sessions) as session:
        await payments.freeze_balance(session, purse.member_id, reason="Again", actor=staff())
    with pytest.raises(payments.BalanceFrozen):
        await pay(counter, approved, staff())


async def test_freezing_over_http(client, session):
    member = await make_member(session)
    finance = await staff_bearer(session, await make_staff(session, scopes=FINANCE))
    reader = await staff_bearer(session, await make_staff(session, scopes=(Scope.PAYMENTS_READ,)))
    url = f"{ADMIN}/members/{member.id}/balance-freeze"
    assert (await client.put(url, json={"reason": "Why"}, headers=reader)).status_code == 403
    answer = await client.put(url, json={"reason": "Why"}, headers=finance)
    assert (answer.status_code, answer.json()["reason"]) == (200, "Why")
    body = {"amount_minor": 1, "payee": "L", "account": ACCOUNT}
    shopper = await bearer(session, member)
    refused = await client.post(f"{ME}/withdrawals", json=body, headers=shopper | once())
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/balance-frozen")
    assert (await client.delete(url, headers=finance)).status_code == 204
    assert (await client.delete(url, headers=finance)).status_code == 404


async def test_withdrawals_against_spending(real):
    """20.00 of 40.00 each: whoever comes first has it, and nothing is had twice."""
    purse = await fill_purse(real)
    seen = await at_once(
        *(ask(real, purse.member_id, 2_000) for _ in range(5)),
        *(real.open(purse.member_id, 2_000, BALANCE_TENDER) for _ in range(5)),
    )
    assert seen["ok"] == 2
    assert seen.keys() <= {"ok", "not-withdrawable", "insufficient-funds", "tender-mismatch"}
    await settled(real)


async def test_who_waits_for_a_withdrawal_sees_it(real):
    """Own money is read under the lock: what was asked for a moment ago is not asked for again."""
    purse = await fill_purse(real)
    async with unit_of_work(real.sessions) as session:
        gift = AdjustBalance(
            member_id=purse.member_id,
            currency="CNY",
            amount_minor=4_000,
            kind=Adjustment.GOODWILL,
            reason="Late",
        )
        await payments.adjust_balance(session, gift, actor=staff())
    async with unit_of_work(real.sessions) as session:
        await payments.withdrawals.ask_withdrawal(
            session, purse.member_id, asking(3_000), terms=TERMS
        )
        second = await start_and_wait(real.sessions, at_once(ask(real, purse.member_id, 3_000)))
    assert await second == {"not-withdrawable": 1}
    await settled(real)


async def test_inv_22_a_withdrawal_and_the_first_order_do_not_wait_for_each_other(real):
    """What a member's first order opens, a withdrawal of the same moment opens too."""
    purse = await fill_purse(real)
    async with unit_of_work(real.sessions) as session:
        await locked_split(session, purse.member_id, "CNY")
        order = await start_and_wait(
            real.sessions, at_once(real.open(purse.member_id, 1_000, BALANCE_TENDER))
        )
        await payments.withdrawals.ask_withdrawal(
            session, purse.member_id, asking(1_000), terms=TERMS
        )
    assert await order == {"ok": 1}
    await settled(real)


async def test_who_waits_for_a_freeze_sees_it(real):
    purse = await fill_purse(real)
    async with unit_of_work(real.sessions) as session:
        await payments.freeze_balance(session, purse.member_id, reason="Now", actor=staff())
        second = await start_and_wait(real.sessions, at_once(ask(real, purse.member_id, 1_000)))
    assert await second == {"balance-frozen": 1}


async def test_a_withdrawal_is_paid_or_rejected(real):
    purse, second = await fill_purse(real), staff()
    row = await approve(real, await ask(real, purse.member_id, 2_000), staff())

    async def reject():
        async with unit_of_work(real.sessions) as session:
            await payments.withdrawals.reject_withdrawal(
                session, row.id, version=row.version, reason="No", actor=staff()
            )

    works = [pay(real, row, second) for _ in range(4)] + [reject() for _ in range(4)]
    assert await at_once(*works) == {"ok": 1, "stale-version": 7}
    available, held = await own(real, purse.member_id)
    assert (available, held) in {(2_000, 0), (4_000, 0)}
    await settled(real)
