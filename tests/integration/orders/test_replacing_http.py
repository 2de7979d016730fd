"""Exchanges, repairs and what is sent once more, over HTTP."""

import pytest

from app.core.enums.scopes import Scope
from app.schemas.orders.after_sales import ReturnableOut, ReturnOut, StaffReturnOut
from app.schemas.orders.documents import OrderOut
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused, ship
from tests.integration.orders.test_after_sales_http import act

LOST = {"kind": "reship", "reason_code": "not_delivered", "reason": "never came"}


@pytest.fixture
async def hand(client, session):
    """Somebody of the warehouse."""
    made = await staff_factory.make_staff(session, scopes=[Scope.FULFILMENT_WRITE])
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def bought(session, lin, shop):
    """An order of two pieces that have left, and its line."""
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    await ship(session, order)
    (line,) = (await lines_of(lin, order)).values()
    return order, line


async def test_staff_have_it_sent_again_and_call_that_off(lin, clerk, hand, bought):
    order, line = bought
    path = f"/admin/orders/{order['id']}"
    found = await ok(await clerk.get(f"{path}/returnable", kind="reship"))
    assert ReturnableOut.model_validate(found).lines[0].left == 2
    body = LOST | {"lines": [{"line_id": line, "quantity": 1}]}
    preview = await ok(await clerk.post(f"{path}/returns/preview", body))
    assert (preview["is_in_stock"], preview["difference_minor"]) == (True, 0)
    row = await ok(await clerk.post(f"{path}/returns", body), 201)
    row = await ok(await act(clerk, row, "approve"))
    assert (row["state"], row["sent_again"][0]["kind"]) == ("sending", "replacement")
    shown = OrderOut.model_validate(await ok(await lin.get(f"/orders/{order['id']}")))
    assert [each.kind for each in shown.fulfilments] == ["sale", "replacement"]
    mine = ReturnOut.model_validate(await ok(await lin.get(f"/returns/{row['id']}")))
    assert mine.sent_again[0].status == "unfulfilled"
    row = await ok(await act(clerk, row, "call-off", note="He would rather have money"))
    row = await ok(await act(clerk, row, "replace"))
    assert StaffReturnOut.model_validate(row).state == "sending"
    answer = await act(hand, row, "mend", outcome="repaired", note="?")
    assert await refused(answer) == (409, "illegal-return-transition")


async def test_an_exchange_is_approved_at_once_and_a_repair_is_mended(clerk, hand, lin, bought):
    order, line = bought
    body = {"reason_code": "defective", "reason": "cracked"}
    body["lines"] = [{"line_id": line, "quantity": 1}]
    path = f"/orders/{order['id']}/returns"
    row = await ok(await lin.post(path, body | {"kind": "exchange"}), 201)
    row = await ok(await act(clerk, row, "approve", is_at_once=True))
    assert (row["state"], row["is_at_once"]) == ("awaiting_goods", True)
    row = await ok(await lin.post(path, body | {"kind": "repair"}), 201)
    row = await ok(await act(clerk, row, "approve"))
    row = await ok(await act(hand, row, "receive"))
    row = await ok(await act(hand, row, "mend", outcome="as_it_was", note="Nothing found"))
    assert row["state"] == "sending"
    answer = await lin.post(path, body | {"kind": "repair"})
    assert await refused(answer) == (409, "not-returnable")
    assert answer.json()["lines"][0]["reasons"] == ["asked"]


async def test_a_merchant_sends_his_own_goods_again(client, session, clerk, shop, lin, bought):
    order, line = bought
    body = LOST | {"lines": [{"line_id": line, "quantity": 1}]}
    row = await ok(await lin.post(f"/orders/{order['id']}/returns", body), 201)
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, shop.merchant.id, scopes=scopes)
    await session.commit()
    system = Shopper(client, merchant_factory.bearer(key))
    row = await ok(await act(system, row, "approve", section="merchant"))
    assert row["state"] == "sending"
    row = await ok(await act(system, row, "call-off", section="merchant", note="Found it"))
    row = await ok(await act(system, row, "replace", section="merchant"))
    assert row["state"] == "sending"


async def asked_for_dearer(lin, clerk, shop, order, line):
    """An exchange for the SKU that lists for 10 000 more, which is approved; its charge."""
    body = {"kind": "exchange", "reason_code": "changed_mind", "reason": "too small"}
    body["lines"] = [{"line_id": line, "quantity": 1, "for_sku_id": str(shop.skus[1].id)}]
    row = await ok(await lin.post(f"/orders/{order['id']}/returns", body), 201)
    row = await ok(await act(clerk, row, "approve"))
    return row, await due(lin, order)


async def due(lin, order):
    found = await ok(await lin.get(f"/orders/{order['id']}/charges"))
    return next(each for each in found["items"] if each["state"] == "due")


async def decline(lin, order, charge):
    path = f"/orders/{order['id']}/charges/{charge['id']}/decline"
    return await ok(await lin.post(path))


@pytest.mark.parametrize("section", ["admin", "merchant"])
async def test_a_difference_is_asked_for_again_and_the_same_is_sent_instead(
    client, session, lin, clerk, hand, shop, bought, section
):
    order, line = bought
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, shop.merchant.id, scopes=scopes)
    await session.commit()
    who = clerk if section == "admin" else Shopper(client, merchant_factory.bearer(key))
    row, charge = await asked_for_dearer(lin, clerk, shop, order, line)
    assert charge["amount_minor"] == 10_000
    answer = await act(who, row, "charge", section=section)
    assert await refused(answer) == (409, "charge-pending")
    assert await refused(await act(who, row, "charge", section=section, version=9)) == (
        412,
        "stale-version",
    )
    await decline(lin, order, charge)
    row = await ok(await act(who, row, "charge", section=section))
    assert row["state"] == "awaiting_goods"
    again = await due(lin, order)
    assert (again["amount_minor"], again["id"] != charge["id"]) == (10_000, True)
    row = await ok(await act(hand, row, "receive"))
    grades = [{"line_id": line, "resellable": 1}]
    row = await ok(await act(hand, row, "inspect", lines=grades))
    answer = await act(who, row, "replace", section=section)
    assert await refused(answer) == (409, "exchange-unpaid")
    assert answer.json()["difference_minor"] == 10_000
    row = await ok(await act(who, row, "replace", section=section, is_same=True))
    assert (row["state"], row["lines"][0]["difference_minor"]) == ("sending", 0)
    assert row["lines"][0]["for_sku_id"] == str(shop.skus[0].id)
    answer = await act(who, row, "charge", section=section)
    assert await refused(answer) == (409, "illegal-return-transition")


@pytest.mark.parametrize("section", ["admin", "merchant"])
async def test_a_repair_is_asked_a_fee_for(
    client, session, lin, clerk, hand, shop, bought, section
):
    order, line = bought
    body = {"kind": "repair", "reason_code": "defective", "reason": "cracked"}
    body["lines"] = [{"line_id": line, "quantity": 1}]
    row = await ok(await lin.post(f"/orders/{order['id']}/returns", body), 201)
    row = await ok(await act(clerk, row, "approve"))
    fee = {"amount_minor": 1_500, "note": "a new lid"}
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, shop.merchant.id, scopes=scopes)
    await session.commit()
    who = hand if section == "admin" else Shopper(client, merchant_factory.bearer(key))
    answer = await act(who, row, "fee", section=section, **fee)
    assert await refused(answer) == (409, "illegal-return-transition")
    row = await ok(await act(hand, row, "receive"))
    assert (
        await act(who, row, "fee", section=section, amount_minor=0, note="?")
    ).status_code == 422
    row = await ok(await act(who, row, "fee", section=section, **fee))
    charge = await due(lin, order)
    assert (charge["amount_minor"], charge["reason"]) == (
        1_500,
        f"Repair {row['number']}: a new lid",
    )
    mended = {"outcome": "repaired", "note": "done"}
    answer = await act(who, row, "mend", section=section, **mended)
    assert await refused(answer) == (409, "repair-unpaid")
    assert answer.json()["amount_minor"] == 1_500
    path = f"/orders/{order['id']}/charges/{charge['id']}/pay"
    await ok(await lin.post(path, {"tenders": BY_BALANCE}))
    row = await ok(await act(who, row, "mend", section=section, **mended))
    assert (row["state"], row["mend_outcome"]) == ("sending", "repaired")
