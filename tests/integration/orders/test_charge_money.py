"""What charges brought, in invoices, with everything that goes back, and within limits."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.scopes import Scope
from app.services import finance
from tests.integration.orders.charging import (
    FREIGHT,
    ask,
    charge_of,
    follow,
    path,
    pay,
    require_sound,
)
from tests.integration.orders.conftest import somebody
from tests.integration.orders.refunding import BY_BALANCE, ok, refused, ship
from tests.integration.orders.sending import CLERK


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)


async def test_one_that_is_paid_after_an_invoice_was_asked_for_has_one_of_its_own(
    lin, clerk, bought, sessions, session
):
    first = await ask(clerk, bought)
    await ok(await pay(lin, first))
    await follow(sessions)
    title = {"title": {"kind": "personal", "name": "Lin"}}
    made = await ok(await lin.post(f"/orders/{bought['id']}/invoices", title), 201)
    paid = bought["payable_minor"]
    assert (made["amount_minor"], made["charge_id"]) == (paid + 1_060, None)
    later = await ask(clerk, bought, amount_minor=2_120)
    await ok(await pay(lin, later))
    await follow(sessions)
    found = await ok(await lin.get(f"/orders/{bought['id']}/invoices"))
    assert found["invoiceable_minor"] == paid + 3_180
    (own,) = (each for each in found["invoices"] if each["charge_id"])
    assert (own["charge_id"], own["amount_minor"]) == (later["id"], 2_120)
    assert own["title"] == made["title"]
    back = {"amount_minor": 1_060, "reason_code": "late", "reason": "slow"}
    await ok(await clerk.post(f"/admin{path(later, '/refunds')}", back), 201)
    await follow(sessions)
    standing = {
        each["charge_id"]: each["amount_minor"]
        for each in (await ok(await lin.get(f"/orders/{bought['id']}/invoices")))["invoices"]
        if each["state"] == "requested"
    }
    assert standing == {None: paid + 1_060, later["id"]: 1_060}
    await require_sound(session)


async def test_what_was_issued_for_one_is_taken_back_in_red(lin, clerk, bought, sessions, session):
    title = {"title": {"kind": "personal", "name": "Lin"}}
    await ok(await lin.post(f"/orders/{bought['id']}/invoices", title), 201)
    charge = await ask(clerk, bought)
    await ok(await pay(lin, charge))
    await follow(sessions)
    rows = await session.execute(text("SELECT id, version, charge_id FROM invoices ORDER BY id"))
    await session.commit()
    for number, row in enumerate(rows.all()):
        document = finance.IssuedDocument(f"N-{number}")
        async with unit_of_work(sessions) as other:
            await finance.issue_invoice(other, row.id, document, version=row.version, actor=CLERK)
    await ok(await clerk.post(f"/admin/orders/{bought['id']}/cancel", {"reason": "no"}))
    await follow(sessions)
    reds = await session.execute(
        text(
            "SELECT charge_id, amount_minor FROM invoices WHERE kind = 'red' ORDER BY amount_minor"
        )
    )
    found = [(each.charge_id and str(each.charge_id), each.amount_minor) for each in reds]
    assert found == [(charge["id"], 1_060), (None, bought["payable_minor"])]
    await require_sound(session)


async def test_what_waits_for_somebody_goes_back_with_the_order(
    lin, clerk, bought, sessions, session
):
    charge = await ask(clerk, bought)
    await ok(await pay(lin, charge))
    await follow(sessions)
    back = {"reason_code": "goodwill", "reason": "slow"}
    waiting = await ok(await clerk.post(f"/admin{path(charge, '/refunds')}", back), 201)
    assert (waiting["state"], waiting["amount_minor"]) == ("waiting", 1_060)
    await ok(await clerk.post(f"/admin/orders/{bought['id']}/cancel", {"reason": "no"}))
    await follow(sessions)
    found = await session.execute(
        text("SELECT state, amount_minor FROM refunds WHERE order_id = :id ORDER BY id"),
        {"id": charge["id"]},
    )
    assert [tuple(each) for each in found] == [("cancelled", 1_060), ("succeeded", 1_060)]
    await require_sound(session)


async def test_what_they_brought_comes_back_with_everything(
    lin, clerk, manager, bought, sessions, session
):
    charge = await ask(clerk, bought)
    await ok(await pay(lin, charge))
    await follow(sessions)
    await ship(session, bought)
    await follow(sessions)
    where = f"/admin/orders/{bought['id']}"
    (plan, other) = (await ok(await clerk.get("/admin/payments", order_id=bought["id"])))["items"]
    assert (plan["order_id"], plan["charged_order_id"]) == (charge["id"], bought["id"])
    assert (other["order_id"], other["charged_order_id"]) == (bought["id"], None)
    (left,) = (await ok(await clerk.get(f"{where}/refundable")))["charges"]
    assert (left["charge_id"], left["left_minor"], left["refused"]) == (charge["id"], 1_060, None)
    assert left["everything"]["parts"][0]["amount_minor"] == 1_060
    wish = {"kind": "everything", "reason_code": "late", "reason": "slow"}
    seen = await ok(await clerk.post(f"{where}/refunds/preview", wish))
    assert (seen["charges_minor"], seen["waits"]) == (1_060, False)
    made = await ok(await clerk.post(f"{where}/refunds", wish | {"number": "ALL-1"}), 201)
    assert made["amount_minor"] == bought["payable_minor"]
    again = await ok(await clerk.post(f"{where}/refunds", wish | {"number": "ALL-1"}), 201)
    assert again["id"] == made["id"]
    assert (await charge_of(lin, charge))["refunded_minor"] == 1_060
    (left,) = (await ok(await lin.get(f"/orders/{bought['id']}/refundable")))["charges"]
    assert (left["left_minor"], left["refused"]) == (0, "refund-exceeds")
    parts = await ok(await clerk.get("/admin/refunds", order_id=bought["id"]))
    assert {each["order_id"] for each in parts["items"]} == {bought["id"], charge["id"]}
    await follow(sessions)
    more = await ask_again(lin, clerk, bought)
    assert more in {"order-not-paid", "refund-exceeds", "refund-refused"}
    await require_sound(session)


async def ask_again(lin, clerk, order):
    wish = {"kind": "everything", "reason_code": "late", "reason": "again"}
    return (await refused(await clerk.post(f"/admin/orders/{order['id']}/refunds", wish)))[1]


async def test_what_is_left_of_charges_alone_comes_back_as_everything(
    lin, clerk, bought, sessions, session
):
    await ship(session, bought)
    await follow(sessions)
    charge = await ask(clerk, bought)
    await ok(await pay(lin, charge))
    await follow(sessions)
    fee = {"kind": "amount", "reason_code": "late", "reason": "slow"}
    where = f"/admin/orders/{bought['id']}/refunds"
    await ok(await clerk.post(where, fee | {"amount_minor": bought["payable_minor"]}), 201)
    wish = {"kind": "everything", "reason_code": "late", "reason": "slow"}
    made = await ok(await clerk.post(where, wish), 201)
    assert (made["order_id"], made["amount_minor"]) == (charge["id"], 1_060)
    await require_sound(session)


async def test_everything_above_the_limit_of_one_waits_with_its_charges(
    lin, clerk, manager, shop, purse, sessions, session
):
    """Neither is above it alone; who may do large things needs nobody."""
    order = await lin.order((shop.skus[0].id, 4), tenders=BY_BALANCE)
    charge = await ask(clerk, order, amount_minor=20_000)
    await ok(await pay(lin, charge))
    await follow(sessions)
    await ship(session, order)
    await follow(sessions)
    where = f"/admin/orders/{order['id']}/refunds"
    wish = {"kind": "everything", "reason_code": "late", "reason": "slow"}
    assert (await ok(await clerk.post(f"{where}/preview", wish)))["waits"]
    made = await ok(await clerk.post(where, wish), 201)
    assert made["state"] == "waiting"
    assert (await charge_of(lin, charge))["refunded_minor"] == 0
    waiting = (await ok(await manager.get("/admin/refunds/waiting")))["items"]
    assert {each["order_id"] for each in waiting} == {order["id"], charge["id"]}
    for each in waiting:
        headers = manager.headers | {"If-Match": f'"{each["version"]}"'}
        path_ = f"/api/v1/admin/refunds/{each['id']}/approve"
        await ok(await manager.client.post(path_, headers=headers))
    assert (await charge_of(lin, charge))["refunded_minor"] == 20_000
    await require_sound(session)


async def test_more_is_asked_for_by_who_may(lin, clerk, client, session, bought):
    large = await somebody(client, session, Scope.PAYMENTS_LARGE)
    where = f"/admin/orders/{bought['id']}/charges"
    answer = await clerk.post(where, FREIGHT | {"amount_minor": 500_001})
    assert await refused(answer) == (403, "second-person-needed")
    assert answer.json()["most_minor"] == 500_000
    await ok(await clerk.post(where, FREIGHT | {"amount_minor": 500_000}), 201)
    await ok(await large.post(where, FREIGHT | {"amount_minor": 500_001}), 201)


async def test_much_of_one_goes_back_when_two_agree(lin, clerk, bought, session):
    """What one of the staff may give back alone is as much as of an order."""
    charge = await ask(clerk, bought, amount_minor=60_000)
    await ok(await pay(lin, charge))
    where = f"/admin{path(charge, '/refunds')}"
    part = {"amount_minor": 50_000, "reason_code": "late", "reason": "slow"}
    assert (await ok(await clerk.post(where, part), 201))["state"] != "waiting"
    charge = await ask(clerk, bought, amount_minor=60_000)
    await ok(await pay(lin, charge))
    where = f"/admin{path(charge, '/refunds')}"
    made = await ok(await clerk.post(where, part | {"amount_minor": 50_001}), 201)
    assert (made["state"], (await charge_of(lin, charge))["refunded_minor"]) == ("waiting", 0)
    await require_sound(session)
