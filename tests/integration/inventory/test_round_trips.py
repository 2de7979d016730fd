"""How many statements moving stock sends, with batches and serials and without."""

import pytest

from app.core import clock
from app.services import inventory
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.test_pos_sales import till
from tests.integration.inventory.test_serials import pack, promise, scan_in, ship
from tests.statements import Statements


@pytest.fixture
async def shop(session):
    return await make_shop(session, quantity=3)


async def track(session, shop):
    """From now on by batch and by serial."""
    await inventory.batches.track(session, shop.sku_ids[0], shelf_days=0, actor=staff())
    await inventory.serials.track(session, shop.sku_ids[0], actor=staff())
    await scan_in(session, shop, "A", "B", "C")


@pytest.mark.parametrize(("is_tracked", "statements"), [(False, 4), (True, 7)])
async def test_a_parcel_leaves(session, engine, shop, is_tracked, statements):
    """Promises, stock, are there serials, are there batches; serials 2, batches 1."""
    await promise(session, shop, 1)
    if is_tracked:
        await track(session, shop)
        await pack(session, shop, "A")
    with Statements(engine) as sent:
        await ship(session, shop, 1)
    assert sent.count == statements, sent.sent


@pytest.mark.parametrize(
    ("is_tracked", "is_offline", "statements"),
    [(False, False, 10), (True, False, 13), (False, True, 11), (True, True, 14)],
)
async def test_a_till_sells(session, engine, shop, is_tracked, is_offline, statements):
    """The till, what it names, the sale, stock, lines, moves 2, batches, serials; the answer."""
    channel = await till(session)
    if is_tracked:
        await track(session, shop)
    tea = shop.sku_ids[0]
    sale = inventory.pos_sales.NewPosSale(
        warehouse_id=shop.warehouse.id,
        channel_id=channel.id,
        number="T-1",
        sold_at=clock.now(),
        pieces={tea: 1},
        serials={tea: ["A"]} if is_tracked else {},
        is_offline=is_offline,
    )
    with Statements(engine) as sent:
        await inventory.pos_sales.sell(session, sale, actor=staff())
    assert sent.count == statements, sent.sent
