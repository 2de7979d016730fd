"""The price of a finished bargain: put into a cart, quoted, ordered once, given back."""

import pytest
from sqlalchemy import text

from app.core.enums.members import MemberKind
from app.schemas.cart.carts import CartOut
from app.schemas.orders import OrderOut
from tests.factories.bargains import expire, finished, help_out, make_activity, start
from tests.factories.cart import make_cart, put_line
from tests.factories.catalog import make_channel
from tests.factories.members import bearer, make_member
from tests.factories.order_invariants import check_orders
from tests.factories.orders import ADDRESS, place, quote_hash, shopper, world
from tests.factories.promotions import make_promotion
from tests.integration.orders.conftest import Shopper
from tests.statements import Statements


@pytest.fixture
async def activity(session, shop):
    return await make_activity(session, shop)


@pytest.fixture
async def bargain_id(session, shop, activity):
    bargain_id = await finished(session, activity, shop.member.id)
    await session.commit()
    return bargain_id


async def put(lin, cart_id, sku, bargain_id, quantity=1):
    body = {"sku_id": str(sku.id), "quantity": quantity, "bargain_id": str(bargain_id)}
    return await lin.post(f"/carts/{cart_id}/lines", body)


async def asking_cart(lin, shop, bargain_id, quantity=1, *others):
    cart_id = await lin.cart_of(*others)
    added = await put(lin, cart_id, shop.skus[0], bargain_id, quantity)
    assert added.status_code == 201, added.text
    return cart_id


async def refusal(lin, cart_id):
    """Why a quote refuses the one line that asks for a bargain."""
    refused = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/bargain-unavailable")
    (line,) = refused.json()["lines"]
    return line["reason"]


async def test_one_piece_costs_the_floor_and_the_rest_their_price(lin, shop, session, bargain_id):
    cart_id = await asking_cart(lin, shop, bargain_id, 1, (shop.skus[0].id, 2))
    shown = (await lin.get(f"/carts/{cart_id}")).json()
    CartOut.model_validate(shown)
    assert {(each["quantity"], each["bargain_id"]) for each in shown["lines"]} == {
        (2, None),
        (1, str(bargain_id)),
    }
    assert shown["quote"]["totals"]["payable_minor"] == 6_000 + 2 * 10_000
    placed = await lin.post("/orders", await lin.agreed(cart_id))
    assert placed.status_code == 201, placed.text
    order = (await lin.get(f"/orders/{placed.json()['id']}")).json()
    OrderOut.model_validate(order)
    assert sorted((each["net_minor"], each["bargain_id"]) for each in order["lines"]) == [
        (6_000, str(bargain_id)),
        (20_000, None),
    ]
    assert {u["price_kind"] for each in order["lines"] for u in each["units"]} == {
        "bargain",
        "list",
    }
    assert (await lin.get(f"/bargains/started/{bargain_id}")).json()["state"] == "ordered"
    assert await session.scalar(text("SELECT sold FROM bargain_activities")) == 1
    await check_orders(session)


async def test_it_is_used_once_and_comes_back(lin, shop, session, bargain_id):
    before = await world(session)
    order = await lin.post("/orders", await lin.agreed(await asking_cart(lin, shop, bargain_id)))
    cart_id = await asking_cart(lin, shop, bargain_id)
    assert await refusal(lin, cart_id) == "used"
    shown = (await lin.get(f"/carts/{cart_id}")).json()
    CartOut.model_validate(shown)
    assert shown["lines"][0]["state"] == "bargain_unavailable"
    await lin.post(f"/orders/{order.json()['id']}/cancel")
    assert await world(session) == before
    await check_orders(session)
    shown = (await lin.get(f"/carts/{cart_id}")).json()
    assert shown["lines"][0]["state"] == "available"
    again = await lin.post("/orders", await lin.agreed(cart_id))
    assert again.status_code == 201
    await check_orders(session)


async def test_who_ordered_may_start_another(session, shop, activity, lin, bargain_id):
    assert await start(session, activity, shop.member.id) == bargain_id
    await lin.post("/orders", await lin.agreed(await asking_cart(lin, shop, bargain_id)))
    assert await start(session, activity, shop.member.id) != bargain_id


async def test_a_paid_order_that_is_given_back_gives_the_bargain_back(lin, shop, session):
    """A floor of nothing is paid at once."""
    activity = await make_activity(session, shop, floor_minor=0, quota=1)
    bargain_id = await finished(session, activity, shop.member.id)
    await session.commit()
    cart_id = await asking_cart(lin, shop, bargain_id)
    order = await lin.post("/orders", await lin.agreed(cart_id, tenders=[]))
    assert (order.status_code, order.json()["payable_minor"]) == (201, 0)
    cancelled = await lin.post(f"/orders/{order.json()['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert await session.scalar(text("SELECT sold FROM bargain_activities")) == 0
    assert await session.scalar(text("SELECT order_id FROM bargains")) is None
    await check_orders(session)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE bargain_activities SET is_active = false", "not_open"),
        ("UPDATE bargain_activities SET currency = 'USD'", "not_open"),
        ("UPDATE bargain_activities SET quota = 1, sold = 1", "exhausted"),
        ("UPDATE prices SET price_minor = 5999", "dearer_than_list"),
    ],
)
async def test_a_quote_says_why_it_is_not_good(lin, shop, session, bargain_id, statement, reason):
    cart_id = await asking_cart(lin, shop, bargain_id)
    await session.execute(text(statement))
    await session.commit()
    assert await refusal(lin, cart_id) == reason


async def test_at_the_list_price_it_is_good_still(lin, shop, session, bargain_id):
    cart_id = await asking_cart(lin, shop, bargain_id)
    await session.execute(text("UPDATE prices SET price_minor = 6000"))
    await session.commit()
    assert (await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})).status_code == 200


async def test_it_runs_out(lin, shop, session, bargain_id):
    cart_id = await asking_cart(lin, shop, bargain_id)
    await expire(session, bargain_id)
    await session.commit()
    assert await refusal(lin, cart_id) == "expired"


async def test_it_is_of_one_piece(lin, shop, bargain_id):
    assert await refusal(lin, await asking_cart(lin, shop, bargain_id, 2)) == "one_piece"


async def test_two_lines_do_not_have_one_bargain(lin, shop, bargain_id):
    cart_id = await asking_cart(lin, shop, bargain_id)
    body = {
        "sku_id": str(shop.skus[0].id),
        "quantity": 1,
        "bargain_id": str(bargain_id),
        "options": {"engraving": "L"},
    }
    assert (await lin.post(f"/carts/{cart_id}/lines", body)).status_code == 201
    refused = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})
    assert [each["reason"] for each in refused.json()["lines"]] == ["one_piece"] * 2


async def test_before_its_last_cut_it_is_not_good(lin, shop, session, activity):
    bargain_id = await start(session, activity, shop.member.id)
    await help_out(session, bargain_id, 2)
    await session.commit()
    cart_id = await asking_cart(lin, shop, bargain_id)
    assert await refusal(lin, cart_id) == "not_finished"
    await help_out(session, bargain_id, 1)
    await session.commit()
    assert (await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})).status_code == 200


async def test_it_is_for_its_owner_and_of_its_own_goods(client, lin, shop, session, bargain_id):
    cart_id = await lin.cart_of()
    refused = await put(lin, cart_id, shop.skus[1], bargain_id)
    assert (refused.status_code, refused.json()["field"]) == (422, "bargain_id")
    both = {
        "sku_id": str(shop.skus[0].id),
        "quantity": 1,
        "bargain_id": str(bargain_id),
        "exchange_offer_id": str(bargain_id),
    }
    assert (await lin.post(f"/carts/{cart_id}/lines", both)).status_code == 422
    other = await make_member(session)
    guest = await make_member(session, kind=MemberKind.GUEST, email=None)
    kim = Shopper(client, await bearer(session, other))
    visitor = Shopper(client, await bearer(session, guest))
    await session.commit()
    assert (await put(kim, await kim.cart_of(), shop.skus[0], bargain_id)).status_code == 422
    refused = await put(visitor, await visitor.cart_of(), shop.skus[0], bargain_id)
    assert refused.status_code == 401
    await put_line(session, cart_id, shop.member.id, shop.skus[1].id, bargain_id=bargain_id)
    await session.commit()
    assert await refusal(lin, cart_id) == "unknown"
    their_cart = await make_cart(session, (await make_member(session)).id)
    owner = await session.scalar(
        text("SELECT member_id FROM carts WHERE id = :id"), {"id": their_cart}
    )
    await put_line(session, their_cart, owner, shop.skus[0].id, bargain_id=bargain_id)
    late = Shopper(client, await bearer(session, await session.get_one(type(other), owner)))
    await session.commit()
    assert await refusal(late, their_cart) == "not_yours"


async def test_it_is_of_its_own_channel(client, shop, session, bargain_id):
    elsewhere = await make_channel(session, tax_rates={"standard": 1_300})
    cart_id = await make_cart(session, shop.member.id, channel_id=elsewhere.id)
    await put_line(session, cart_id, shop.member.id, shop.skus[0].id, bargain_id=bargain_id)
    lin = Shopper(client, await bearer(session, shop.member))
    await session.commit()
    assert await refusal(lin, cart_id) == "not_open"


@pytest.mark.parametrize(("blocks", "payable_minor"), [(True, 6_000), (False, 5_400)])
async def test_promotions_touch_it_where_staff_let_them(
    lin, shop, session, activity, bargain_id, blocks, payable_minor
):
    await make_promotion(
        session, shop.merchant.id, action={"type": "percent_off", "rate_bps": 1_000}
    )
    activity.blocks_promotions = blocks
    await session.commit()
    cart_id = await asking_cart(lin, shop, bargain_id)
    shown = (await lin.get(f"/carts/{cart_id}")).json()
    assert shown["quote"]["totals"]["payable_minor"] == payable_minor


async def test_a_bargain_costs_a_statement_where_there_is_one(session, engine, shop, bargain_id):
    """A quote reads it besides, as what is there and what waits; an order takes it."""
    actor = shopper(shop.member.id)
    counts = []
    for bargain in (None, bargain_id):
        cart_id = await make_cart(session, shop.member.id)
        await put_line(session, cart_id, shop.member.id, shop.skus[0].id, bargain_id=bargain)
        with Statements(engine) as quoted:
            seen = await quote_hash(session, cart_id, actor)
        with Statements(engine) as ordered:
            await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen)
        counts.append((quoted.count, ordered.count))
    assert counts == [(4, 7), (5, 9)]
