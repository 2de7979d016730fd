"""What orders are asked for besides: agreed to by paying, or given up and everything as before."""

import pytest
from sqlalchemy import text

from app.core.settings import CheckoutSettings
from app.schemas.orders.charges import AdminChargeOut, ChargeOut, PaidChargeOut
from app.services import orders
from tests.factories.orders import world
from tests.factories.payments import TERMS
from tests.integration.orders.charging import (
    FREIGHT,
    ask,
    charge_of,
    follow,
    holds,
    number_of,
    path,
    pay,
    require_sound,
    told,
)
from tests.integration.orders.conftest import BY_GATEWAY
from tests.integration.orders.refunding import BY_BALANCE, ok, refused, ship


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)


async def sums(session):
    found = await session.execute(
        text(
            "SELECT a.kind, -sum(e.amount_minor) FROM ledger_accounts a"
            " JOIN ledger_entries e ON e.account_id = a.id"
            " WHERE a.kind IN ('order_prepaid', 'revenue', 'tax_payable') GROUP BY 1"
        )
    )
    return {row[0]: row[1] for row in found}


async def test_a_shopper_agrees_by_paying_and_it_is_earned_when_the_goods_leave(
    lin, clerk, bought, sessions, session
):
    asked = await ask(clerk, bought)
    AdminChargeOut.model_validate(asked)
    assert (asked["state"], asked["tax_minor"], asked["reference"]) == ("due", 60, "change")
    assert await holds(session, bought) == 1
    before = await sums(session)
    paid = await ok(await pay(lin, asked))
    PaidChargeOut.model_validate(paid)
    assert (paid["state"], paid["payment"]["state"]) == ("paid", "paid")
    assert "actor" not in paid
    after = await sums(session)
    assert after["order_prepaid"] == before["order_prepaid"] + 1_060
    await follow(sessions)
    assert await holds(session, bought) == 0
    assert (await charge_of(lin, asked))["settled_at"]
    (shown,) = (await ok(await lin.get(f"/orders/{bought['id']}")))["charges"]
    assert (shown["state"], shown["amount_minor"], shown["refunded_minor"]) == ("paid", 1_060, 0)
    await require_sound(session)
    await ship(session, bought)
    await follow(sessions)
    assert (await sums(session))["order_prepaid"] == 0
    (row,) = (await ok(await clerk.get(f"/admin/orders/{bought['id']}/charges")))["items"]
    assert row["earned_minor"] == 1_060
    await require_sound(session)


async def test_what_leaves_first_earns_when_it_is_paid(lin, clerk, bought, sessions, session):
    await ship(session, bought)
    asked = await ask(clerk, bought, kind="goods")
    await ok(await pay(lin, asked))
    await follow(sessions)
    await follow(sessions)
    goods = text(
        "SELECT -sum(e.amount_minor) FROM ledger_accounts a JOIN ledger_entries e"
        " ON e.account_id = a.id JOIN ledger_journals j ON j.id = e.journal_id"
        " WHERE a.code LIKE 'revenue:goods%' AND j.kind = 'earn'"
    )
    assert await session.scalar(goods) == 1_000
    await require_sound(session)


async def test_while_it_is_due_the_order_does_not_leave(lin, clerk, bought, session):
    await ask(clerk, bought)
    with pytest.raises(orders.shipping.OrderHeld):
        await ship(session, bought)
    await session.rollback()


async def test_declined_withdrawn_or_run_out_all_is_as_before(
    lin, clerk, bought, sessions, session, gateway
):
    before = await world(session)
    declined, withdrawn, lapsed = [await ask(clerk, bought) for _ in range(3)]
    assert await holds(session, bought) == 3
    told_off = await ok(await lin.post(path(declined, "/decline")))
    ChargeOut.model_validate(told_off)
    assert (told_off["state"], told_off["close_reason"]) == ("closed", "declined by the shopper")
    assert await ok(await lin.post(path(declined, "/decline"))) == told_off
    gone = await ok(await clerk.post(f"/admin{path(withdrawn, '/withdraw')}"))
    assert gone["close_reason"] == "withdrawn by the shop"
    await session.execute(text("UPDATE order_charges SET expires_at = now() WHERE state = 'due'"))
    await session.commit()
    gateways = {"alipay": gateway}
    assert await orders.charges.expire_charges(sessions, gateways, limit=10) == 1
    assert (await charge_of(lin, lapsed))["close_reason"] == "not paid in time"
    await follow(sessions)
    assert await holds(session, bought) == 0
    assert await world(session) == before
    await require_sound(session)
    await ship(session, bought)


async def test_a_gateway_takes_it_or_time_runs_out_and_late_money_goes_back(
    lin, clerk, bought, sessions, session, gateway
):
    asked = await ask(clerk, bought)
    paying = await ok(await pay(lin, asked, BY_GATEWAY))
    assert (paying["state"], paying["payment"]["due_minor"]) == ("awaiting", 1_060)
    assert paying["payment"]["attempt"]["action"] is not None
    first = await number_of(session, asked)
    again = await ok(await lin.post(path(asked, "/payments"), {"scene": "qr"}))
    assert again["state"] == "awaiting"
    second = await number_of(session, asked)
    assert second != first
    await told(sessions, gateway, second)
    assert (await charge_of(lin, asked))["state"] == "paid"
    await follow(sessions)
    late = await ask(clerk, bought)
    await ok(await pay(lin, late, BY_GATEWAY))
    await session.execute(text("UPDATE order_charges SET expires_at = now() WHERE paid_at IS NULL"))
    await session.commit()
    await orders.charges.expire_charges(sessions, {"alipay": gateway}, limit=10, terms=TERMS)
    assert (await charge_of(lin, late))["state"] == "closed"
    reply = await told(sessions, gateway, await number_of(session, late))
    assert reply.outcome == "late"
    await follow(sessions)
    await follow(sessions)
    assert (await charge_of(lin, late))["state"] == "closed"
    assert await holds(session, bought) == 0
    await require_sound(session)


async def test_a_gateway_that_is_silent_keeps_it_open_and_its_money_wins(
    lin, clerk, bought, sessions, session, gateway
):
    asked = await ask(clerk, bought)
    await ok(await pay(lin, asked, BY_GATEWAY))
    gateway.broken = {"close"}
    kept = await ok(await lin.post(path(asked, "/decline")))
    assert kept["state"] == "awaiting"
    gateway.broken = set()
    await told(sessions, gateway, await number_of(session, asked))
    assert (await charge_of(lin, asked))["state"] == "paid"
    await follow(sessions)
    await require_sound(session)


async def test_with_the_order_its_charges_fall(lin, clerk, bought, sessions, session, gateway):
    due, paying, paid = [await ask(clerk, bought) for _ in range(3)]
    await ok(await pay(lin, paid))
    await ok(await pay(lin, paying, BY_GATEWAY))
    await ok(await clerk.post(f"/admin/orders/{bought['id']}/cancel", {"reason": "no"}))
    await follow(sessions)
    found = {each["id"]: each for each in await all_of(lin, bought)}
    assert found[due["id"]]["state"] == "closed"
    assert (found[paid["id"]]["state"], found[paid["id"]]["refunded_minor"]) == ("paid", 1_060)
    assert found[paying["id"]]["state"] == "awaiting"
    # Its gateway was faster: the money goes back.
    await told(sessions, gateway, await number_of(session, paying))
    await follow(sessions)
    assert (await charge_of(lin, paying))["refunded_minor"] == 1_060
    assert await holds(session, bought) == 0
    await require_sound(session)


async def all_of(lin, order):
    return (await ok(await lin.get(f"/orders/{order['id']}/charges")))["items"]


@pytest.mark.parametrize("has_left", [False, True])
async def test_what_it_brought_goes_back(lin, clerk, manager, bought, sessions, session, has_left):
    asked = await ask(clerk, bought)
    await ok(await pay(lin, asked))
    await follow(sessions)
    if has_left:
        await ship(session, bought)
        await follow(sessions)
    where = f"/admin{path(asked, '/refunds')}"
    part = {"amount_minor": 530, "reason_code": "late", "reason": "slow", "number": "CHARGE-1"}
    first = await ok(await clerk.post(where, part), 201)
    assert first["amount_minor"] == 530
    assert (await ok(await clerk.post(where, part), 201))["id"] == first["id"]
    assert await refused(await clerk.post(where, part | {"amount_minor": 1})) == (
        409,
        "refund-number-used",
    )
    sorry = {"reason_code": "goodwill", "reason": "sorry"}
    waiting = await ok(await clerk.post(where, sorry), 201)
    assert (waiting["state"], waiting["amount_minor"]) == ("waiting", 530)
    decide = f"/admin/refunds/{waiting['id']}/approve"
    headers = manager.headers | {"If-Match": '"1"'}
    done = await manager.client.post(f"/api/v1{decide}", headers=headers)
    assert (await ok(done))["state"] == "succeeded"
    assert (await charge_of(lin, asked))["refunded_minor"] == 1_060
    more = await clerk.post(where, {"reason_code": "late", "reason": "slow"})
    assert (await refused(more))[1] in {"refund-exceeds", "refund-refused"}
    await follow(sessions)
    await require_sound(session)


async def test_an_invoice_has_the_freight_that_was_charged_and_a_red_one_what_went_back(
    lin, clerk, bought, sessions, session
):
    asked = await ask(clerk, bought)
    await ok(await pay(lin, asked))
    other = await ask(clerk, bought, kind="goods")
    await ok(await pay(lin, other))
    await follow(sessions)
    title = {"title": {"kind": "personal", "name": "Lin"}}
    made = await ok(await lin.post(f"/orders/{bought['id']}/invoices", title), 201)
    paid = bought["payable_minor"]
    assert made["amount_minor"] == paid + 1_060
    back = {"amount_minor": 530, "reason_code": "late", "reason": "slow"}
    await ok(await clerk.post(f"/admin{path(asked, '/refunds')}", back), 201)
    await follow(sessions)
    total = text(
        "SELECT sum(CASE kind WHEN 'blue' THEN amount_minor ELSE -amount_minor END)"
        " FROM invoices WHERE state NOT IN ('rejected', 'withdrawn')"
    )
    assert await session.scalar(total) == paid + 530
    await require_sound(session)


async def test_whom_nothing_can_be_asked_of(lin, clerk, shop, bought, session):
    unpaid = await lin.order((shop.skus[1].id, 1))
    where = f"/admin/orders/{unpaid['id']}/charges"
    assert await refused(await clerk.post(where, FREIGHT)) == (409, "order-not-paid")
    await ok(await lin.post(f"/orders/{bought['id']}/cancel", {"reason": "no"}))
    where = f"/admin/orders/{bought['id']}/charges"
    answer = await clerk.post(where, FREIGHT)
    assert await refused(answer) == (409, "illegal-order-transition")
    for wrong in ({"amount_minor": 0}, {"kind": "gift"}, {"seconds": 1}, {"tax_rate_bps": -1}):
        assert (await clerk.post(where, FREIGHT | wrong)).status_code == 422
    nobody = "/admin/orders/01a21564-46ee-74c2-9eba-3ad715b6ace4/charges"
    assert await refused(await clerk.post(nobody, FREIGHT)) == (404, "not-found")


async def test_one_is_paid_by_its_shopper_online(lin, clerk, bought, client, session, shop):
    asked = await ask(clerk, bought)
    by_hand = [{"kind": "cash_on_delivery"}]
    assert await refused(await pay(lin, asked, by_hand)) == (409, "payment-method-refused")
    first = await ok(await pay(lin, asked, key="once-1"))
    again = await pay(lin, asked, key="once-1")
    assert again.headers["idempotency-replayed"] == "true"
    assert (await ok(again))["state"] == first["state"] == "paid"
    assert await refused(await pay(lin, asked)) == (409, "illegal-charge-transition")


CASES = [
    ("due", "pay", "awaiting"),
    ("due", "decline", "closed"),
    ("due", "withdraw", "closed"),
    ("due", "expire", "closed"),
    ("due", "refund", "not-found"),
    ("due", "retry", "not-found"),
    ("awaiting", "pay", "illegal-charge-transition"),
    ("awaiting", "decline", "closed"),
    ("awaiting", "withdraw", "closed"),
    ("awaiting", "expire", "closed"),
    ("awaiting", "refund", "refund-refused"),
    ("awaiting", "retry", "awaiting"),
    ("paid", "pay", "illegal-charge-transition"),
    ("paid", "decline", "already-paid"),
    ("paid", "withdraw", "already-paid"),
    ("paid", "expire", "paid"),
    ("paid", "refund", "paid"),
    ("paid", "retry", "not-awaiting-payment"),
    ("closed", "pay", "illegal-charge-transition"),
    ("closed", "decline", "closed"),
    ("closed", "withdraw", "closed"),
    ("closed", "expire", "closed"),
    ("closed", "refund", "not-found"),
    ("closed", "retry", "not-found"),
]


@pytest.mark.parametrize(("state", "action", "outcome"), CASES)
async def test_every_state_and_action(
    lin, clerk, bought, sessions, session, gateway, state, action, outcome
):
    asked = await ask(clerk, bought)
    if state == "closed":
        await ok(await lin.post(path(asked, "/decline")))
    elif state != "due":
        await ok(await pay(lin, asked, BY_GATEWAY if state == "awaiting" else BY_BALANCE))
    match action:
        case "pay":
            answer = await pay(lin, asked, BY_GATEWAY)
        case "retry":
            answer = await lin.post(path(asked, "/payments"), {})
        case "refund":
            body = {"reason_code": "late", "reason": "slow"}
            answer = await clerk.post(f"/admin{path(asked, '/refunds')}", body)
        case "expire":
            await session.execute(text("UPDATE order_charges SET expires_at = now()"))
            await session.commit()
            await orders.charges.expire_charges(sessions, {"alipay": gateway}, limit=9)
            answer = None
        case _:
            by = lin if action == "decline" else clerk
            prefix = "" if action == "decline" else "/admin"
            answer = await by.post(prefix + path(asked, f"/{action}"))
    found = (await charge_of(lin, asked))["state"]
    if answer is not None and answer.status_code >= 400:
        assert (await refused(answer))[1] == outcome
        assert found == state
    else:
        assert found == outcome
    await follow(sessions)
    await require_sound(session)


def test_its_time_is_that_of_orders():
    assert CheckoutSettings().reservation_seconds >= 60
