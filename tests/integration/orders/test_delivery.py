"""Delivery from quote to order: what it costs, why not, and what the order keeps."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.money import MAX_MINOR
from app.services import cart, delivery
from tests.factories.cart import make_cart
from tests.factories.counters import shopper
from tests.factories.delivery import make_point, make_slot, make_template
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import ADDRESS, order_row, place
from tests.factories.payments import GATEWAY
from tests.factories.promotions import make_promotion
from tests.integration.orders.conftest import BY_GATEWAY
from tests.statements import Statements

LHASA = ADDRESS | {
    "province": "西藏自治区",
    "city": "拉萨市",
    "district": "城关区",
    "region_code": "540102",
}


async def quote(lin, cart_id, **more):
    answer = await lin.post(
        f"/carts/{cart_id}/quote", {"address": ADDRESS, "tenders": BY_GATEWAY} | more
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def template(session, shop, **terms):
    found = await make_template(session, shop.merchant.id, **terms)
    await session.commit()
    return found


async def test_freight_is_quoted_paid_and_kept(lin, shop, session):
    found = await template(session, shop)
    cart_id = await lin.cart_of((shop.skus[0].id, 2), (shop.skus[1].id, 1))
    quoted = await quote(lin, cart_id)
    totals = quoted["quote"]["totals"]
    assert (totals["shipping_minor"], totals["payable_minor"]) == (1_000, 41_000)
    told = quoted["delivery"]
    assert (told["kind"], told["fee_minor"], told["is_allowed"]) == (
        "standard",
        1_000,
        True,
    )
    assert [each["fee_minor"] for each in told["parcels"]] == [1_000]
    assert told["parcels"][0]["warehouse_id"] == str(shop.warehouse.id)
    body = await lin.agreed(cart_id)
    placed = (await lin.post("/orders", body)).json()
    assert placed["payment"]["due_minor"] == 41_000
    row = await order_row(session, placed["id"])
    assert (row["shipping_minor"], row["payable_minor"]) == (1_000, 41_000)
    assert row["delivery"] == {
        "kind": "standard",
        "arrives_on": told["arrives_on"],
        "freight": [
            {
                "merchant_id": str(shop.merchant.id),
                "warehouse_id": None,
                "template_id": str(found.id),
                "template_version": 1,
                "zone": "here",
                "units": 3,
                "fee_minor": 1_000,
                "surcharge_minor": 0,
            }
        ],
    }


async def test_dearer_freight_is_agreed_to_anew(lin, shop, session):
    found = await template(session, shop)
    body = await lin.agreed(await lin.cart_of((shop.skus[0].id, 1)))
    found.zones = [found.zones[0] | {"first_minor": 601}]
    await session.commit()
    refused = await lin.post("/orders", body)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("price-changed")
    assert refused.json()["quote"]["totals"]["shipping_minor"] == 601


@pytest.mark.parametrize(("threshold", "fee"), [(10_000, 0), (10_001, 600)])
async def test_free_from_an_amount_before_promotions(lin, shop, session, threshold, fee):
    await make_promotion(session, shop.merchant.id)
    await template(session, shop, zone={"free_from_minor": threshold})
    totals = (await quote(lin, await lin.cart_of((shop.skus[0].id, 1))))["quote"]["totals"]
    assert (totals["shipping_minor"], totals["net_minor"]) == (fee, 9_000)


async def test_promotions_of_shipping_take_the_fee(lin, shop, session):
    await make_promotion(session, shop.merchant.id, stage="shipping", action={"type": "ship_free"})
    await template(session, shop)
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    quoted = await quote(lin, cart_id)
    totals = quoted["quote"]["totals"]
    assert (totals["shipping_minor"], totals["shipping_discount_minor"]) == (0, 600)
    assert quoted["delivery"]["fee_minor"] == 600
    assert (await lin.post("/orders", await lin.agreed(cart_id))).status_code == 201


async def test_what_is_not_served_is_told_and_not_sold(lin, shop, session):
    """C31: zones judge whether, how and for how much it is sent."""
    await template(session, shop)
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    told = (await quote(lin, cart_id, address=LHASA))["delivery"]
    reason = {
        "code": "zone_not_served",
        "merchant_id": str(shop.merchant.id),
        "zone": None,
        "region_code": "540102",
    }
    assert (told["is_allowed"], told["fee_minor"], told["reasons"]) == (False, None, [reason])
    refused = await lin.post("/orders", await lin.agreed(cart_id, address=LHASA))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("delivery-refused")
    assert refused.json()["reasons"] == [reason]
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 0


async def test_weight_and_categories_limit_a_method(lin, shop, session):
    shop.skus[0].weight_grams = 700
    terms = {"method": "express", "basis": "weight", "max_weight_grams": 1_000}
    await template(session, shop, **terms, refused_category_ids=[str(shop.root.id)])
    cart_id = await lin.cart_of((shop.skus[0].id, 2))
    standard, express = (await quote(lin, cart_id))["delivery"]["options"]
    assert (standard["kind"], standard["fee_minor"]) == ("standard", 0)
    assert [each["code"] for each in express["reasons"]] == ["too_heavy", "category_refused"]
    assert express["reasons"][0]["weight_grams"] == 1_400


async def test_a_method_dearer_than_an_order_may_be_spoils_no_quote(lin, shop, session):
    """A merchant's template may say what it likes; whoever chooses another method goes on."""
    dear = {"first_minor": MAX_MINOR, "step_minor": MAX_MINOR, "surcharge_minor": MAX_MINOR}
    await template(session, shop, method="express", zone=dear)
    cart_id = await lin.cart_of((shop.skus[0].id, 3))
    told = (await quote(lin, cart_id))["delivery"]
    assert told["is_allowed"]
    assert [each["fee_minor"] for each in told["options"]] == [0, MAX_MINOR]
    wish = {"address": ADDRESS, "tenders": BY_GATEWAY, "delivery": {"kind": "express"}}
    chosen = await lin.post(f"/carts/{cart_id}/quote", wish)
    assert (chosen.status_code, chosen.json()["type"]) == (422, "/problems/amount-too-large")


async def test_a_parcel_per_warehouse_with_its_freight(lin, shop, session):
    """C39: the split with each part's freight, before anything is ordered."""
    north = await make_warehouse(session, shop.merchant.id, priority=1)
    await put_stock(session, shop.skus[0].id, north.id, 1)
    await template(session, shop)
    await template(session, shop, warehouse_id=north.id, zone={"first_minor": 5_000})
    told = await quote(lin, await lin.cart_of((shop.skus[0].id, 11)))
    parcels = {each["warehouse_id"]: each for each in told["delivery"]["parcels"]}
    assert parcels[str(north.id)]["fee_minor"] == 5_000
    assert parcels[str(shop.warehouse.id)]["fee_minor"] == 600 + 9 * 200
    assert told["quote"]["totals"]["shipping_minor"] == 7_400


async def test_goods_are_fetched_from_a_point(lin, shop, session):
    await make_template(session, shop.merchant.id, method="pickup", zone={"first_minor": 0})
    point = await make_point(session, shop.merchant.id)
    closed = await make_point(session, shop.merchant.id, is_active=False)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    listed = await lin.get("/pickup-points", merchant_id=str(shop.merchant.id), region="31")
    assert [each["id"] for each in listed.json()["items"]] == [str(point.id)]
    for chosen, why in (
        ({}, "point_needed"),
        ({"pickup_point_id": str(closed.id)}, "point_closed"),
    ):
        told = await quote(lin, cart_id, delivery={"kind": "pickup"} | chosen)
        assert [each["code"] for each in told["delivery"]["reasons"]] == [why]
    wish = {"kind": "pickup", "pickup_point_id": str(point.id)}
    placed = await lin.post("/orders", await lin.agreed(cart_id, address=LHASA, delivery=wish))
    assert placed.status_code == 201, placed.text
    kept = (await order_row(session, placed.json()["id"]))["delivery"]
    assert kept["pickup_point_id"] == str(point.id)
    assert kept["point"]["street"] == point.street


async def test_a_slot_is_taken_by_an_order_and_given_back(lin, shop, session):
    await make_template(session, shop.merchant.id, method="same_city")
    slot = await make_slot(session, shop.merchant.id)
    await session.commit()
    listed = await lin.get("/delivery-slots", merchant_id=str(shop.merchant.id))
    assert [each["id"] for each in listed.json()["items"]] == [str(slot.id)]
    wish = {"kind": "same_city", "slot_id": str(slot.id)}
    placed = await lin.order((shop.skus[0].id, 1), delivery=wish)
    await session.refresh(slot)
    assert slot.taken == 1
    told = await quote(lin, await lin.cart_of((shop.skus[0].id, 1)), delivery=wish)
    assert [each["code"] for each in told["delivery"]["reasons"]] == ["slot_full"]
    cancelled = await lin.post(f"/orders/{placed['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    await session.refresh(slot)
    assert slot.taken == 0
    # Once: falling again, as a worker might have it, frees nobody else's place.
    slot.taken = 1
    await session.flush()
    await delivery.release_slot(session, UUID(placed["id"]))
    await session.commit()
    await session.refresh(slot)
    assert slot.taken == 1


async def test_a_method_says_what_it_needs(lin):
    cart_id = await lin.cart_of()
    for wish in (
        {"kind": "standard", "slot_id": "0190a5c8-0000-7000-8000-000000000000"},
        {"kind": "express", "pickup_point_id": "0190a5c8-0000-7000-8000-000000000000"},
        {"kind": "pigeon"},
    ):
        answer = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS, "delivery": wish})
        assert answer.status_code == 422


@pytest.mark.parametrize(("is_by_warehouse", "statements"), [(False, 7), (True, 8)])
async def test_freight_costs_no_statement_and_warehouses_one(
    session, engine, shop, is_by_warehouse, statements
):
    """Templates come with the cart; who asks whence the goods come reads stock once more."""
    warehouse_id = shop.warehouse.id if is_by_warehouse else None
    await template(session, shop, warehouse_id=warehouse_id)
    cart_id = await make_cart(session, shop.member.id, [(shop.skus[0].id, 1)])
    seen = await cart.snapshot(session, cart_id, shopper(shop.member.id))
    quoted = await cart.quote_snapshot(
        session, seen, delivery={"kind": cart.STANDARD}, address=ADDRESS
    )
    assert quoted.quote.totals.shipping_minor == 600
    agreed = str(quoted.agreement)
    with Statements(engine) as sent:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=agreed, tenders=[GATEWAY])
    assert sent.count == statements, sent.sent
