"""Prices of lines that staff change: lowered by refunds, raised by charges, and lowered again."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.actor import Actor, Audience
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import orders, payments
from tests.factories import staff as staff_factory
from tests.integration.orders.changing import AGREED, BY_SHOP, change, preview, propose
from tests.integration.orders.charging import charge_of, follow, holds, pay, require_sound
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused
from tests.integration.orders.sending import LIMITS


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)


async def test_a_price_is_lowered_by_a_refund_and_raised_by_a_charge(
    lin, clerk, bought, session, sessions
):
    line_id = next(iter((await lines_of(lin, bought)).values()))
    low = {"price": {"line_id": line_id, "unit_price_minor": 9_000}} | AGREED
    seen = await preview(clerk, bought, low, BY_SHOP)
    (told,) = seen["differences"]
    assert (told["before_minor"], told["after_minor"], told["quantity"]) == (20_000, 18_000, 2)
    made = await ok(await change(clerk, bought, low, BY_SHOP), 201)
    assert (made["refund_minor"], made["pieces"]) == (2_000, [])
    high = {"price": {"line_id": line_id, "unit_price_minor": 9_500}} | AGREED
    assert await refused(await change(clerk, bought, high, BY_SHOP)) == (409, "change-costs-more")
    asked = await ok(await propose(clerk, bought, high, BY_SHOP), 201)
    assert (asked["kind"], asked["amount_minor"]) == ("goods", 1_000)
    await ok(await pay(lin, asked))
    await follow(sessions)
    await require_sound(session)
    other = {"price": {"line_id": bought["id"], "unit_price_minor": 1}} | AGREED
    answer = await clerk.post(f"/admin/orders/{bought['id']}/changes/preview", other)
    assert await refused(answer) == (422, "invalid-reference")
    # One piece comes back: it cost 90.00 here, and what was charged besides is its own matter.
    back = {"cancel": [{"line_id": line_id, "quantity": 1}]} | AGREED
    made = await ok(await change(clerk, bought, back, BY_SHOP), 201)
    assert made["refund_minor"] == 9_000
    await require_sound(session)


async def test_a_price_that_is_raised_twice_is_asked_for_once(
    lin, clerk, bought, session, sessions
):
    line_id = next(iter((await lines_of(lin, bought)).values()))

    def at(minor):
        return {"price": {"line_id": line_id, "unit_price_minor": minor}} | AGREED

    paid = []
    for price, more in ((10_500, 1_000), (11_001, 1_002)):
        asked = await ok(await propose(clerk, bought, at(price), BY_SHOP), 201)
        assert asked["amount_minor"] == more
        await ok(await pay(lin, asked))
        await follow(sessions)
        paid.append(asked)
    # Lower again: of what was charged last first; in the end of what the order paid.
    for price, back, of_charges in ((10_250, 1_002, [500, 1_002]), (9_999, 2, [1_000, 1_002])):
        made = await ok(await change(clerk, bought, at(price), BY_SHOP), 201)
        assert made["refund_minor"] == back
        assert [(await charge_of(lin, each))["refunded_minor"] for each in paid] == of_charges
    found = await ok(await clerk.get(f"/admin/orders/{bought['id']}/refundable"))
    assert found["lines"][0]["left_minor"] == 2 * 9_999
    await require_sound(session)


async def test_a42_what_goes_back_of_charges_and_the_order_is_one_decision(
    lin, clerk, bought, session, sessions
):
    line_id = next(iter((await lines_of(lin, bought)).values()))
    high = {"price": {"line_id": line_id, "unit_price_minor": 15_000}} | AGREED
    asked = await ok(await propose(clerk, bought, high, BY_SHOP), 201)
    await ok(await pay(lin, asked))
    await follow(sessions)
    boss = Actor(Audience.ADMIN, new_id(), scopes=frozenset({Scope.PAYMENTS_WRITE}))
    order_id = UUID(bought["id"])
    for minor, alone, waits in ((6_000, 17_999, True), (6_000, 18_000, False)):
        price = orders.changes.NewPrice(UUID(line_id), minor)
        wish = orders.changes.ChangeWish(price=price, reason="cracked", consent="by phone")
        terms = payments.PaymentTerms(refund_alone_minor=alone)
        seen = await orders.changes.preview_change(session, order_id, wish, actor=boss, terms=terms)
        assert (seen.refund.waits, seen.refund.charges_minor) == (waits, 10_000)
        async with session.begin_nested() as tried:
            await orders.changes.change_order(
                session,
                order_id,
                wish,
                version=seen.order_version,
                actor=boss,
                limits=LIMITS,
                terms=terms,
            )
            states = text("SELECT state FROM refunds ORDER BY id")
            assert set(await session.scalars(states)) == {"waiting" if waits else "succeeded"}
            if waits:
                await tried.rollback()
    await session.commit()
    await require_sound(session)


async def test_a42_money_needs_leave_and_above_the_limit_a_second_person(
    lin, clerk, manager, bought, client, session
):
    line_id = next(iter((await lines_of(lin, bought)).values()))
    low = {"price": {"line_id": line_id, "unit_price_minor": 1_000}} | AGREED
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    junior = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, junior)
    await session.commit()
    path = f"/admin/orders/{bought['id']}/changes/preview"
    answer = await Shopper(client, headers).post(path, low)
    assert await refused(answer) == (403, "insufficient-scope")
    alone = payments.PaymentTerms(refund_alone_minor=10_000)
    boss = Actor(Audience.ADMIN, new_id(), scopes=frozenset({Scope.PAYMENTS_WRITE}))
    price = orders.changes.NewPrice(UUID(line_id), 1_000)
    wish = orders.changes.ChangeWish(price=price, reason="cracked", consent="by phone")
    order_id = UUID(bought["id"])
    seen = await orders.changes.preview_change(session, order_id, wish, actor=boss, terms=alone)
    assert seen.refund.waits
    await orders.changes.change_order(
        session,
        order_id,
        wish,
        version=seen.order_version,
        actor=boss,
        limits=LIMITS,
        terms=alone,
    )
    await session.commit()
    waiting = (await ok(await clerk.get("/admin/refunds/waiting")))["items"]
    assert [each["amount_minor"] for each in waiting] == [18_000]
    decide = f"/api/v1/admin/refunds/{waiting[0]['id']}/approve"
    theirs = await client.post(decide, headers=manager.headers | {"If-Match": '"1"'})
    assert (await ok(theirs))["state"] == "succeeded"
    await require_sound(session)


def one_off(line_id, quantity=1):
    return {"cancel": [{"line_id": line_id, "quantity": quantity}]} | AGREED


async def test_a_price_that_waits_shrinks_with_its_line(lin, clerk, bought, session, sessions):
    line_id = next(iter((await lines_of(lin, bought)).values()))
    high = {"price": {"line_id": line_id, "unit_price_minor": 10_530}} | AGREED
    asked = await ok(await propose(clerk, bought, high, BY_SHOP), 201)
    assert asked["amount_minor"] == 1_060
    await ok(await change(clerk, bought, one_off(line_id), BY_SHOP), 201)
    now = await charge_of(lin, asked)
    (told,) = now["change"]["differences"]
    assert (told["before_minor"], told["after_minor"], told["quantity"]) == (10_000, 10_530, 1)
    assert (now["state"], now["amount_minor"]) == ("due", 530)
    paid = await ok(await pay(lin, asked))
    assert paid["payment"]["payable_minor"] == 530
    await follow(sessions)
    found = await ok(await clerk.get(f"/admin/orders/{bought['id']}/refundable"))
    assert found["lines"][0]["left_minor"] + found["charges"][0]["left_minor"] == 10_530
    await require_sound(session)


async def test_a_price_that_is_being_paid_gives_back_what_was_too_much(
    lin, clerk, bought, session, sessions
):
    line_id = next(iter((await lines_of(lin, bought)).values()))
    high = {"price": {"line_id": line_id, "unit_price_minor": 10_500}} | AGREED
    asked = await ok(await propose(clerk, bought, high, BY_SHOP), 201)
    await ok(await pay(lin, asked))  # nobody has heard of it
    await ok(await change(clerk, bought, one_off(line_id), BY_SHOP), 201)
    await follow(sessions)
    assert (await charge_of(lin, asked))["refunded_minor"] == 500
    await require_sound(session)


async def test_a_price_of_a_line_that_is_gone_is_not_asked_for(
    lin, clerk, shop, session, sessions, purse
):
    lines = [(each.id, 1) for each in shop.skus[:2]]
    order = await lin.order(*lines, tenders=BY_BALANCE)
    line_id = next(iter((await lines_of(lin, order)).values()))
    high = {"price": {"line_id": line_id, "unit_price_minor": 30_000}} | AGREED
    asked = await ok(await propose(clerk, order, high, BY_SHOP), 201)
    await ok(await change(clerk, order, one_off(line_id), BY_SHOP), 201)
    assert (await charge_of(lin, asked))["state"] == "closed"
    await follow(sessions)
    assert await holds(session, order) == 0
    await require_sound(session)
