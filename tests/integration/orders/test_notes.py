"""What staff and merchants write on timelines, and who reads it."""

import pytest

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from tests.factories import merchants as merchant_factory
from tests.factories.payments import give_balance
from tests.integration.orders.conftest import Shopper


async def seller_of(client, session, merchant):
    scopes = [Scope.ORDERS_READ, Scope.ORDERS_WRITE]
    key = await merchant_factory.make_api_key(session, merchant.id, scopes=scopes)
    await session.commit()
    return Shopper(client, merchant_factory.bearer(key))


@pytest.fixture
async def order(lin, shop, session):
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    return await lin.order((shop.skus[0].id, 1), tenders=[{"kind": "balance"}])


async def test_shoppers_read_messages_and_no_notes(client, session, clerk, lin, shop, order):
    seller = await seller_of(client, session, shop.merchant)
    path = f"/admin/orders/{order['id']}/notes"
    for words, is_public in (("Look at the box", False), ("We wait for stock", True)):
        made = await clerk.post(path, {"text": words, "is_public": is_public})
        assert made.status_code == 201, made.text
        assert made.json()["data"] == {"text": words}
    noted = await seller.post(f"/merchant/orders/{order['id']}/notes", {"text": "Short"})
    assert noted.status_code == 201, noted.text

    async def written(reader, path):
        timeline = (await reader.get(path)).json()["timeline"]
        return [(each["kind"], each["data"]["text"]) for each in timeline if "text" in each["data"]]

    assert await written(lin, f"/orders/{order['id']}") == [("message", "We wait for stock")]
    assert await written(clerk, f"/admin/orders/{order['id']}") == [
        ("note", "Look at the box"),
        ("message", "We wait for stock"),
        ("merchant_note", "Short"),
    ]
    own = (await seller.get(f"/merchant/orders/{order['id']}/notes")).json()
    assert [each["data"]["text"] for each in own] == ["Short"]


async def test_nobody_writes_on_what_is_not_theirs(client, session, clerk, order):
    other = await seller_of(client, session, await merchant_factory.make_merchant(session))
    refused = await other.post(f"/merchant/orders/{order['id']}/notes", {"text": "Hello"})
    assert refused.status_code == 404
    assert (await other.get(f"/merchant/orders/{order['id']}/notes")).json() == []
    missing = await clerk.post(f"/admin/orders/{new_id()}/notes", {"text": "Hello"})
    assert missing.status_code == 404


CARD = "my card is 4111 1111 1111 1111, 12/29"


async def test_d25_a_cards_number_is_not_taken_in_words(lin, clerk, shop, session, order):
    """Where people write to the shop, and where the shop writes about them."""
    tickets = {"kind": "complaint", "subject": "Charged twice", "text": CARD}
    cancelled = f"/orders/{order['id']}/cancel"
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)), note=CARD)
    refused = [
        await lin.post("/tickets", tickets),
        await lin.post(cancelled, {"reason": CARD}),
        await lin.post("/orders", body),
        await lin.post("/orders", body | {"note": "x", "is_gift": True, "gift_message": CARD}),
        await clerk.post(f"/admin/orders/{order['id']}/notes", {"text": CARD}),
    ]
    for answer in refused:
        assert answer.status_code == 422, answer.text
        assert [e["code"] for e in answer.json()["errors"]] == ["card-data-not-allowed"]
        assert "4111" not in answer.text
