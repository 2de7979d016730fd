"""Carts over HTTP: opening, filling, the cart page, coupons, and the way from guest to member."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.schemas.cart.carts import CartOut
from tests.factories.members import bearer, make_member
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


@pytest.fixture
async def headers(session, shop):
    found = await bearer(session, shop.member)
    await session.commit()
    return found


@pytest.fixture
async def cart_id(client, headers, shop):
    opened = await client.post("/api/v1/carts", headers=headers, json={})
    assert opened.status_code == 201
    assert opened.json()["tokens"] is None
    return opened.json()["id"]


@pytest.fixture
def add(client, headers, cart_id):
    async def add(**body):
        return await client.post(f"/api/v1/carts/{cart_id}/lines", headers=headers, json=body)

    return add


@pytest.fixture
def page(client, headers, cart_id):
    async def page():
        answer = await client.get(f"/api/v1/carts/{cart_id}", headers=headers)
        assert answer.status_code == 200, answer.text
        CartOut.model_validate_json(answer.content)
        return answer.json()

    return page


async def test_an_empty_cart_has_no_quote(page):
    shown = await page()
    assert (shown["lines"], shown["groups"], shown["quote"]) == ([], [], None)


async def test_the_page_shows_lines_quote_and_stock(add, page, shop):
    await add(sku_id=str(shop.skus[0].id), quantity=2, note="gift", options={"engraving": "L"})
    shown = await page()
    (line,) = shown["lines"]
    assert (line["name"], line["quantity"], line["note"]) == (shop.spu.name, 2, "gift")
    assert (line["options"], line["sku_options"]) == ({"engraving": "L"}, {"size": "0"})
    assert (line["state"], line["available"]) == ("available", None)
    assert shown["quote"]["totals"]["payable_minor"] == 20_000
    assert shown["quote"]["lines"][0]["line_id"] == line["id"]


async def test_s13_stock_counts_over_all_lines_of_a_sku(add, page, shop):
    """S13: six and five are more than ten, whatever is engraved."""
    await add(sku_id=str(shop.skus[0].id), quantity=6)
    await add(sku_id=str(shop.skus[0].id), quantity=5, options={"engraving": "L"})
    shown = await page()
    assert [(line["state"], line["available"]) for line in shown["lines"]] == [
        ("not_enough", 10)
    ] * 2


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ("UPDATE spus SET status = 'off_sale'", "not_for_sale"),
        ("DELETE FROM prices", "not_for_sale"),
        ("UPDATE stock SET reserved = on_hand", "out_of_stock"),
    ],
)
async def test_what_cannot_be_bought_is_shown_and_said(add, page, shop, session, statement, state):
    await add(sku_id=str(shop.skus[0].id), quantity=1)
    await session.execute(text(statement))
    await session.commit()
    shown = await page()
    assert [line["state"] for line in shown["lines"]] == [state]


async def test_groups_name_what_applies_and_what_is_near(add, page, shop, session):
    """C27: the cart by promotion, and what is missing to the next tier."""
    applied = await make_promotion(session, shop.merchant.id)
    near = await make_promotion(
        session,
        shop.merchant.id,
        stage="coupon",
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
        action={"type": "percent_off", "rate_bps": 5_000},
    )
    await session.commit()
    await add(sku_id=str(shop.skus[0].id), quantity=1)
    groups = {each["promotion_id"]: each for each in (await page())["groups"]}
    assert groups[str(applied.id)]["amount_minor"] == 1_000
    assert len(groups[str(applied.id)]["line_ids"]) == 1
    assert groups[str(near.id)]["line_ids"] == groups[str(applied.id)]["line_ids"]
    assert groups[str(near.id)]["stage"] == "coupon"
    gap = groups[str(near.id)]["next_tier"]
    assert (gap["missing_minor"], gap["missing_quantity"]) == (21_000, None)
    assert gap["gain_minor"] > 0


async def test_a_group_holds_the_lines_that_count_towards_it(add, page, shop, session):
    flash = await make_price_list(session, kind="flash", blocks_promotions=True)
    await put_price(session, flash.id, shop.sku_ids[1], 100)
    near = await make_promotion(
        session,
        shop.merchant.id,
        scope={"skus": [str(each) for each in shop.sku_ids[:2]]},
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
    )
    gift = {"type": "gift", "presents": [{"sku_id": str(shop.sku_ids[1])}]}
    given = await make_promotion(
        session, shop.merchant.id, stage="coupon", action=gift, scope=near.scope
    )
    await session.commit()
    for sku_id in shop.sku_ids:
        await add(sku_id=str(sku_id), quantity=1)
    shown = await page()
    lines = {each["sku_id"]: each["id"] for each in shown["lines"]}
    groups = {each["promotion_id"]: each for each in shown["groups"]}
    for each in (near, given):
        assert groups[str(each.id)]["line_ids"] == [lines[str(shop.sku_ids[0])]]
    assert groups[str(near.id)]["next_tier"]["missing_minor"] == 20_000


async def test_coupons_are_replaced_and_explained(
    client, headers, cart_id, add, page, shop, session
):
    promotion = await make_promotion(session, shop.merchant.id, stage="coupon", needs_coupon=True)
    coupon = await make_coupon(session, promotion.id)
    await session.commit()
    await add(sku_id=str(shop.skus[0].id), quantity=1)
    path = f"/api/v1/carts/{cart_id}/coupons"
    put = await client.put(
        path, headers=headers, json={"codes": [coupon.code.lower(), "NOBODYHASIT"]}
    )
    assert put.json() == {"codes": [coupon.code, "NOBODYHASIT"]}
    shown = await page()
    assert shown["unknown_codes"] == ["NOBODYHASIT"]
    assert [each["code"] for each in shown["quote"]["applied"]] == [coupon.code]
    assert (await client.put(path, headers=headers, json={"codes": []})).json() == {"codes": []}
    assert (await page())["quote"]["totals"]["payable_minor"] == 10_000


async def test_the_present_that_is_wanted_is_shown(
    client, headers, cart_id, add, page, shop, session
):
    presents = [{"sku_id": str(sku_id)} for sku_id in shop.sku_ids[1:]]
    promotion = await make_promotion(
        session, shop.merchant.id, action={"type": "gift", "presents": presents}
    )
    await session.commit()
    await add(sku_id=str(shop.skus[0].id), quantity=1)
    path = f"/api/v1/carts/{cart_id}/gifts"
    assert [each["sku_id"] for each in (await page())["gifts"]] == [presents[0]["sku_id"]]
    choices = {str(promotion.id): presents[1]["sku_id"]}
    put = await client.put(path, headers=headers, json={"choices": choices})
    assert put.status_code == 204
    shown = await page()
    assert shown["gift_choices"] == choices
    assert [each["sku_id"] for each in shown["gifts"]] == [presents[1]["sku_id"]]
    many = {str(uuid4()): presents[0]["sku_id"] for _ in range(21)}
    for wrong in ({"tea": "pot"}, many):
        refused = await client.put(path, headers=headers, json={"choices": wrong})
        assert refused.status_code == 422
    missing = await client.put(
        f"/api/v1/carts/{uuid4()}/gifts", headers=headers, json={"choices": {}}
    )
    assert missing.status_code == 404


async def test_m40_six_codes_are_too_many(client, headers, cart_id):
    """M40: at most five codes."""
    answer = await client.put(
        f"/api/v1/carts/{cart_id}/coupons",
        headers=headers,
        json={"codes": [f"CODE{i}" for i in range(6)]},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "quantity", [0, -1, 1.5, "1", True, 10_000, 2**31, 2**63, None, [], {"n": 1}]
)
async def test_m1_a_quantity_is_a_small_whole_number(add, shop, quantity):
    """M1: anything else is 422, never 500."""
    answer = await add(sku_id=str(shop.skus[0].id), quantity=quantity)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sku_id": "01890000-0000-7000-8000-000000000000", "sku_code": "A", "quantity": 1},
        {"sku_code": "A", "quantity": 1, "price_minor": 1},
        {"sku_code": "A", "quantity": 1, "options": {"text": "x" * 201}},
        {"sku_code": "A", "quantity": 1, "options": {f"k{i}": "x" * 90 for i in range(9)}},
        {"sku_code": "A", "quantity": 1, "note": "nul\u0000"},
    ],
)
async def test_m3_a_line_says_what_and_no_price(add, body):
    """M3: prices are not taken from a body."""
    answer = await add(**body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_lines_are_changed_and_removed(client, headers, cart_id, add, page, shop):
    line = (await add(sku_code=shop.skus[0].code, quantity=1)).json()
    path = f"/api/v1/carts/{cart_id}/lines/{line['id']}"
    changed = await client.patch(path, headers=headers, json={"quantity": 3, "is_selected": False})
    assert (changed.json()["quantity"], changed.json()["is_selected"]) == (3, False)
    assert (await page())["quote"] is None
    assert (await client.delete(path, headers=headers)).status_code == 204
    assert (await client.delete(path, headers=headers)).status_code == 404
    assert (await page())["lines"] == []


async def test_a1_the_cart_of_somebody_else_is_not_found(client, cart_id, add, shop, session):
    """A1 on every route with a cart's id."""
    line = (await add(sku_id=str(shop.skus[0].id), quantity=1)).json()
    other = await bearer(session, await make_member(session))
    await session.commit()
    base = f"/api/v1/carts/{cart_id}"
    tries = [
        ("GET", base, None),
        ("POST", f"{base}/lines", {"sku_id": str(shop.skus[0].id), "quantity": 1}),
        ("PATCH", f"{base}/lines/{line['id']}", {"quantity": 2}),
        ("DELETE", f"{base}/lines/{line['id']}", None),
        ("PUT", f"{base}/coupons", {"codes": []}),
    ]
    for method, path, body in tries:
        answer = await client.request(method, path, headers=other, json=body)
        assert answer.status_code == 404, (method, path)
        assert (await client.request(method, path, json=body)).status_code == 401


async def test_a_guest_keeps_a_cart_and_takes_it_along(client, shop, session):
    """C26: a guest's cart becomes the member's at sign-up."""
    opened = (await client.post("/api/v1/carts", json={})).json()
    guest = {"Authorization": f"Bearer {opened['tokens']['access_token']}"}
    added = await client.post(
        f"/api/v1/carts/{opened['id']}/lines",
        headers=guest,
        json={"sku_id": str(shop.skus[0].id), "quantity": 2},
    )
    assert added.status_code == 201
    joined = await client.post(
        "/api/v1/auth/register",
        headers=guest,
        json={"email": "new@example.com", "password": "a long enough password"},
    )
    assert joined.status_code == 201, joined.text
    member = {"Authorization": f"Bearer {joined.json()['access_token']}"}
    own = (await client.post("/api/v1/carts", headers=member, json={})).json()
    shown = (await client.get(f"/api/v1/carts/{own['id']}", headers=member)).json()
    assert [line["quantity"] for line in shown["lines"]] == [2]
    assert (await client.get(f"/api/v1/carts/{opened['id']}", headers=member)).status_code == 404


async def test_a4_guests_do_not_see_each_other(client, shop):
    """A4: a guest is somebody in particular."""
    one, two = [(await client.post("/api/v1/carts", json={})).json() for _ in range(2)]
    headers = {"Authorization": f"Bearer {two['tokens']['access_token']}"}
    assert (await client.get(f"/api/v1/carts/{one['id']}", headers=headers)).status_code == 404
