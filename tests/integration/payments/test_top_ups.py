"""Paying into a balance: packages, captures, what comes late, what goes back."""

import asyncio
from collections import Counter as Tally
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, TopUpState
from app.core.ids import new_id
from app.services import orders, payments
from app.services.payments.recharge_packages import PackageTerms
from app.services.payments.top_up_owner import TOP_UPS, locked_top_up
from app.services.payments.top_ups import BeginTopUp
from tests.factories.members import bearer, make_member
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    TERMS,
    funds,
    staff,
    system_balances,
)
from tests.factories.staff import bearer as staff_bearer
from tests.factories.staff import make_staff
from tests.integration.payments.test_api import ADMIN, FINANCE, ME
from tests.integration.payments.test_races import at_once, outcome
from tests.integration.payments.test_withdrawals import ask
from tests.waiting import start_and_wait

OFFER = PackageTerms(name="充100送20", currency="CNY", pay_minor=10_000, bonus_minor=2_000)


@pytest.fixture
async def wallet(counter):
    """A member, a package, and a counter whose plans belong to top-ups too."""
    return await made(counter)


async def made(counter, **terms):
    counter.orders = payments.OwnerByPlan(counter.orders, orders.charges.CHARGES)
    async with unit_of_work(counter.sessions) as session:
        member = await make_member(session, id=new_id())
        offer = PackageTerms(**{name: getattr(OFFER, name) for name in OFFER.__slots__} | terms)
        package = await payments.recharge_packages.create_package(session, offer, actor=staff())
        return counter, member.id, package.id


async def begin(counter, member_id, package_id=None, amount_minor=None):
    command = BeginTopUp(gateway=GATEWAY, package_id=package_id, amount_minor=amount_minor)
    async with unit_of_work(counter.sessions) as session:
        row, plan = await payments.top_ups.begin_top_up(session, member_id, command, terms=TERMS)
    return row.id, await counter.start(plan)


async def state(counter, top_up_id):
    async with unit_of_work(counter.sessions) as session:
        return (await payments.top_ups.get_top_up(session, top_up_id)).state


async def own(counter, member_id):
    async with unit_of_work(counter.sessions) as session:
        return (await funds(session, member_id)).get("balance:available", 0)


async def refund(counter, top_up_id):
    async with unit_of_work(counter.sessions) as session:
        return await payments.top_ups.refund_top_up(
            session, top_up_id, reason="Asked", actor=staff()
        )


async def cancel(counter, top_up_id, member_id=None):
    return await payments.top_ups.cancel_top_up(
        counter.sessions,
        counter.gateways,
        top_up_id,
        member_id=member_id,
        reason="No",
        terms=TERMS,
    )


async def sound(counter):
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)


async def test_a_package_is_credited_once_with_its_bonus(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await begin(counter, member_id, package_id)
    assert (plan.payable_minor, await own(counter, member_id)) == (10_000, 0)
    paid = counter.pay(plan)
    assert [await counter.notify(paid) for _ in range(2)] == ["paid", "duplicate"]
    assert await state(counter, top_up_id) == TopUpState.PAID
    assert await own(counter, member_id) == 12_000
    async with unit_of_work(counter.sessions) as session:
        assert await system_balances(session, top_up_id) == {"clearing": 10_000}
        told = await payments.read_withdrawable(session, member_id, "CNY")
    assert (told.own_minor, told.given_minor) == (10_000, 2_000)
    await sound(counter)


async def test_what_is_told_when_it_begins_is_kept(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await begin(counter, member_id, package_id)
    async with unit_of_work(counter.sessions) as session:
        less = PackageTerms(name="Less", currency="CNY", pay_minor=1, bonus_minor=0)
        row = await payments.recharge_packages.edit_package(
            session, package_id, less, version=1, actor=staff()
        )
        assert row.version == 2
    await counter.notify(counter.pay(plan))
    assert await own(counter, member_id) == 12_000
    assert await state(counter, top_up_id) == TopUpState.PAID


async def test_a_free_amount_has_bounds_and_no_bonus(wallet):
    counter, member_id, _ = wallet
    for amount in (TERMS.top_up_least_minor - 1, TERMS.top_up_most_minor + 1):
        with pytest.raises(payments.TopUpOutOfRange):
            await begin(counter, member_id, amount_minor=amount)
    _, plan = await begin(counter, member_id, amount_minor=700)
    await counter.notify(counter.pay(plan))
    assert await own(counter, member_id) == 700
    await sound(counter)


@pytest.mark.parametrize(
    "terms",
    [
        {"is_active": False},
        {"starts_at": clock.now() + timedelta(days=1)},
        {"ends_at": clock.now() - timedelta(days=1)},
    ],
)
async def test_packages_that_are_not_on_offer(counter, terms):
    counter, member_id, package_id = await made(counter, **terms)
    with pytest.raises(payments.PackageUnavailable):
        await begin(counter, member_id, package_id)
    with pytest.raises(payments.PackageUnavailable):
        await begin(counter, member_id, new_id())
    async with unit_of_work(counter.sessions) as session:
        assert await payments.recharge_packages.packages_on_offer(session) == []


async def test_one_for_each_member(counter):
    counter, member_id, package_id = await made(counter, per_member=1)
    top_up_id, _ = await begin(counter, member_id, package_id)
    with pytest.raises(payments.PackageLimitReached):
        await begin(counter, member_id, package_id)
    assert (await cancel(counter, top_up_id, member_id)).state == TopUpState.CLOSED
    again, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan))
    await refund(counter, again)
    with pytest.raises(payments.PackageLimitReached):
        await begin(counter, member_id, package_id)
    await sound(counter)


async def test_money_for_one_that_is_closed_is_kept_apart_and_goes_back(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await begin(counter, member_id, package_id)
    late = counter.pay(plan)
    async with unit_of_work(counter.sessions) as session:
        values = {"id": top_up_id}
        await session.execute(
            text("UPDATE payment_attempts SET state = 'closed' WHERE plan_id = :id"),
            {"id": plan.id},
        )
        await session.execute(
            text("UPDATE top_ups SET expires_at = now() - interval '1 hour' WHERE id = :id"),
            values,
        )
    assert await expire(counter) == 1
    assert await expire(counter) == 0
    assert await state(counter, top_up_id) == TopUpState.CLOSED
    assert await counter.notify(late) == "late"
    assert await own(counter, member_id) == 0
    async with unit_of_work(counter.sessions) as session:
        apart = {"clearing": 10_000, "suspense": 10_000}
        assert await system_balances(session, top_up_id) == apart
    await sound(counter)


async def expire(counter):
    return await payments.top_ups.expire_top_ups(
        counter.sessions, counter.gateways, limit=10, terms=TERMS
    )


async def test_a_wrong_amount_pays_nothing(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await begin(counter, member_id, package_id)
    outcome_ = await counter.notify(counter.pay(plan, amount_minor=9_999))
    assert outcome_ == "amount_mismatch"
    assert (await state(counter, top_up_id), await own(counter, member_id)) == ("awaiting", 0)
    await sound(counter)


async def test_a_refund_takes_the_bonus_back_and_gives_the_money_back(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await begin(counter, member_id, package_id)
    with pytest.raises(payments.IllegalTopUpTransition):
        await refund(counter, top_up_id)
    await counter.notify(counter.pay(plan))
    first, second = await refund(counter, top_up_id), await refund(counter, top_up_id)
    assert first.id == second.id
    assert first.amount_minor == 10_000
    assert await own(counter, member_id) == 0
    await sound(counter)
    await counter.push()
    await counter.push()
    assert (await counter.read(plan)).state is PlanState.REFUNDED
    async with unit_of_work(counter.sessions) as session:
        assert await system_balances(session, top_up_id) == {}
    await sound(counter)


async def test_what_is_spent_is_not_refunded(wallet):
    counter, member_id, package_id = wallet
    top_up_id, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan))
    order = await counter.open(member_id, 1, BALANCE_TENDER)
    with pytest.raises(payments.TopUpSpent):
        await refund(counter, top_up_id)
    await counter.refund_all(order)
    await refund(counter, top_up_id)
    await sound(counter)


async def test_own_money_that_left_is_not_refunded_from_gifts(counter):
    """Of 100.00 paid in 10.00 went out again; with 20.00 and 50.00 given there is enough of all."""
    counter, member_id, package_id = await made(counter)
    top_up_id, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan))
    sorry = payments.AdjustBalance(
        member_id=member_id,
        currency="CNY",
        amount_minor=5_000,
        kind=payments.Adjustment.GOODWILL,
        reason="Sorry",
    )
    async with unit_of_work(counter.sessions) as session:
        await payments.adjust_balance(session, sorry, actor=staff())
    await ask(counter, member_id, 1_000)
    assert await own(counter, member_id) == 16_000
    with pytest.raises(payments.TopUpSpent):
        await refund(counter, top_up_id)
    await sound(counter)


async def test_a_frozen_balance_is_not_paid_into_but_what_was_paid_arrives(wallet):
    counter, member_id, package_id = wallet
    _, plan = await begin(counter, member_id, package_id)
    async with unit_of_work(counter.sessions) as session:
        await payments.freeze_balance(session, member_id, reason="Why", actor=staff())
    with pytest.raises(payments.BalanceFrozen):
        await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan))
    assert await own(counter, member_id) == 12_000


async def test_one_notice_many_times_credits_once(real):
    counter, member_id, package_id = await made(real)
    _, plan = await begin(counter, member_id, package_id)
    paid = counter.pay(plan)
    outcomes = Tally(await asyncio.gather(*(counter.notify(paid) for _ in range(10))))
    assert outcomes == {"paid": 1, "duplicate": 9}
    assert await own(counter, member_id) == 12_000
    await sound(counter)


async def test_a_package_for_one_at_once(real):
    counter, member_id, package_id = await made(real, per_member=2)
    seen = await at_once(*(begin(counter, member_id, package_id) for _ in range(8)))
    assert seen == {"ok": 2, "package-limit-reached": 6}
    await sound(counter)


async def test_a_notice_against_giving_it_up(real):
    for _ in range(4):
        counter, member_id, package_id = await made(real)
        top_up_id, plan = await begin(counter, member_id, package_id)
        paid = counter.pay(plan)
        await at_once(counter.notify(paid), cancel(counter, top_up_id), counter.janitor())
        assert await state(counter, top_up_id) == TopUpState.PAID
        assert await own(counter, member_id) == 12_000
    await sound(counter)


async def test_a_refund_against_spending(real):
    counter, member_id, package_id = await made(real)
    top_up_id, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan))
    seen = await at_once(
        *(refund(counter, top_up_id) for _ in range(3)),
        counter.open(member_id, 500, BALANCE_TENDER),
    )
    is_back = await state(counter, top_up_id) == TopUpState.REFUNDED
    assert await own(counter, member_id) == (0 if is_back else 11_500)
    assert seen["ok"] == (3 if is_back else 1)
    await sound(counter)


async def test_who_waits_for_a_refund_is_told_of_it(real):
    counter, member_id, package_id = await made(real)
    top_up_id, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan))
    async with unit_of_work(counter.sessions) as session:
        await payments.top_ups.refund_top_up(session, top_up_id, reason="Asked", actor=staff())
        second = await start_and_wait(counter.sessions, at_once(refund(counter, top_up_id)))
    assert await second == {"ok": 1}
    await sound(counter)


async def test_inv_22_a_notice_waits_for_the_top_up_before_its_plan(real):
    """As whoever gives it up does: in another order the two would wait for each other."""
    counter, member_id, package_id = await made(real)
    top_up_id, plan = await begin(counter, member_id, package_id)
    paid = counter.pay(plan)
    async with unit_of_work(counter.sessions) as session:
        await locked_top_up(session, top_up_id)
        notice = await start_and_wait(counter.sessions, counter.notify(paid))
        await payments.begin_close(session, top_up_id, "No", owner=TOP_UPS)
    assert await notice == "paid"
    assert await own(counter, member_id) == 12_000
    await sound(counter)


async def test_somebody_elses_is_not_to_be_seen(wallet):
    counter, member_id, package_id = wallet
    top_up_id, _ = await begin(counter, member_id, package_id)
    assert await outcome(cancel(counter, top_up_id, new_id())) == "not-found"
    async with unit_of_work(counter.sessions) as session:
        found = payments.top_ups.get_top_up(session, top_up_id, member_id=new_id())
        assert await outcome(found) == "not-found"


async def test_owners_are_told_apart(wallet):
    """An order's plan still tells its order."""
    counter, member_id, _ = wallet
    plan = await counter.start(await counter.open(member_id, 500, GATEWAY))
    await counter.notify(counter.pay(plan))
    assert counter.orders._orders.told == [("paid", plan.order_id)]
    assert await outcome(cancel(counter, plan.order_id)) == "not-found"


async def test_orders_are_not_told_of_refunds_of_top_ups(wallet, session):
    heard = []

    async def listener(session, payload):
        heard.append(payload)

    payload = {"order_id": str(new_id())}
    await orders.of_orders(listener)(session, payload)
    assert heard == []


async def test_packages_over_http(client, session):
    member = await make_member(session)
    shopper = await bearer(session, member)
    finance = await staff_bearer(session, await make_staff(session, scopes=FINANCE))
    body = {"name": "100+20", "pay_minor": 10_000, "bonus_minor": 2_000, "per_member": 1}
    made_ = await client.post(f"{ADMIN}/recharge-packages", json=body, headers=finance)
    assert made_.status_code == 201, made_.text
    url = f"{ADMIN}/recharge-packages/{made_.json()['id']}"
    tag = {"If-Match": made_.headers["etag"]}
    edited = await client.put(url, json=body | {"name": "充100送20"}, headers=finance | tag)
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    stale = await client.put(url, json=body, headers=finance | tag)
    assert stale.status_code == 412
    backwards = body | {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}
    refused = await client.post(f"{ADMIN}/recharge-packages", json=backwards, headers=finance)
    assert refused.status_code == 422
    assert (await client.get(url, headers=finance)).headers["etag"] == '"2"'
    listed = await client.get(f"{ADMIN}/recharge-packages", headers=finance)
    assert len(listed.json()["items"]) == 1
    offered = await client.get(f"{ME}/recharge-packages", headers=shopper)
    assert [each["name"] for each in offered.json()["items"]] == ["充100送20"]
