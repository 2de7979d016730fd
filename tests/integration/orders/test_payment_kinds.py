"""A promotion for a way of paying, from the cart without a choice to the order."""

import pytest

from tests.factories.payments import give_balance
from tests.factories.promotions import make_promotion
from tests.integration.orders.conftest import BY_GATEWAY

BY_BALANCE = [{"kind": "balance"}]


@pytest.fixture
async def offer(session, shop):
    """10.00 off for who pays by balance alone; the shopper has 200.00."""
    await give_balance(session, shop.member.id, 20_000)
    offer = await make_promotion(
        session,
        shop.merchant.id,
        stage="coupon",
        action={"type": "amount_off", "amount_minor": 1_000},
        condition={"all": [{"type": "payment_kind", "kinds": ["balance"]}]},
    )
    await session.commit()
    return str(offer.id)


async def test_the_offer_is_told_before_the_choice_and_applies_after_it(lin, shop, offer):
    cart_id = await lin.cart_of((shop.sku_ids[0], 1))
    seen = (await lin.get(f"/carts/{cart_id}")).json()["quote"]
    assert [(each["promotion_id"], each["reason"]) for each in seen["rejected"]] == [
        (offer, "PAYMENT_KIND")
    ]
    assert seen["rejected"][0]["detail"] == {"kinds": "balance", "pays": "all"}
    payable = seen["totals"]["payable_minor"]
    body = await lin.agreed(cart_id, tenders=BY_BALANCE)
    placed = await lin.post("/orders", body)
    assert placed.status_code == 201
    order = (await lin.get(f"/orders/{placed.json()['id']}")).json()
    assert order["payable_minor"] == payable - 1_000


async def test_who_pays_otherwise_than_agreed_is_asked_again(lin, shop, offer):
    cart_id = await lin.cart_of((shop.sku_ids[0], 1))
    body = await lin.agreed(cart_id, tenders=BY_BALANCE)
    other = await lin.post("/orders", body | {"tenders": BY_GATEWAY})
    assert other.status_code == 409
    assert other.json()["type"].endswith("price-changed")
    told = {each["reason"]: each["detail"] for each in other.json()["quote"]["rejected"]}
    assert told["PAYMENT_KIND"] == {"kinds": "balance", "pays": "all", "chosen": "gateway"}
    cheaper = await lin.agreed(cart_id)
    placed = await lin.post("/orders", cheaper | {"tenders": BY_BALANCE})
    assert placed.status_code == 201
