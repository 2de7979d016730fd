"""What is sent again because of a return: as any parcel, but no sale."""

import pytest
from sqlalchemy import text

from app.core.enums.inventory import StockGrade
from app.core.enums.orders import FulfilmentKind
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.ids import new_id
from app.core.settings import ShippingSettings
from app.services import finance, inventory, orders
from tests.factories.orders import order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import facts, leave, locked, promise, resent, shipping
from tests.integration.orders.returning import approve, ask
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, on_stock, send

REPLACEMENT, REPAIR = FulfilmentKind.REPLACEMENT, FulfilmentKind.REPAIR


@pytest.fixture
async def asked(session):
    """Two of one SKU were sent; one of them is asked back."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    await session.execute(
        text("UPDATE skus SET cost_minor = 300, cost_currency = 'CNY' WHERE id = :id"),
        {"id": shop.skus[0].id},
    )
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 2)], tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    (line,) = await line_ids(session, placed.id)
    row = await approve(session, await ask(session, shopper(shop.member.id), placed.id, (line, 1)))
    return shop, row, line


async def again(session, shop, row, line, kind=REPLACEMENT, sku_id=None, quantity=1):
    return await promise(session, row, line, sku_id or shop.skus[0].id, quantity, kind)


async def test_a_replacement_is_promised_sent_and_no_sale(session, asked):
    shop, row, line = asked
    before = await order_row(session, row["order_id"])
    made = await again(session, shop, row, line)
    assert await on_stock(session, shop.skus[0].id) == (8, 1)
    assert await broken(session) == []
    sold = len(await facts(session, "orders.shipped.v1"))
    await leave(session, made)
    assert await on_stock(session, shop.skus[0].id) == (7, 0)
    after = await order_row(session, row["order_id"])
    assert before["fulfilment_status"] == after["fulfilment_status"] == "shipped"
    assert len(await facts(session, "orders.shipped.v1")) == sold
    (fact,) = await facts(session, "orders.replacement_shipped.v1")
    assert (fact["cost_minor"], fact["kind"], fact["quantities"]) == (300, "replacement", [1])
    for _ in range(2):
        await finance.book_replacement(session, fact)
    assert await booked(session) == {"after_sales_cost:replacements": 300, "goods_clearing": -300}
    assert [len(each["units"]) for each in await shipping.sent(session, row["order_id"])] == [1]
    assert await broken(session) == []


async def booked(session):
    found = await session.execute(
        text(
            "SELECT a.code, sum(e.amount_minor)::int AS minor FROM ledger_entries e"
            " JOIN ledger_accounts a ON a.id = e.account_id"
            " WHERE a.kind IN ('after_sales_cost', 'goods_clearing') GROUP BY 1"
        )
    )
    return {row.code: row.minor for row in found}


async def test_another_sku_is_packed_shipped_and_named(session, asked):
    shop, row, line = asked
    made = await again(session, shop, row, line, sku_id=shop.skus[1].id)
    (there,) = made["lines"]
    assert (there["sku_id"], there["sku_code"]) == (str(shop.skus[1].id), shop.skus[1].code)
    on_hand, _ = await on_stock(session, shop.skus[1].id)
    parcel = await leave(session, made)
    assert await on_stock(session, shop.skus[1].id) == (on_hand - 1, 0)
    assert [each["sku_id"] for each in parcel["lines"]] == [str(shop.skus[1].id)]
    assert await broken(session) == []


async def test_what_is_not_there_is_not_promised(session, asked):
    shop, row, line = asked
    with pytest.raises(inventory.OutOfStock):
        await again(session, shop, row, line, quantity=9)


async def test_it_is_called_off_and_sent_after_all(session, asked):
    shop, row, line = asked
    await again(session, shop, row, line)
    order = await locked(session, row)
    assert await shipping.call_off(session, order, row["id"], actor=CLERK)
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    await resent(session, row, "cancelled")
    await again(session, shop, row, line)
    assert await on_stock(session, shop.skus[0].id) == (8, 1)
    assert await broken(session) == []
    made = await resent(session, row)
    waybill = shipping.Waybill(carrier_code="sf")
    packed = await shipping.pack_parcel(
        session, shipping.PackParcel(fulfilment_id=made["id"], waybill=waybill), actor=CLERK
    )
    assert not await shipping.call_off(session, order, row["id"], actor=CLERK)
    await shipping.hand_over(session, packed["id"], actor=CLERK, limits=LIMITS)
    assert not await shipping.call_off(session, order, row["id"], actor=CLERK)
    assert await broken(session) == []


async def test_it_is_split_and_put_together_by_itself(session, asked):
    """Pieces that are sent again for a return do not mix with what was bought."""
    shop, row, line = asked
    made = await again(session, shop, row, line)
    sale = await session.scalar(
        text("SELECT id FROM fulfilments WHERE order_id = :id AND kind = 'sale'"),
        {"id": row["order_id"]},
    )
    for into, source in ((made["id"], sale), (sale, made["id"])):
        with pytest.raises(shipping.NotTogether):
            await shipping.put_together(session, into, source, actor=CLERK)
    assert await broken(session) == []


async def test_refunds_take_nothing_off_it(session, asked):
    shop, row, line = asked
    await again(session, shop, row, line)
    order = await locked(session, row)
    assert await shipping.drop_pieces(session, order, {line: 1}, actor=staff()) == {}
    assert await on_stock(session, shop.skus[0].id) == (8, 1)


async def test_an_order_is_received_once_what_is_sent_again_has_left(sessions, session, asked):
    shop, row, line = asked
    made = await again(session, shop, row, line)
    buyer, order_id = shopper(shop.member.id), row["order_id"]
    with pytest.raises(shipping.NotUnderWay) as refused:
        await shipping.confirm_receipt(session, order_id, actor=buyer, limits=LIMITS)
    assert refused.value.context == {"fulfilment_status": "unfulfilled"}
    due = text("SELECT arrival_due_at - now() FROM orders WHERE id = :id")
    await session.execute(text("UPDATE orders SET arrival_due_at = now()"))
    await leave(session, made)
    left = await session.scalar(due, {"id": order_id})
    assert left.total_seconds() == LIMITS.received_after_shipping_seconds
    await shipping.confirm_receipt(session, order_id, actor=buyer, limits=LIMITS)


async def test_what_is_sent_again_gives_time(session, asked):
    shop, row, line = asked
    buyer, order_id = shopper(shop.member.id), row["order_id"]
    await shipping.confirm_receipt(session, order_id, actor=buyer, limits=LIMITS)
    await leave(session, await again(session, shop, row, line))
    left = await session.scalar(
        text("SELECT completes_at - now() FROM orders WHERE id = :id"), {"id": order_id}
    )
    seconds = LIMITS.received_after_shipping_seconds + LIMITS.return_window_seconds
    assert left.total_seconds() == seconds


async def test_its_arrival_counts_when_what_was_bought_is_lost(session, asked):
    shop, row, line = asked
    parcel = await leave(session, await again(session, shop, row, line))
    limits = ShippingSettings(received_after_delivery_seconds=60)
    seen = shipping.Sighting(state=ShipmentState.DELIVERED)
    await shipping.record_tracking(
        session, parcel["id"], seen, actor=CLERK, source=TrackingSource.STAFF, limits=limits
    )
    due = await session.scalar(
        text("SELECT arrival_due_at - now() FROM orders WHERE id = :id"), {"id": row["order_id"]}
    )
    assert due.total_seconds() == 60
    assert (await order_row(session, row["order_id"]))["fulfilment_status"] == "shipped"


async def test_one_that_comes_back_undelivered_costs_nothing(session, asked):
    shop, row, line = asked
    parcel = await leave(session, await again(session, shop, row, line))
    await shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    for name, handler in (
        ("orders.replacement_shipped.v1", finance.book_replacement),
        ("orders.replacement_returned.v1", finance.take_back_replacement),
    ):
        (fact,) = await facts(session, name)
        await handler(session, fact)
    assert set((await booked(session)).values()) == {0}
    (returnable,) = await orders.after_sales.returnable(
        session, row["order_id"], None, actor=shopper(shop.member.id)
    )
    assert returnable.left == 1
    assert await broken(session) == []


async def test_what_was_repaired_leaves_from_where_it_lies(session, asked):
    """It is the shopper's: it lies frozen, is promised to nobody, and costs nothing."""
    shop, row, line = asked
    sku_id, there = shop.skus[0].id, row["warehouse_id"]
    cause = f"repair:{row['number']}"
    frozen = inventory.Move(sku_id, there, 1, grade=StockGrade.FROZEN)
    await inventory.take_back(session, [frozen], cause=cause)
    made = await again(session, shop, row, line, kind=REPAIR)
    assert await on_stock(session, sku_id) == (8, 0)
    split = shipping.SplitOff(fulfilment_id=made["id"], warehouse_id=new_id())
    with pytest.raises(shipping.NotTogether):
        await shipping.split_off(session, split, actor=CLERK)
    parcel = await leave(session, made)
    lies = text("SELECT frozen FROM stock WHERE sku_id = :id")
    assert await session.scalar(lies, {"id": sku_id}) == 0
    (fact,) = await facts(session, "orders.replacement_shipped.v1")
    await finance.book_replacement(session, fact)
    assert await booked(session) == {}
    await shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
    assert await session.scalar(lies, {"id": sku_id}) == 1
    assert await on_stock(session, sku_id) == (8, 0)
    assert await broken(session) == []


async def test_it_follows_a_completed_order_but_no_cancelled_one(session, asked):
    shop, row, line = asked
    made = await again(session, shop, row, line)
    change = text("UPDATE orders SET state = :state WHERE id = :id")
    await session.execute(change, {"state": "cancelled", "id": row["order_id"]})
    with pytest.raises(orders.IllegalTransition):
        await shipping.start_picking(session, made["id"], actor=CLERK)
    await session.execute(change, {"state": "completed", "id": row["order_id"]})
    await shipping.start_picking(session, made["id"], actor=CLERK)
    await resent(session, row, "picking")
    await shipping.stop_picking(session, made["id"], actor=CLERK)
    await leave(session, made)
    kinds = await session.scalars(
        text("SELECT kind FROM order_events WHERE order_id = :id ORDER BY id"),
        {"id": row["order_id"]},
    )
    assert list(kinds)[-5:] == [
        "replacement_promised",
        "replacement_picking",
        "replacement_picking_stopped",
        "packed",
        "replacement_shipped",
    ]
