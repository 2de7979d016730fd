"""What a store decides about refunds: kept by staff, frozen on orders, followed by each refund."""

import pytest
from sqlalchemy import text

from app.core.enums.scopes import Scope
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from tests.factories.payments import give_points
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.staff import bearer, make_staff
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, refused, ship, wish

RULES = {
    "policy": "reverse_order",
    "valuation": "prorata",
    "shortfall": "withheld",
    "grace_days": 10,
    "shop_pays": ["late", "changed_mind"],
}
SETTINGS = {
    "policy": "attributed",
    "valuation": "as_promoted",
    "shortfall": "debt",
    "grace_days": 90,
    "shop_pays": ["defective", "late", "not_delivered", "out_of_stock", "wrong_item"],
}


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(
            gateways=["alipay"], query_after_seconds=0, routing_seconds=0, refund_alone_minor=None
        ),
    )


async def put(desk, channel_id, version=0, **rules):
    return await desk.client.put(
        f"/api/v1/admin/refund-policies/{channel_id}",
        headers=desk.headers | {"If-Match": f'"{version}"'},
        json=RULES | rules,
    )


async def test_a_store_follows_the_settings_until_it_decides(clerk, shop):
    path = f"/admin/refund-policies/{shop.channel.id}"
    said = await clerk.get(path)
    assert said.headers["etag"] == '"0"'
    assert said.json()["rules"] == SETTINGS | {"decided_by": "settings", "version": None}
    made = await put(clerk, shop.channel.id)
    assert made.headers["etag"] == '"1"'
    ours = RULES | {"shop_pays": ["changed_mind", "late"], "decided_by": "store", "version": 1}
    assert (await ok(made))["rules"] == ours
    assert (await ok(await clerk.get(path)))["rules"] == ours
    listed = await ok(await clerk.get("/admin/refund-policies"))
    assert [each["rules"] for each in listed["items"] if each["id"] == str(shop.channel.id)] == [
        ours
    ]
    same = await put(clerk, shop.channel.id, 1)
    assert (await ok(same))["version"] == 1
    more = await put(clerk, shop.channel.id, 1, grace_days=0)
    assert (await ok(more))["version"] == 2


async def test_edits_need_the_right_and_the_version_and_a_store(clerk, client, session, shop):
    assert await refused(await put(clerk, shop.channel.id, 1)) == (412, "stale-version")
    assert await refused(await put(clerk, shop.merchant.id)) == (404, "not-found")
    assert (await put(clerk, shop.channel.id, grace_days=3651)).status_code == 422
    staff = await make_staff(session, scopes=[Scope.PAYMENTS_READ])
    reader = Shopper(client, await bearer(session, staff))
    await session.commit()
    assert (await put(reader, shop.channel.id)).status_code == 403


async def test_an_order_keeps_the_rules_it_was_placed_under(clerk, lin, session, shop, purse):
    """Half by points, half by balance: the last tender first, whatever is decided later."""
    await give_points(session, shop.member.id, 10_000)
    await session.commit()
    await ok(await put(clerk, shop.channel.id))
    mixed = [{"kind": "points"}, *BY_BALANCE]
    order = await lin.order((shop.skus[0].id, 2), tenders=mixed)
    await ok(await put(clerk, shop.channel.id, 1, policy="attributed", valuation="reprice"))
    seen = await ok(await lin.get(f"/orders/{order['id']}/refundable"))
    assert (seen["rules"]["policy"], seen["rules"]["version"]) == ("reverse_order", 1)
    lines = await lines_of(lin, order)
    one = wish(lines=[{"line_id": lines[shop.skus[0].code], "quantity": 1}])
    told = await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds/preview", one))
    assert [each["kind"] for each in told["refund"]["parts"]] == ["balance"]
    assert told["rules"]["decided_by"] == "store"
    assert (told["valuation"], told["shop_pays"]) == ("prorata", True)
    made = await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds", one), 201)
    assert [each["kind"] for each in made["parts"]] == ["balance"]


async def test_units_are_worth_what_the_rules_of_the_order_say(clerk, lin, session, shop, purse):
    """300 less 60 of a promotion that prices nothing anew: 160 at cost, 140 by what is kept."""
    await make_promotion(
        session,
        shop.merchant.id,
        condition={"all": [{"type": "min_amount", "amount_minor": 30_000}]},
        action={"type": "amount_off", "amount_minor": 6_000},
    )
    await session.commit()
    found = []
    for version, valuation in enumerate(("prorata", "reprice")):
        await ok(await put(clerk, shop.channel.id, version, valuation=valuation))
        order = await lin.order((shop.skus[0].id, 1), (shop.skus[1].id, 1), tenders=BY_BALANCE)
        await ship(session, order)
        lines = await lines_of(lin, order)
        one = wish(lines=[{"line_id": lines[shop.skus[1].code], "quantity": 1}])
        made = await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds", one), 201)
        found.append(made["amount_minor"])
    assert found == [16_000, 14_000]


@pytest.mark.parametrize("has_left", [False, True])
async def test_coupons_that_return_live_as_long_as_the_order_was_promised(
    clerk, lin, session, shop, purse, has_left
):
    await ok(await put(clerk, shop.channel.id))
    rule = {"return_coupon": "on_full_refund", "coupon_expiry": "grace"}
    promotion = await make_promotion(
        session, shop.merchant.id, stage="coupon", needs_coupon=True, refund=rule
    )
    coupon = await make_coupon(session, promotion.id)
    await session.execute(
        text("UPDATE coupons SET valid_to = now() + interval '3 days' WHERE id = :id"),
        {"id": coupon.id},
    )
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    await ok(await lin.send("PUT", f"/carts/{cart_id}/coupons", {"codes": [coupon.code]}))
    order = await ok(await lin.post("/orders", await lin.agreed(cart_id, tenders=BY_BALANCE)), 201)
    if has_left:
        await ship(session, order)
    await ok(await put(clerk, shop.channel.id, 1, grace_days=300))
    await ok(await clerk.post(f"/admin/orders/{order['id']}/refunds", wish("everything")), 201)
    days = "SELECT state, extract(day FROM valid_to - now() + interval '1 hour') FROM coupons"
    row = (await session.execute(text(f"{days} WHERE id = :id"), {"id": coupon.id})).one()
    assert tuple(row) == ("available", 10)
