"""Goods for points: shown, put into a cart, quoted, ordered, given back."""

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.actor import Actor, Audience
from app.core.enums.members import MemberKind
from app.core.ids import new_id
from app.schemas.cart.carts import CartOut
from app.schemas.cart.quotes import CartQuoteOut
from app.schemas.orders import OrderOut
from app.services import pricing
from tests.factories.cart import make_cart, put_line
from tests.factories.exchange import make_offer
from tests.factories.members import bearer, make_member
from tests.factories.order_invariants import check_orders
from tests.factories.orders import ADDRESS, place, quote_hash, shopper, world
from tests.factories.payment_invariants import check_always
from tests.factories.payments import give_balance, give_points, make_gift_card
from tests.factories.promotions import make_promotion
from tests.integration.orders.conftest import BY_GATEWAY, Shopper
from tests.statements import Statements

STAFF = Actor(Audience.ADMIN, new_id())


@pytest.fixture
async def offer(session, shop):
    offer = await make_offer(session, shop.skus[0].id)
    await session.commit()
    return offer


async def put(lin, cart_id, offer, quantity=1):
    body = {"sku_id": str(offer.sku_id), "quantity": quantity, "exchange_offer_id": str(offer.id)}
    return await lin.post(f"/carts/{cart_id}/lines", body)


async def asking_cart(lin, offer, quantity=1, *others):
    """A cart with pieces of an offer, and other goods at their price."""
    cart_id = await lin.cart_of(*others)
    assert (await put(lin, cart_id, offer, quantity)).status_code == 201
    return cart_id


async def test_goods_for_points_are_listed_with_what_is_left(lin, shop, session, offer):
    shown = await lin.get("/exchange")
    assert shown.json() == {
        "items": [
            {
                "id": str(offer.id),
                "sku_id": str(offer.sku_id),
                "sku_code": shop.skus[0].code,
                "slug": shop.spu.slug,
                "name": shop.spu.name,
                "options": {"size": "0"},
                "image_url": None,
                "currency": "CNY",
                "points": 500,
                "cash_minor": 2_000,
                "list_minor": 10_000,
                "per_member": None,
                "tiers": [],
                "starts_at": None,
                "ends_at": None,
                "available": 10,
            }
        ],
        "next_after": None,
    }
    later = await make_offer(session, shop.skus[2].id, points=5_000, cash_minor=0, quota=3)
    await session.commit()
    page = (await lin.get("/exchange", limit=1)).json()
    assert [(each["id"], each["available"]) for each in page["items"]] == [(str(later.id), 3)]
    rest = (await lin.get("/exchange", limit=1, after=page["next_after"])).json()
    assert [each["id"] for each in rest["items"]] == [str(offer.id)]
    few = (await lin.get("/exchange", max_points=500)).json()
    assert [each["id"] for each in few["items"]] == [str(offer.id)]
    assert (await lin.get(f"/exchange/{later.id}")).json()["points"] == 5_000


@pytest.mark.parametrize(
    "terms",
    [
        {"is_active": False},
        {"ends_at": clock.now()},
        {"points": 8_001},
        {"currency": "JPY"},
    ],
    ids=["closed", "over", "dearer than the list price", "another currency"],
)
async def test_what_is_not_open_is_not_listed(lin, shop, session, terms):
    hidden = await make_offer(session, shop.skus[0].id, **terms)
    await session.commit()
    assert (await lin.get("/exchange")).json()["items"] == []
    assert (await lin.get(f"/exchange/{hidden.id}")).status_code == 404


async def test_points_and_money_pay_and_come_back(lin, shop, session, offer, gateway):
    """Cards and balance pay everything but the points, whatever the order of tenders."""
    await give_points(session, shop.member.id, 600)
    await give_points(session, shop.member.id, 900)
    await give_balance(session, shop.member.id, 5_000)
    card = await make_gift_card(session, 20_000)
    await session.commit()
    before = await world(session)
    cart_id = await asking_cart(lin, offer, 2, (shop.skus[0].id, 1))
    tenders = [{"kind": "gift_card", "code": card.code}, {"kind": "balance"}, *BY_GATEWAY]
    quoted = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS, "tenders": tenders})
    CartQuoteOut.model_validate_json(quoted.content)
    told = quoted.json()
    assert told["exchange_points"] == 1_000
    assert [
        (each["quantity"], each["points"], each["cash_minor"]) for each in told["exchanges"]
    ] == [(2, 500, 2_000)]
    assert told["quote"]["totals"]["payable_minor"] == 10_000 + 2 * 2_500
    assert told["quote"]["totals"]["price_saving_minor"] == 2 * 7_500
    assert told["payment"]["missing_points"] == 0
    assert [
        (each["kind"], each["amount_minor"], each["points"], each["exchange_points"])
        for each in told["payment"]["tenders"]
    ] == [("gift_card", 14_000, None, 0), ("points", 1_000, 1_000, 1_000)]
    body = await lin.agreed(cart_id, tenders=tenders)
    placed = await lin.post("/orders", body)
    assert placed.status_code == 201, placed.text
    order = (await lin.get(f"/orders/{placed.json()['id']}")).json()
    OrderOut.model_validate(order)
    assert order["payment_status"] == "paid"
    assert sorted((line["exchange_points"], line["net_minor"]) for line in order["lines"]) == [
        (0, 10_000),
        (1_000, 5_000),
    ]
    kinds = {unit["price_kind"] for line in order["lines"] for unit in line["units"]}
    assert kinds == {"list", "exchange"}
    await check_orders(session)
    await check_always(session)
    cancelled = await lin.post(f"/orders/{order['id']}/cancel")
    assert cancelled.status_code == 200
    assert await world(session) == before
    await check_orders(session)
    await check_always(session)


async def test_points_alone_pay_at_once(lin, shop, session):
    offer = await make_offer(
        session, shop.skus[2].id, points=5_000, cash_minor=0, quota=1, per_member=1
    )
    await give_points(session, shop.member.id, 5_000)
    await session.commit()
    order = await lin.post("/orders", await lin.agreed(await asking_cart(lin, offer), tenders=[]))
    assert order.json()["payment"]["due_minor"] == 0
    assert [each["points"] for each in order.json()["payment"]["tenders"]] == [5_000]
    gone = await put(lin, await lin.cart_of(), offer)
    assert gone.status_code == 201
    shown = (await lin.get(f"/carts/{gone.json()['cart_id']}")).json()
    CartOut.model_validate(shown)
    assert shown["lines"][0]["state"] == "exchange_unavailable"
    await lin.post(f"/orders/{order.json()['id']}/cancel")
    shown = (await lin.get(f"/carts/{gone.json()['cart_id']}")).json()
    assert shown["lines"][0]["state"] == "available"
    assert shown["lines"][0]["exchange"] == {"points": 5_000, "cash_minor": 0}
    assert shown["exchange_points"] == 5_000
    await check_orders(session)


async def test_an_unpaid_order_gives_points_and_quota_back(lin, shop, session):
    offer = await make_offer(session, shop.skus[0].id, quota=1)
    await give_points(session, shop.member.id, 500)
    await session.commit()
    before = await world(session)
    order = await lin.post("/orders", await lin.agreed(await asking_cart(lin, offer)))
    assert order.json()["payment"]["due_minor"] == 2_000
    await check_orders(session)
    await lin.post(f"/orders/{order.json()['id']}/cancel")
    assert await world(session) == before
    await check_orders(session)


async def test_without_the_points_there_is_no_order(lin, shop, session, offer):
    """A full balance does not make up for points that are missing."""
    await give_points(session, shop.member.id, 499)
    await give_balance(session, shop.member.id, 50_000)
    await session.commit()
    cart_id = await asking_cart(lin, offer)
    body = await lin.agreed(cart_id, tenders=[{"kind": "balance"}])
    quoted = await lin.post(
        f"/carts/{cart_id}/quote", {"address": ADDRESS, "tenders": [{"kind": "balance"}]}
    )
    assert (
        quoted.json()["payment"]["missing_points"],
        quoted.json()["payment"]["uncovered_minor"],
    ) == (1, 1)
    refused = await lin.post("/orders", body)
    assert refused.status_code == 409
    assert (refused.json()["type"], refused.json()["missing_points"]) == (
        "/problems/points-missing",
        1,
    )


async def test_no_promotion_touches_goods_for_points(lin, shop, session, offer):
    """Nor do they help others over a threshold: 100.00 of goods at their price do not reach it."""
    await make_promotion(
        session,
        shop.merchant.id,
        condition={"all": [{"type": "min_amount", "amount_minor": 10_001}]},
    )
    await give_points(session, shop.member.id, 5_000)
    await session.commit()
    cart_id = await asking_cart(lin, offer, 1, (shop.skus[0].id, 1))
    shown = (await lin.get(f"/carts/{cart_id}")).json()["quote"]
    assert (shown["totals"]["discount_minor"], shown["totals"]["payable_minor"]) == (0, 12_500)


@pytest.mark.parametrize(
    ("terms", "quantity", "reason"),
    [
        ({"is_active": False}, 1, "not_open"),
        ({"ends_at": clock.now()}, 1, "not_open"),
        ({"tiers": ["gold"]}, 1, "not_entitled"),
        ({"quota": 2}, 3, "exhausted"),
        ({"per_member": 2}, 3, "exhausted"),
        ({"points": 8_001}, 1, "dearer_than_list"),
    ],
)
async def test_a_quote_says_why_goods_cannot_be_had(lin, shop, session, terms, quantity, reason):
    offer = await make_offer(session, shop.skus[0].id, **terms)
    await give_points(session, shop.member.id, 50_000)
    await session.commit()
    cart_id = await asking_cart(lin, offer, quantity)
    refused = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/exchange-unavailable"
    assert [(each["offer_id"], each["reason"]) for each in refused.json()["lines"]] == [
        (str(offer.id), reason)
    ]


async def test_a_tier_has_offers_of_its_own(lin, shop, session):
    offer = await make_offer(session, shop.skus[0].id, tiers=["gold"])
    await session.execute(text("UPDATE members SET tier = 'gold'"))
    await session.commit()
    cart_id = await asking_cart(lin, offer)
    assert (await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})).status_code == 200


async def test_what_was_taken_counts_against_the_member(lin, shop, session):
    offer = await make_offer(session, shop.skus[0].id, per_member=2)
    await give_points(session, shop.member.id, 5_000)
    await session.commit()
    await lin.post("/orders", await lin.agreed(await asking_cart(lin, offer, 1)))
    cart_id = await asking_cart(lin, offer, 2)
    refused = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})
    assert refused.json()["lines"][0]["left"] == 1


async def test_an_offer_is_of_its_own_goods_and_for_members(client, lin, shop, session, offer):
    cart_id = await lin.cart_of()
    body = {"sku_id": str(shop.skus[1].id), "quantity": 1, "exchange_offer_id": str(offer.id)}
    refused = await lin.post(f"/carts/{cart_id}/lines", body)
    assert (refused.status_code, refused.json()["field"]) == (422, "exchange_offer_id")
    guest = await make_member(session, kind=MemberKind.GUEST, email=None)
    visitor = Shopper(client, await bearer(session, guest))
    await session.commit()
    cart_id = await visitor.cart_of()
    refused = await put(visitor, cart_id, offer)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/unauthenticated")


async def test_other_points_are_another_agreement(lin, shop, session, offer):
    """Fewer money for more points is a lower payable, and yet not what the shopper agreed to."""
    await give_points(session, shop.member.id, 5_000)
    await session.commit()
    body = await lin.agreed(await asking_cart(lin, offer))
    terms = pricing.ExchangeTerms(points=1_000, cash_minor=100)
    await pricing.edit_exchange_offer(session, offer.id, terms, version=1, actor=STAFF)
    await session.commit()
    refused = await lin.post("/orders", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/price-changed")


async def test_goods_for_points_stand_on_a_line_of_their_own(lin, shop, session, offer):
    cart_id = await asking_cart(lin, offer, 1, (shop.skus[0].id, 1))
    assert (await put(lin, cart_id, offer, 1)).status_code == 201
    lines = (await lin.get(f"/carts/{cart_id}")).json()["lines"]
    assert sorted((each["quantity"], each["exchange"] is None) for each in lines) == [
        (1, True),
        (2, False),
    ]


async def test_goods_for_points_cost_a_statement_where_there_are_any(session, engine, shop, offer):
    """A quote reads the offer besides, as what is there and what waits; an order counts it.

    The points are what points cost.
    """
    await give_points(session, shop.member.id, 500)
    await session.commit()
    actor = shopper(shop.member.id)
    cart_id = await make_cart(session, shop.member.id)
    await put_line(session, cart_id, shop.member.id, offer.sku_id, exchange_offer_id=offer.id)
    with Statements(engine) as sent:
        seen = await quote_hash(session, cart_id, actor)
    assert sent.count == 5, sent.sent
    with Statements(engine) as sent:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen)
    assert sent.count == 12, sent.sent
