"""From what happens in the shop to the feeds of those it concerns."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.ids import new_id
from app.core.settings import WorkerSettings
from app.services import catalog, system
from app.services.inventory.events import LowStock
from app.services.merchants.events import ApiKeyExposed
from app.services.orders.events import OrderCancelled
from app.services.payments.events import RefundSucceeded
from app.services.webhooks.engine.facts import SUBSCRIBABLE
from app.worker.dispatch import deliver_all
from tests.factories.catalog import make_sku, make_spu
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.merchants import make_merchant
from tests.factories.orders import place
from tests.factories.payments import give_balance, staff
from tests.factories.pricing import put_price
from tests.factories.shop import make_shop
from tests.factories.webhooks import make_endpoint
from tests.integration.orders.conftest import BALANCE_TENDER

WORKER = WorkerSettings(batch=200)


async def feed(session, merchant_id) -> list[tuple[str, dict]]:
    found = await session.execute(
        text("SELECT type, data FROM webhook_events WHERE merchant_id = :id ORDER BY position"),
        {"id": merchant_id},
    )
    return [tuple(row) for row in found]


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def theirs(session, shop):
    """Another merchant that sells a SKU of its own here."""
    merchant = await make_merchant(session)
    warehouse = await make_warehouse(session, merchant.id)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    await put_stock(session, sku.id, warehouse.id, 9)
    return merchant, sku


async def test_an_order_is_told_to_whom_it_concerns_and_to_nobody_else(
    session, sessions, shop, theirs
):
    merchant, sku = theirs
    stranger = await make_merchant(session)
    for each in (shop.merchant, merchant, stranger):
        await make_endpoint(session, each.id, event_types=SUBSCRIBABLE)
    await give_balance(session, shop.member.id, 100_000)
    await session.commit()
    lines = [(shop.skus[0].id, 1), (sku.id, 2)]
    async with unit_of_work(sessions) as work:
        both = await place(work, shop.member.id, lines, tenders=(BALANCE_TENDER,))
    async with unit_of_work(sessions) as work:
        one = await place(work, shop.member.id, lines[:1], tenders=(BALANCE_TENDER,))
        waits = await place(work, shop.member.id, lines)
        unseen = OrderCancelled(
            order_id=waits.id,
            number="x",
            member_id=shop.member.id,
            channel_id=shop.channel.id,
            reason="",
            was_paid=False,
        )
        await system.publish(work, unseen)
    await deliver_all(sessions, WORKER)
    told = {"order_id": str(both.id), "order_number": both.number}
    assert await feed(session, merchant.id) == [("order.paid", told)]
    assert [each["order_id"] for _, each in await feed(session, shop.merchant.id)] == [
        str(both.id),
        str(one.id),
    ]
    assert await feed(session, stranger.id) == []
    deliveries = "SELECT count(*) FROM webhook_deliveries"
    assert await session.scalar(text(deliveries)) == 3


async def test_a_refund_is_told_to_whose_goods_it_is_of(session, sessions, shop, theirs):
    merchant, sku = theirs
    for each in (shop.merchant, merchant):
        await make_endpoint(session, each.id, event_types=["refund.succeeded"])
    refund_id, line_id = new_id(), new_id()
    await give_balance(session, shop.member.id, 100_000)
    await session.commit()
    async with unit_of_work(sessions) as work:
        placed = await place(
            work, shop.member.id, [(shop.skus[0].id, 1), (sku.id, 1)], tenders=(BALANCE_TENDER,)
        )
        line_id = await work.scalar(
            text("SELECT id FROM order_lines WHERE order_id = :id AND merchant_id = :merchant"),
            {"id": placed.id, "merchant": merchant.id},
        )
        plan_id = await work.scalar(
            text("SELECT id FROM payment_plans WHERE order_id = :id"), {"id": placed.id}
        )
        values = {"id": refund_id, "order": placed.id, "plan": plan_id, "line": line_id}
        values["member"] = shop.member.id
        await work.execute(
            text("""INSERT INTO refunds (id, number, order_id, plan_id, member_id, currency,
                amount_minor, state, reason)
                VALUES (:id, 'R1', :order, :plan, :member, 'CNY', 1, 'succeeded', 'x')"""),
            {each: values[each] for each in ("id", "order", "plan", "member")},
        )
        await work.execute(
            text("""INSERT INTO refund_units (line_id, unit_index, refund_id, member_id)
                VALUES (:line, 0, :id, :member)"""),
            {each: values[each] for each in ("line", "id", "member")},
        )
        fact = RefundSucceeded(
            order_id=placed.id, plan_id=plan_id, number="R1", currency="CNY", amount_minor=1
        )
        await system.publish(work, fact)
    async with unit_of_work(sessions) as work:
        # What else listens to refunds is not asked here.
        await work.execute(text("UPDATE outbox SET state = 'delivered' WHERE name LIKE 'orders.%'"))
    await deliver_all(sessions, WORKER, {})
    told = {"order_id": str(placed.id), "refund_number": "R1"}
    assert await feed(session, merchant.id) == [("refund.succeeded", told)]
    assert await feed(session, shop.merchant.id) == []


async def test_products_stock_and_keys_are_told_to_their_merchant(session, sessions, theirs, shop):
    merchant, sku = theirs
    await make_endpoint(session, merchant.id, event_types=["product.moved", "stock.low"])
    await make_endpoint(session, shop.merchant.id, event_types=SUBSCRIBABLE)
    spu = await make_spu(session, merchant_id=merchant.id, category_id=shop.category.id)
    await make_sku(session, spu=spu)
    spu.status = "draft"
    await session.commit()
    async with unit_of_work(sessions) as work:
        for version, action in ((1, "submit"), (2, "reject")):
            await catalog.move_product(
                work,
                spu.id,
                catalog.ProductAction(action),
                merchant_id=None,
                version=version,
                actor=staff(),
                reason="Say what it is made of",
            )
        low = LowStock(
            sku_id=sku.id,
            warehouse_id=new_id(),
            alert_id=new_id(),
            available=1,
            threshold=2,
            days_of_cover=None,
        )
        key = ApiKeyExposed(api_key_id=new_id(), merchant_id=merchant.id)
        await system.publish(work, low, key)
    await deliver_all(sessions, WORKER)
    told = await feed(session, merchant.id)
    moves = [each["status"] for name, each in told if name == "product.moved"]
    assert moves == ["in_review", "draft"]
    assert {name for name, _ in told} == {"product.moved", "stock.low", "api_key.exposed"}
    assert next(each for name, each in told if name == "stock.low")["sku_id"] == str(sku.id)
    assert await feed(session, shop.merchant.id) == []
    # The feed has it all, the endpoint what it asked for.
    types = "SELECT type, told_to FROM webhook_events ORDER BY type"
    assert [tuple(row) for row in await session.execute(text(types))] == [
        ("api_key.exposed", 0),
        ("product.moved", 1),
        ("product.moved", 1),
        ("stock.low", 1),
    ]


async def test_f20_a_message_that_comes_again_is_told_once(session, sessions, theirs):
    """Of a worker that died before its mark, nothing is kept; of one that was put back, all is."""
    merchant, _ = theirs
    await make_endpoint(session, merchant.id, event_types=["api_key.exposed"])
    await session.commit()
    async with unit_of_work(sessions) as work:
        await system.publish(work, ApiKeyExposed(api_key_id=new_id(), merchant_id=merchant.id))
    for _ in range(3):
        async with unit_of_work(sessions) as work:
            await work.execute(
                text("UPDATE outbox SET state = 'pending', delivered_at = NULL, attempts = 0")
            )
        assert await deliver_all(sessions, WORKER) == 1
    for table in ("webhook_events", "webhook_deliveries"):
        assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 1
    feeds = "SELECT last_position FROM webhook_feeds WHERE merchant_id = :id"
    assert await session.scalar(text(feeds), {"id": merchant.id}) == 1


async def test_nothing_is_kept_of_a_merchant_without_an_endpoint(session, sessions, theirs):
    merchant, _ = theirs
    await session.commit()
    async with unit_of_work(sessions) as work:
        await system.publish(work, ApiKeyExposed(api_key_id=new_id(), merchant_id=merchant.id))
    assert await deliver_all(sessions, WORKER) == 1
    assert await session.scalar(text("SELECT count(*) FROM webhook_events")) == 0
