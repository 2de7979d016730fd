"""What is asked of goods that wait or are missing reads what is open, not what there ever was."""

import pytest
from sqlalchemy import text

from app.repositories.orders.backorders import BackorderQueue
from app.repositories.orders.joined import JoinedRepository
from app.repositories.orders.routes import RouteRepository
from app.services import inventory
from tests.factories.inventory import make_warehouse
from tests.factories.shop import make_shop
from tests.integration.test_growth_pages import rows_read

OVER, OPEN = 6_000, 20
# Foreign keys are not looked at, so that the rows need no orders.
CROWDS = (
    """INSERT INTO backorders (id, owner, member_id, sku_id, warehouse_id, kind, ships_at, last_at,
           allows_partial, quantity, filled)
       SELECT gen_random_uuid(), 'order:' || gen_random_uuid(), gen_random_uuid(), :sku_id,
           :warehouse_id, 'backorder', now(), now() - interval '1 hour' * n, true, 1,
           CASE WHEN n > :open THEN 1 ELSE 0 END
       FROM generate_series(1, :over) n""",
    """INSERT INTO stock_shortages (id, sku_id, warehouse_id, quantity, written_off, cause)
       SELECT gen_random_uuid(), :sku_id, :warehouse_id, 1, CASE WHEN n > :open THEN 1 ELSE 0 END,
           'stocktake:' || n
       FROM generate_series(1, :over) n""",
    """INSERT INTO reservations (id, owner, member_id, sku_id, warehouse_id, quantity, shipped,
           state)
       SELECT gen_random_uuid(), 'order:' || gen_random_uuid(), gen_random_uuid(), :sku_id,
           :warehouse_id, 1, CASE WHEN n > :open THEN 1 ELSE 0 END,
           CASE WHEN n > :open THEN 'shipped' ELSE 'committed' END
       FROM generate_series(1, :over) n""",
    """INSERT INTO fulfilments (id, number, order_id, member_id, merchant_id, warehouse_id, status,
           kind, priority)
       SELECT gen_random_uuid(), 'F-' || n, gen_random_uuid(), gen_random_uuid(), :merchant_id,
           CASE WHEN n % 2 = 0 THEN CAST(:warehouse_id AS uuid) ELSE CAST(:closed_id AS uuid) END,
           CASE WHEN n > :open THEN 'delivered' ELSE 'unfulfilled' END, 'sale', 0
       FROM generate_series(1, :over) n""",
)


@pytest.fixture
async def shop(session):
    """A year of goods that waited, were missing and were sent; a few of each still do."""
    shop = await make_shop(session)
    closed = await make_warehouse(session, shop.merchant.id)
    await session.execute(
        text("UPDATE warehouses SET is_active = false WHERE id = :id"), {"id": closed.id}
    )
    values = {
        "sku_id": shop.skus[0].id,
        "warehouse_id": shop.warehouse.id,
        "closed_id": closed.id,
        "merchant_id": shop.merchant.id,
        "open": OPEN,
        "over": OVER,
    }
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    for crowd in CROWDS:
        await session.execute(text(crowd), values)
    for table in ("backorders", "stock_shortages", "reservations", "fulfilments"):
        await session.execute(text(f"ANALYZE {table}"))
    return shop


def backorders(session, _):
    return inventory.backorders.list_waiting(session, after=None, limit=20)


def late_backorders(session, shop):
    return inventory.backorders.list_waiting(
        session, sku_id=shop.skus[0].id, is_late=True, is_over=True, after=None, limit=20
    )


def shortages(session, _):
    return inventory.shortages.list_shortages(session, is_open=True, after=None, limit=20)


def due_shortages(session, _):
    return inventory.shortages.due(session, 20)


def promised(session, shop):
    sku_id, warehouse_id = shop.skus[0].id, shop.warehouse.id
    return RouteRepository(session).promised(sku_id, warehouse_id, first=None, limit=20)


def over(session, _):
    return BackorderQueue(session).over(20)


def ending(session, _):
    return BackorderQueue(session).ending(3, 20)


def came(session, _):
    return BackorderQueue(session).due(20)


def closed_warehouses(session, _):
    return RouteRepository(session).due(20)


def alike(session, shop):
    return JoinedRepository(session).alike(shop.warehouse.id, hours=24, limit=20)


@pytest.mark.parametrize(
    "ask",
    [
        backorders,
        late_backorders,
        shortages,
        due_shortages,
        promised,
        over,
        ending,
        came,
        closed_warehouses,
        alike,
    ],
    ids=lambda each: each.__name__,
)
async def test_what_is_over_is_not_read(session, shop, ask):
    before = await rows_read(session)
    await ask(session, shop)
    assert await rows_read(session) - before <= 12 * OPEN


async def test_what_waits_where_nothing_is_closed_is_not_read(session, shop):
    """All that waits waits in warehouses that send it."""
    await session.execute(text("UPDATE warehouses SET is_active = true"))
    await session.execute(text("UPDATE fulfilments SET status = 'unfulfilled'"))
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    assert await RouteRepository(session).due(20) == []
    assert await rows_read(session) - before <= 12 * OPEN
