"""Return postage over HTTP: who pays, what was laid out, what is given back and what is kept."""

import pytest

from app.core.enums.scopes import Scope
from app.schemas.orders.after_sales import MerchantReturnOut, ReturnOut, StaffReturnOut
from app.schemas.payments.refunds import RefundOut
from tests.factories import merchants as merchant_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused, ship
from tests.integration.orders.test_after_sales_http import act, hand  # noqa: F401 - a fixture

OUTLAY = {"amount_minor": 1_250, "proof": "https://img.example/receipt.jpg"}


@pytest.fixture
async def bought(session, lin, shop):
    """An order of two pieces that have left, and its line."""
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    await ship(session, order)
    (line,) = (await lines_of(lin, order)).values()
    return order, line


async def ask(lin, bought, **more):
    order, line = bought
    body = {"kind": "return", "reason_code": "defective", "reason": "cracked"} | more
    body["lines"] = [{"line_id": line, "quantity": 1}]
    path = f"/orders/{order['id']}/returns"
    preview = await ok(await lin.post(f"{path}/preview", body))
    return preview, await ok(await lin.post(path, body), 201)


async def looked_at(who, row, line, *, section="admin", **received):
    row = await ok(await act(who, row, "receive", section=section, **received))
    grades = [{"line_id": line, "resellable": 1}]
    return await ok(await act(who, row, "inspect", section=section, lines=grades))


async def test_what_was_laid_out_comes_with_the_money_or_alone(lin, clerk, hand, bought):  # noqa: F811 - a fixture
    preview, row = await ask(lin, bought)
    assert (preview["postage_by"], preview["postage_cap_minor"]) == ("shop", 3_000)
    row = await ok(await act(clerk, row, "approve"))
    path = f"/returns/{row['id']}"
    assert await refused(await lin.post(f"{path}/postage", OUTLAY)) == (409, "postage-not-due")
    sent = {"carrier_code": "sf", "tracking_number": "SF800900100"}
    await ok(await lin.post(f"{path}/send", sent))
    assert (await lin.post(f"{path}/postage", OUTLAY | {"proof": "no"})).status_code == 422
    told = ReturnOut.model_validate(await ok(await lin.post(f"{path}/postage", OUTLAY)))
    assert (told.outlay_minor, told.outlay_proof) == (1_250, OUTLAY["proof"])
    row = await looked_at(hand, told.model_dump(mode="json"), bought[1])
    row = await ok(await act(clerk, row, "refund", postage_minor=0))
    assert (row["state"], row["postage_given_minor"]) == ("refunded", 0)
    assert await refused(await act(clerk, row, "postage", version=99)) == (412, "stale-version")
    row = await ok(await act(clerk, row, "postage", amount_minor=1_000))
    assert StaffReturnOut.model_validate(row).postage_given_minor == 1_000
    assert await refused(await act(clerk, row, "postage")) == (409, "postage-not-due")
    found = await ok(await lin.get(f"/orders/{bought[0]['id']}/refundable"))
    last = RefundOut.model_validate(found["refunds"][-1])
    assert (last.number, last.kind, last.postage_given_minor) == (
        f"{row['number']}-P",
        "postage",
        1_000,
    )


async def test_a_merchant_keeps_what_he_paid_when_the_parcel_came(
    client, session, clerk, shop, lin, bought
):
    _, row = await ask(lin, bought)
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, shop.merchant.id, scopes=scopes)
    await session.commit()
    system = Shopper(client, merchant_factory.bearer(key))
    row = await ok(await act(system, row, "approve", section="merchant", postage_by="shopper"))
    row = await looked_at(system, row, bought[1], section="merchant", collect_minor=900)
    assert MerchantReturnOut.model_validate(row).collect_minor == 900
    row = await ok(await act(system, row, "refund", section="merchant"))
    assert (row["state"], row["postage_kept_minor"]) == ("refunding", 900)
    found = await ok(await clerk.get(f"/admin/orders/{bought[0]['id']}/refundable"))
    (waiting,) = found["waiting"]
    assert (waiting["amount_minor"], waiting["postage_kept_minor"]) == (10_000, 900)
