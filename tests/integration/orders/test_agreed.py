"""Orders without a cart: agreed prices through the rows of any order, and all that follows."""

import pytest
from sqlalchemy import text

from app.core.enums.catalog import TaxMode
from app.core.enums.orders import OrderKind, OrderSource
from app.core.enums.payments import Valuation
from app.core.errors import InvalidReference
from app.core.ids import new_id
from app.schemas.orders import AdminOrderOut, OrderOut
from app.services import delivery, inventory, orders, pricing
from tests.factories.counters import OrderCounter
from tests.factories.delivery import make_template
from tests.factories.entering import CONTRACT, line, take
from tests.factories.order_invariants import check_orders
from tests.factories.orders import ADDRESS, axes, order_row, place, world
from tests.factories.payments import BALANCE_TENDER, GATEWAY, TERMS, give_balance, staff
from tests.factories.pricing import make_purchase_limit
from tests.factories.promotions import make_promotion
from tests.integration.orders.refunding import lines_of, ok, ship, wish
from tests.integration.orders.sending import on_stock
from tests.statements import Statements

UNITS = """
    SELECT l.position, u.count, u.list_minor, u.price_minor, u.price_kind, u.net_minor, u.tax_minor
    FROM order_lines l JOIN order_units u ON u.line_id = l.id WHERE l.order_id = :id
    ORDER BY l.position, u.first_index
"""


async def units(session, order_id):
    found = await session.execute(text(UNITS), {"id": order_id})
    return [tuple(row) for row in found]


async def test_every_price_explains_itself(session, shop, lin, clerk):
    """Two pieces at 80.00 by contract beside one at its list price of 200.00."""
    actor = staff()
    placed = await take(
        session,
        shop,
        line(shop.sku_ids[0], 2, 8_000),
        line(shop.sku_ids[1], 1),
        actor=actor,
        reference="B-1/7",
    )
    await session.commit()
    assert placed.payable_minor == 2 * 8_000 + 20_000
    # 160.00 and 200.00 contain 18.41 and 23.01 of tax: a cent more on the first piece.
    assert await units(session, placed.id) == [
        (1, 1, 10_000, 8_000, "agreed", 8_000, 921),
        (1, 1, 10_000, 8_000, "agreed", 8_000, 920),
        (2, 1, 20_000, 20_000, "list", 20_000, 2_301),
    ]
    order = await ok(await lin.get(f"/orders/{placed.id}"))
    OrderOut.model_validate(order)
    assert [each["agreed"] for each in order["lines"]] == [
        {"reason": "As in their contract", "source": CONTRACT, "approver": None},
        None,
    ]
    assert (order["kind"], order["source"], order["reference"]) == ("sale", "group", "B-1/7")
    assert order["totals"]["price_saving_minor"] == 4_000
    assert order["quote"]["lines"][0]["units"][0]["price_kind"] == "agreed"
    shown = await ok(await clerk.get(f"/admin/orders/{placed.id}"))
    AdminOrderOut.model_validate(shown)
    assert shown["timeline"][0]["actor"] == actor.principal
    assert await on_stock(session, shop.sku_ids[0]) == (10, 2)
    await check_orders(session)


async def test_it_is_paid_like_any_other(session, sessions, shop):
    counter = OrderCounter(sessions)
    placed = await take(session, shop, line(shop.sku_ids[0], 2, 8_000))
    await session.commit()
    await counter.start(placed)
    assert await counter.pay(placed) == "paid"
    assert await axes(session, placed.id) == ("open", "paid", "unfulfilled")
    await check_orders(session)


async def test_a_price_above_the_list_is_kept_through_refunds(session, shop, lin, clerk):
    """Two at 150.00 that list for 100.00; one comes back for what it cost."""
    await give_balance(session, shop.member.id, 50_000)
    await make_promotion(
        session, shop.merchant.id, action={"type": "amount_off", "amount_minor": 1}
    )
    placed = await take(
        session,
        shop,
        line(shop.sku_ids[0], 2, 15_000),
        line(shop.sku_ids[1], 1),
        tenders=(BALANCE_TENDER,),
        has_promotions=True,
    )
    await session.commit()
    # The promotion takes its cent off the listed line alone.
    assert placed.payable_minor == 2 * 15_000 + 19_999
    order = await ok(await lin.get(f"/orders/{placed.id}"))
    OrderOut.model_validate(order)
    assert order["totals"]["price_saving_minor"] == -10_000
    lines = await lines_of(lin, order)
    await ship(session, order)
    first = {"line_id": lines[shop.skus[0].code], "quantity": 1}
    for valuation in (Valuation.REPRICE, Valuation.AS_PROMOTED):
        body = wish(lines=[first], valuation=valuation)
        path = f"/admin/orders/{placed.id}/refunds"
        seen = await ok(await clerk.post(f"{path}/preview", body))
        assert seen["refund"]["amount_minor"] == 15_000, valuation
    await ok(await clerk.post(path, body), 201)
    assert await axes(session, placed.id) == ("open", "partly_refunded", "shipped")
    await check_orders(session)


async def test_promotions_stay_away_unless_they_are_let_in(session, shop):
    await make_promotion(session, shop.merchant.id)
    lines = (line(shop.sku_ids[0], 1, 9_000), line(shop.sku_ids[1], 1))
    without = await take(session, shop, *lines)
    within = await take(session, shop, *lines, has_promotions=True)
    assert (without.payable_minor, within.payable_minor) == (29_000, 28_000)
    assert (await units(session, within.id))[0] == (1, 1, 10_000, 9_000, "agreed", 9_000, 1_035)
    await check_orders(session)


async def test_tax_comes_on_top_where_prices_lack_it(session, shop):
    shop.channel.tax_mode = TaxMode.EXCLUSIVE
    placed = await take(session, shop, line(shop.sku_ids[0], 2, 8_000), shipping_minor=1_000)
    assert placed.payable_minor == 16_000 + 2_080 + 1_000
    await check_orders(session)


async def test_floors_hold_unless_somebody_may_undercut_them(session, shop):
    await session.execute(
        text(
            "INSERT INTO price_floors (sku_id, currency, floor_minor)"
            " VALUES (:sku_id, 'CNY', 8_500)"
        ),
        {"sku_id": shop.sku_ids[0]},
    )
    with pytest.raises(pricing.BelowFloor) as refused:
        await take(session, shop, line(shop.sku_ids[0], 1, 8_499))
    (told,) = refused.value.context["lines"]
    assert (told["price_minor"], told["floor_minor"]) == (8_499, 8_500)
    assert told["sku_id"] == str(shop.sku_ids[0])
    assert (await take(session, shop, line(shop.sku_ids[0], 1, 8_500))).payable_minor == 8_500
    free = line(shop.sku_ids[0], 1, 0, may_undercut=True)
    assert (await take(session, shop, free, tenders=())).payable_minor == 0
    await check_orders(session)


async def test_a_reference_is_entered_once(session, shop):
    first = await take(session, shop, line(shop.sku_ids[0], 1, 5_000), reference="1001")
    before = await world(session)
    with pytest.raises(orders.ReferenceTaken) as refused:
        await take(session, shop, line(shop.sku_ids[0], 1, 5_000), reference="1001")
    assert refused.value.context["order_id"] == str(first.id)
    assert await world(session) == before
    other = await take(
        session,
        shop,
        line(shop.sku_ids[0], 1, 5_000),
        reference="1001",
        source=OrderSource.MARKETPLACE,
    )
    assert other.id != first.id


async def test_it_counts_against_nothing_members_are_counted_by(session, shop):
    """Six unpaid orders, where a shopper may have five, of goods one member may buy one of."""
    await make_purchase_limit(session, 1, sku_id=shop.sku_ids[0])
    for _ in range(6):
        await take(session, shop, line(shop.sku_ids[0], 1, 5_000))
    await check_orders(session)


async def test_freight_is_agreed_on_or_worked_out(session, shop):
    await make_template(session, shop.merchant.id)
    goods = line(shop.sku_ids[0], 2, 5_000)
    judged = await take(session, shop, goods)
    assert judged.payable_minor == 10_000 + 800
    assert (await order_row(session, judged.id))["delivery"]["freight"][0]["fee_minor"] == 800
    agreed = await take(session, shop, goods, shipping_minor=300)
    assert agreed.payable_minor == 10_300
    assert (await order_row(session, agreed.id))["delivery"] == {"kind": "standard"}
    beijing = {
        "province": "北京市",
        "city": "北京市",
        "district": "东城区",
        "region_code": "110101",
    }
    elsewhere = {"address": ADDRESS | beijing}
    with pytest.raises(delivery.DeliveryRefused):
        await take(session, shop, goods, **elsewhere)
    assert (await take(session, shop, goods, shipping_minor=0, **elsewhere)).payable_minor == 10_000
    with pytest.raises(InvalidReference):
        await take(session, shop, goods, shipping_minor=0, delivery={"kind": "pickup"})


@pytest.mark.parametrize("name", ["member_id", "channel_id"])
async def test_strangers_are_named(session, shop, name):
    with pytest.raises(InvalidReference) as refused:
        await take(session, shop, line(shop.sku_ids[0], 1, 1), **{name: new_id()})
    assert refused.value.context["field"] == name


async def test_too_little_stock_refuses_it_whole(session, shop):
    with pytest.raises(inventory.OutOfStock):
        await take(session, shop, line(shop.sku_ids[0], 11, 1))
    assert await session.scalar(text("SELECT count(*) FROM orders")) == 0


async def test_what_costs_nothing_is_paid_when_it_is_entered_and_comes_back(session, shop, clerk):
    before = await world(session)
    free = line(shop.sku_ids[0], 2, 0, may_undercut=True)
    placed = await take(
        session,
        shop,
        free,
        tenders=(),
        kind=OrderKind.SAMPLE,
        source=OrderSource.FREE,
        cost_centre="unassigned",
    )
    await session.commit()
    assert await axes(session, placed.id) == ("open", "paid", "unfulfilled")
    await check_orders(session)
    cancelled = await clerk.post(f"/admin/orders/{placed.id}/cancel", {"reason": "a mistake"})
    assert cancelled.status_code == 200, cancelled.text
    assert await axes(session, placed.id) == ("cancelled", "paid", "cancelled")
    assert await world(session) == before
    await check_orders(session)


async def test_only_sales_cost_something(session, shop):
    with pytest.raises(Exception, match="only_sales_are_paid"):
        await take(
            session,
            shop,
            line(shop.sku_ids[0], 1, 1),
            kind=OrderKind.GIVEAWAY,
            cost_centre="unassigned",
        )


async def test_it_takes_as_many_statements_as_a_cart(session, engine, shop):
    await take(session, shop, line(shop.sku_ids[0], 1, 5_000))
    with Statements(engine) as one:
        await take(session, shop, line(shop.sku_ids[0], 1, 5_000), tenders=(GATEWAY,))
    with Statements(engine) as more:
        await take(session, shop, *(line(each, 1, 1_000) for each in shop.sku_ids))
    assert one.count == more.count
    with Statements(engine) as usual:
        await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    assert one.count <= usual.count


async def test_money_that_is_waited_for_longer(session, shop):
    placed = await take(
        session, shop, line(shop.sku_ids[0], 1, 5_000), pays_within_seconds=3 * 86_400
    )
    row = await order_row(session, placed.id)
    assert (row["expires_at"] - row["created_at"]).days >= 2
    assert TERMS.waits_seconds((), at_least=1) == 1
