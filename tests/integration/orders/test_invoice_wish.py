"""What is said of the invoice when ordering: strict, or a copy of a kept title."""

from uuid import UUID

import pytest

from app.core.ids import random_code
from app.schemas.orders import OrderOut
from tests.factories.orders import order_row
from tests.integration.orders.refunding import BY_BALANCE, refused

NUMBER = "91440300708461136T"
COMPANY = {"kind": "company", "name": "晨光茶业", "tax_number": NUMBER}
REGISTERED = {
    "address": "深圳市福田区福华路 1 号",
    "phone": "0755-83210000",
    "bank": "中国工商银行福田支行",
    "bank_account": "4000021209200123456",
}


async def test_an_order_keeps_a_copy_of_a_kept_title(lin, shop, session, purse):
    """C32: whom the invoice is made out to, from the titles that are kept."""
    kept = (await lin.post("/me/invoice-titles", COMPANY | REGISTERED)).json()
    wish = {"title_id": kept["id"], "form": "special"}
    body = await lin.agreed(
        await lin.cart_of((shop.skus[0].id, 1)), invoice=wish, tenders=BY_BALANCE
    )
    key = random_code(20)
    placed = await lin.post("/orders", body, key=key)
    assert placed.status_code == 201, placed.text
    row = await order_row(session, placed.json()["id"])
    said = {"kind": "company", "title": "晨光茶业", "tax_number": NUMBER, "form": "special"}
    assert row["invoice"] == said | REGISTERED | {"email": None}
    shown = OrderOut.model_validate((await lin.get(f"/orders/{placed.json()['id']}")).json())
    assert shown.invoice is not None
    assert shown.invoice.model_dump(mode="json") == row["invoice"]
    # The title may go; the order stands, and so does its answer.
    assert (await lin.send("DELETE", f"/me/invoice-titles/{kept['id']}")).status_code == 204
    again = await lin.post("/orders", body, key=key)
    assert (again.status_code, again.json()["id"]) == (201, placed.json()["id"])


async def test_a_kept_title_has_to_be_there_and_whole(lin, shop, purse):
    kept = (await lin.post("/me/invoice-titles", COMPANY)).json()
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)), tenders=BY_BALANCE)
    unknown = await lin.post("/orders", body | {"invoice": {"title_id": str(UUID(int=0))}})
    assert await refused(unknown) == (404, "not-found")
    wish = {"title_id": kept["id"], "form": "special"}
    bare = await lin.post("/orders", body | {"invoice": wish})
    assert await refused(bare) == (422, "special-invoice-incomplete")
    assert bare.json()["missing"] == ["address", "phone", "bank", "bank_account"]
    assert (
        await lin.post("/orders", body | {"invoice": wish | {"form": "paper"}})
    ).status_code == 201


@pytest.mark.parametrize(
    "invoice",
    [
        {"kind": "company", "title": "T", "tax_number": "91440300708461137T"},
        {"kind": "company", "title": "T"},
        {"kind": "personal", "title": "T", "tax_number": NUMBER},
        {"kind": "personal", "title": "T", "form": "special"},
        {"kind": "company", "title": "T", "tax_number": NUMBER, "form": "special"},
        {"kind": "personal", "title": "T", "bank": "ICBC", "bank_account": "400002"},
        {"kind": "company", "title": "T", "tax_number": NUMBER, "bank": "ICBC"},
        {"kind": "personal", "title": "T", "form": "golden"},
        {"kind": "personal", "title": "T", "title_id": str(UUID(int=0))},
    ],
    ids=str,
)
async def test_what_is_written_out_is_checked_at_once(lin, shop, invoice):
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
    answer = await lin.post("/orders", body | {"invoice": invoice})
    assert await refused(answer) == (422, "invalid-request")
