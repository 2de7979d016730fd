"""Orders that marketplaces sold: once each, at their prices, owed by the marketplace."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.order_reviews import ReviewEffect
from app.schemas.orders import AdminOrderOut
from app.services import orders, payments
from tests.factories.intake import check_intake, make_marketplace, make_sender, sold
from tests.factories.orders import LIMITS, axes, order_row, world
from tests.factories.payments import TERMS
from tests.integration.orders.refunding import ok, ship, wish
from tests.integration.orders.reviewing import make_rule
from tests.integration.orders.sending import on_stock

OWED = """
    SELECT a.code, sum(e.amount_minor) FROM ledger_accounts a
    JOIN ledger_entries e ON e.account_id = a.id
    WHERE a.kind = 'marketplace_receivable' GROUP BY 1
"""


@pytest.fixture
async def tmall(session, shop):
    channel = await make_marketplace(session)
    await session.commit()
    return channel


@pytest.fixture
async def sender(client, session, tmall):
    return await make_sender(client, session)


async def owed(session):
    return {code: int(minor) for code, minor in await session.execute(text(OWED))}


async def test_it_is_an_order_at_the_marketplaces_prices(session, shop, sender, clerk):
    """Three pieces for 100.00, of which it bears 5.00, and freight of 8.00."""
    sent = sold(shop, "T-1", (0, 3, 10_000), (1, 1, 19_000), shipping_minor=800, buyer="b-7")
    sent["lines"][0]["marketplace_discount_minor"] = 500
    (result,) = await sender.send(sent)
    assert (result["outcome"], result["problem"]) == ("placed", None)
    order = await ok(await clerk.get(f"/admin/orders/{result['order_id']}"))
    AdminOrderOut.model_validate(order)
    assert order["number"] == result["order_number"]
    assert (order["source"], order["reference"]) == ("marketplace", "tmall:T-1")
    assert order["totals"]["payable_minor"] == 29_800
    # The cent that three pieces do not share is on a line of its own.
    assert [(x["sku_code"], x["quantity"], x["net_minor"]) for x in order["lines"]] == [
        (shop.skus[0].code, 2, 6_666),
        (shop.skus[0].code, 1, 3_334),
        (shop.skus[1].code, 1, 19_000),
    ]
    assert order["lines"][0]["agreed"] == {
        "reason": "Sold at tmall; it bears 500 minor units of the discount",
        "source": "marketplace:tmall:T-1",
        "approver": None,
    }
    assert (order["address"]["region_code"], order["address"]["phone"]) == (
        "330106",
        "+8613800138000",
    )
    assert await axes(session, order["id"]) == ("open", "paid", "unfulfilled")
    assert await owed(session) == {"marketplace_receivable:tmall": 29_800}
    assert await on_stock(session, shop.sku_ids[0]) == (10, 3)
    await check_intake(session)


async def test_a_number_is_taken_once(session, shop, sender):
    sent = sold(shop, "T-1", (0, 1, 9_000))
    (first,) = await sender.send(sent)
    before = await world(session)
    again, other = await sender.send(sent, sent | {"note": "ring twice"})
    assert (again["outcome"], again["order_id"]) == ("known", first["order_id"])
    assert (other["outcome"], other["problem"]["type"]) == (
        "conflict",
        "/problems/order-intake-differs",
    )
    assert await world(session) == before
    await check_intake(session)


async def test_buyers_are_members_of_their_own(session, shop, sender):
    """The phone of a parcel is no proof: nobody who shops here sees what another bought."""
    shop.member.phone = "+8613800138000"
    await session.commit()
    results = await sender.send(
        sold(shop, "T-1", (0, 1, 9_000), buyer="b-7"),
        sold(shop, "T-2", (0, 1, 9_000), buyer="b-7"),
        sold(shop, "T-3", (0, 1, 9_000)),
    )
    rows = [await order_row(session, each["order_id"]) for each in results]
    first, second, third = (each["member_id"] for each in rows)
    assert first == second
    assert len({first, third, shop.member.id}) == 3


async def test_one_in_trouble_stops_no_other_and_is_tried_again(session, shop, sender, clerk):
    nowhere = {"address": sold(shop, "", (0, 1, 1))["address"] | {"city": "不存在市"}}
    results = await sender.send(
        sold(shop, "T-1", (0, 11, 99_000)),
        sold(shop, "T-2", (0, 1, 9_000), **nowhere),
        sold(shop, "T-3", (0, 1, 9_000), total_minor=9_001),
        sold(shop, "T-4", (0, 1, 9_000)) | {"lines": [line("nothing")], "total_minor": 5},
        sold(shop, "T-5", (0, 1, 9_000)),
    )
    told = [(each["outcome"], each["problem"] and each["problem"]["type"]) for each in results]
    assert told == [
        ("failed", "/problems/out-of-stock"),
        ("failed", "/problems/unknown-region"),
        ("failed", "/problems/order-intake-totals-differ"),
        ("failed", "/problems/unknown-goods"),
        ("placed", None),
    ]
    waiting = await ok(await clerk.get("/admin/order-intake", state="failed"))
    assert [each["external_number"] for each in waiting["items"]] == ["T-4", "T-3", "T-2", "T-1"]
    assert waiting["items"][3]["content"]["lines"][0]["quantity"] == 11
    await session.execute(
        text("UPDATE stock SET on_hand = 20 WHERE sku_id = :id"), {"id": shop.sku_ids[0]}
    )
    await session.commit()
    path = f"/admin/order-intake/{results[0]['intake_id']}/retry"
    tried = await ok(await clerk.post(path))
    assert (tried["state"], tried["tries"], tried["problem"]) == ("placed", 2, None)
    refused = await clerk.post(path)
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "/problems/illegal-order-intake-transition",
    )
    # What was wrong is sent again as it should be, and takes the place of the first.
    (mended,) = await sender.send(sold(shop, "T-2", (0, 1, 9_000)))
    assert mended["outcome"] == "placed"


def line(sku):
    return {"sku": sku, "quantity": 1, "net_minor": 5}


async def test_what_is_paid_later_is_sent_again(session, shop, sender):
    sent = sold(shop, "T-1", (0, 2, 18_000), is_paid=False)
    (first,) = await sender.send(sent)
    assert await axes(session, first["order_id"]) == ("open", "awaiting", "unfulfilled")
    assert (await owed(session), await on_stock(session, shop.sku_ids[0])) == ({}, (10, 2))
    for _ in range(2):
        (paid,) = await sender.send(sent | {"is_paid": True})
        assert (paid["outcome"], paid["order_id"]) == ("known", first["order_id"])
    session.expire_all()
    assert await axes(session, first["order_id"]) == ("open", "paid", "unfulfilled")
    assert await owed(session) == {"marketplace_receivable:tmall": 18_000}
    # Sent unpaid once more, late: it stays paid.
    (late,) = await sender.send(sent)
    assert late["outcome"] == "known"
    await check_intake(session)


async def test_cancelling_leaves_nothing_owed(session, shop, sender, clerk):
    before = await world(session)
    (paid, unpaid, failed) = await sender.send(
        sold(shop, "T-1", (0, 2, 18_000), shipping_minor=600),
        sold(shop, "T-2", (1, 1, 18_000), is_paid=False),
        sold(shop, "T-3", (0, 11, 9_000)),
    )
    for number in ("T-1", "T-1", "T-2", "T-3"):
        assert (await sender.cancel(number)).status_code == 200, number
    assert await axes(session, paid["order_id"]) == ("cancelled", "refunded", "cancelled")
    assert await axes(session, unpaid["order_id"]) == ("cancelled", "closed", "cancelled")
    assert await world(session) == before
    shown = await ok(await clerk.get("/admin/order-intake/tmall/T-3"))
    assert shown["state"] == "cancelled"
    (again,) = await sender.send(sold(shop, "T-3", (0, 11, 9_000)))
    assert (again["outcome"], again["intake_id"]) == ("cancelled", failed["intake_id"])
    # The buyer pays what was given up: nobody is told that it will be sent.
    (late,) = await sender.send(sold(shop, "T-2", (1, 1, 18_000)))
    assert (late["outcome"], late["problem"]["type"]) == (
        "failed",
        "/problems/not-awaiting-payment",
    )
    assert (await sender.cancel("T-9")).status_code == 404
    await check_intake(session)


async def test_what_has_left_comes_back_as_a_return(session, shop, sender, clerk):
    (result,) = await sender.send(sold(shop, "T-1", (0, 2, 18_000)))
    order = await ok(await clerk.get(f"/admin/orders/{result['order_id']}"))
    await ship(session, order)
    refused = await sender.cancel("T-1")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-shipped")
    body = wish(lines=[{"line_id": order["lines"][0]["id"], "quantity": 1}])
    made = await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds", body), 201)
    assert (made["state"], made["parts"][0]["kind"]) == ("succeeded", "marketplace")
    assert await owed(session) == {"marketplace_receivable:tmall": 9_000}
    await check_intake(session)


async def test_only_marketplaces_and_only_who_may(session, shop, sender, clerk, lin):
    await make_marketplace(session, code="closed-one", is_active=False)
    await session.commit()
    for channel in (shop.channel.code, "nowhere", "closed-one"):
        refused = await sender.post(sold(shop, "T-1", (0, 1, 1)), channel=channel)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/not-a-marketplace")
    body = {"channel": "tmall", "orders": [sold(shop, "T-1", (0, 1, 1))]}
    assert (await clerk.post("/admin/order-intake", body)).status_code == 403
    # Nobody pays "at a marketplace" at checkout.
    cart_id = await lin.cart_of((shop.sku_ids[0], 1))
    methods = await lin.post(
        f"/carts/{cart_id}/quote",
        {"address": sold(shop, "", (0, 1, 1))["address"], "tenders": [{"kind": "marketplace"}]},
    )
    assert methods.status_code == 422


async def test_masked_numbers_lose_their_extension_to_the_name(session, shop, sender):
    sent = sold(shop, "T-1", (0, 1, 9_000))
    sent["address"] = sent["address"] | {"phone": "13800138000-6789"}
    (result,) = await sender.send(sent)
    address = (await order_row(session, result["order_id"]))["address"]
    assert (address["phone"], address["recipient"]) == ("+8613800138000", "王小明 [6789]")


async def test_what_a_process_left_is_placed_by_the_worker(session, sessions, shop, sender, tmall):
    (first,) = await sender.send(sold(shop, "T-1", (0, 1, 9_000)))
    async with unit_of_work(sessions) as own:
        await own.execute(
            text(
                "INSERT INTO order_intakes (id, channel_id, external_number, digest, content,"
                " is_paid, received_by, updated_at) SELECT gen_random_uuid(), channel_id, 'T-2',"
                " 'x', content, true, received_by, now() - interval '2 minutes'"
                " FROM order_intakes"
            )
        )
    for expected in (1, 0):
        done = await orders.intake.place_due(sessions, limits=LIMITS, terms=TERMS, limit=10)
        assert done == expected
    found = await orders.intake.find_intake(session, "tmall", "T-2")
    assert (found["state"], found["order_id"] != first["order_id"]) == ("placed", True)
    await check_intake(session)


async def test_rules_tell_where_an_order_comes_from(session, sessions, shop, sender):
    """Classified like any other: by its channel, its source and what it is for."""
    mine = {"sources": ["marketplace"], "channel_kinds": ["marketplace"], "kinds": ["sale"]}
    await make_rule(
        session, ReviewEffect.PASS, conditions=mine, labels=["tmall"], order_priority=70
    )
    await make_rule(session, ReviewEffect.PASS, conditions={"sources": ["cart"]}, labels=["web"])
    await make_rule(session, conditions={"kinds": ["sample"]})
    await session.commit()
    (result,) = await sender.send(sold(shop, "T-1", (0, 1, 9_000)))
    assert await orders.review.judge_due(sessions, limit=10) == 1
    row = await order_row(session, result["order_id"])
    assert (row["labels"], row["priority"], row["state"]) == (["tmall"], 70, "open")


async def test_methods_of_shoppers_do_not_name_it():
    listed = payments.list_methods(payments.Sale(currency="CNY"), 100, terms=TERMS)
    assert "marketplace" not in [each.method for each in listed]
