"""Gifts with a message, hidden prices, and flags: who sees them, and what is packed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.schemas.orders.marks import PackingSlipOut
from tests.factories import merchants as merchant_factory
from tests.factories import staff as staff_factory
from tests.factories.orders import order_row
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused
from tests.integration.orders.sending import send

GIFT = {"is_gift": True, "gift_message": "生日快乐！\nWith love 🎂", "hides_prices": True}
MONEY = ("list_minor", "discount_minor", "shipping_minor", "payable_minor")


@pytest.fixture
async def hand(client, session):
    """Somebody of the warehouse who sees to orders too."""
    scopes = [Scope.FULFILMENT_READ, Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    made = await staff_factory.make_staff(session, scopes=scopes)
    headers = await staff_factory.bearer(session, made)
    await session.commit()
    return Shopper(client, headers)


@pytest.fixture
async def purse(session, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()


async def seller_of(client, session, merchant):
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, merchant.id, scopes=scopes)
    await session.commit()
    return Shopper(client, merchant_factory.bearer(key))


async def test_a_gift_is_told_to_whoever_packs_it(client, session, hand, lin, shop, purse):
    """C33: gift, message and hidden prices reach the packer."""
    plain = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    bought = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE, **GIFT)
    seller = await seller_of(client, session, shop.merchant)
    for reader, path in (
        (lin, f"/orders/{bought['id']}"),
        (hand, f"/admin/orders/{bought['id']}"),
        (seller, f"/merchant/orders/{bought['id']}"),
    ):
        seen = await ok(await reader.get(path))
        assert {name: seen[name] for name in GIFT} == GIFT, path
    for reader, path in ((hand, "/admin/fulfilments"), (seller, "/merchant/fulfilments")):
        first, second = (await ok(await reader.get(path)))["items"]
        assert {name: second[name] for name in GIFT} == GIFT
        assert (first["is_gift"], first["gift_message"], first["hides_prices"]) == (
            False,
            None,
            False,
        )
        assert not [name for name in second["lines"][0] if name.endswith("_minor")]
    before, after = [await order_row(session, each["id"]) for each in (plain, bought)]
    assert [before[name] for name in MONEY] == [after[name] for name in MONEY]


async def test_a_slip_names_no_price_where_they_are_hidden(client, session, hand, lin, shop, purse):
    seller = await seller_of(client, session, shop.merchant)
    slips = []
    for marks in (GIFT, {}):
        bought = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE, **marks)
        parcel = await send(session, bought["id"])
        await session.commit()
        path = f"shipments/{parcel['id']}/packing-slip"
        slip = await ok(await hand.get(f"/admin/{path}"))
        PackingSlipOut.model_validate(slip)
        assert await ok(await seller.get(f"/merchant/{path}")) == slip
        stranger = await seller_of(client, session, await merchant_factory.make_merchant(session))
        assert (await stranger.get(f"/merchant/{path}")).status_code == 404
        slips.append(slip)
    hidden, shown = slips
    assert (hidden["gift_message"], hidden["currency"]) == (GIFT["gift_message"], None)
    (line,) = hidden["lines"]
    assert (line["quantity"], line["list_minor"], line["net_minor"]) == (2, None, None)
    (line,) = shown["lines"]
    lines = "SELECT list_minor, net_minor FROM order_lines WHERE id = :id"
    row = (await session.execute(text(lines), {"id": line["order_line_id"]})).one()
    assert (shown["currency"], line["list_minor"], line["net_minor"]) == ("CNY", *row)
    assert (await hand.get(f"/admin/shipments/{new_id()}/packing-slip")).status_code == 404


@pytest.mark.parametrize(
    "marks",
    [
        {"gift_message": "Hello"},
        {"is_gift": True, "gift_message": ""},
        {"is_gift": True, "gift_message": " \u3000\n"},
        {"is_gift": True, "gift_message": "x" * 301},
        {"is_gift": True, "gift_message": "a\tb"},
        {"is_gift": True, "gift_message": "a\u202eb"},
        {"is_gift": True, "gift_message": "\n".join("abcdefghijk")},
        {"is_gift": "yes"},
        {"hides_prices": True, "tenders": [{"kind": "cash_on_delivery"}]},
    ],
    ids=str,
)
async def test_marks_are_strict(lin, shop, marks):
    body = {"cart_id": str(new_id()), "quote_hash": "x", "address_id": str(new_id())}
    answer = await lin.post("/orders", body | {"tenders": BY_BALANCE} | marks)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "columns", ["gift_message = 'Hello'", "flag_note = 'why'", "hides_prices = NULL"]
)
async def test_the_database_keeps_marks_together(session, lin, shop, purse, columns):
    bought = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    with pytest.raises(IntegrityError):
        await session.execute(
            text(f"UPDATE orders SET {columns} WHERE id = :id"), {"id": bought["id"]}
        )


async def test_flags_are_found_and_remembered(client, session, hand, lin, shop, purse):
    first = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    second = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE, is_gift=True)
    path = f"/admin/orders/{first['id']}"
    assert (
        await hand.send("PUT", f"{path}/flag", {"flag": "red", "note": "VIP"})
    ).status_code == 204
    version = (await ok(await hand.get(path)))["version"]
    assert (
        await hand.send("PUT", f"{path}/flag", {"flag": "red", "note": "VIP"})
    ).status_code == 204
    again = await ok(await hand.get(path))
    assert (again["version"], again["flag"], again["flag_note"]) == (version, "red", "VIP")
    seller = await seller_of(client, session, shop.merchant)
    for params, found in (
        ({"flag": "red"}, first),
        ({"is_gift": "false"}, first),
        ({"is_gift": "true"}, second),
    ):
        for reader, lists in ((hand, "/admin/orders"), (seller, "/merchant/orders")):
            (only,) = (await ok(await reader.get(lists, **params)))["items"]
            assert only["id"] == found["id"], (lists, params)
    cards = (await ok(await hand.get("/admin/orders", flag="red")))["items"]
    assert (cards[0]["flag"], cards[0]["flag_note"], cards[0]["is_gift"]) == ("red", "VIP", False)
    assert await refused(await hand.get("/admin/orders", flag="pink")) == (422, "invalid-request")
    parts = (await ok(await hand.get("/admin/fulfilments")))["items"]
    assert [each["flag"] for each in parts] == ["red", None]
    assert (await hand.send("DELETE", f"{path}/flag")).status_code == 204
    assert (await hand.send("DELETE", f"{path}/flag")).status_code == 204
    timeline = (await ok(await hand.get(path)))["timeline"]
    flagged = [each for each in timeline if each["kind"] == "flagged"]
    assert [(each["data"]["flag"], each["is_public"]) for each in flagged] == [
        ("red", False),
        (None, False),
    ]
    assert flagged[1]["data"]["was"] == {"flag": "red", "note": "VIP"}
    own = await ok(await lin.get(f"/orders/{first['id']}"))
    assert "flag" not in own
    assert not [each for each in own["timeline"] if each["kind"] == "flagged"]


async def test_who_may_not_write_flags_nothing(client, session, lin, shop, purse):
    bought = await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)
    reads = await staff_factory.make_staff(session, scopes=[Scope.ORDERS_READ])
    reader = Shopper(client, await staff_factory.bearer(session, reads))
    await session.commit()
    answer = await reader.send("PUT", f"/admin/orders/{bought['id']}/flag", {"flag": "red"})
    assert await refused(answer) == (403, "insufficient-scope")


async def test_a_flag_needs_its_order(hand):
    answer = await hand.send("PUT", f"/admin/orders/{new_id()}/flag", {"flag": "red"})
    assert answer.status_code == 404
