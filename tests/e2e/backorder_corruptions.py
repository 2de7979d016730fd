"""An order of more than there is, and what could go wrong with what waits."""

from datetime import UTC, datetime, timedelta

from app.core.db import unit_of_work
from app.core.enums.inventory import WaitKind
from app.core.ids import new_id
from app.models.backorders import BackorderTerms
from app.services import inventory
from tests.e2e.conftest import BY_SANDBOX

BACKORDER_CORRUPTIONS = [
    ("UPDATE stock SET waiting = waiting + 1", "as many pieces wait"),
    ("UPDATE backorders SET quantity = quantity + 1", "as many pieces wait"),
    (
        (
            "UPDATE orders SET state = 'cancelled' WHERE 'order:' || id IN"
            " (SELECT owner FROM backorders WHERE filled + freed < quantity)"
        ),
        "waits for nothing",
    ),
    (
        "UPDATE order_holds SET lifted_at = now(), lifted_by = 'x' WHERE kind = 'backorder'",
        "is kept back",
    ),
    ("UPDATE backorders SET filled = quantity", "is kept back"),
    ("UPDATE stock_shortages SET written_off = 0", "is off the books"),
    (
        "UPDATE shipments SET joined_to = (SELECT max(id::text)::uuid FROM shipments)",
        "go one way and leave together",
    ),
]


async def wait_for_goods(lin):
    """One piece more than there is of the last SKU, and one of another that is missing."""
    sku_id, here = lin.shop.skus[2].id, lin.shop.warehouse.id
    async with unit_of_work(lin.sessions) as session:
        terms = BackorderTerms(
            id=new_id(),
            sku_id=sku_id,
            warehouse_id=here,
            kind=WaitKind.BACKORDER,
            most=500,
            ships_at=datetime.now(UTC) + timedelta(days=1),
            allows_partial=True,
        )
        session.add(terms)
    await lin.order(await lin.fill((2, 101)), BY_SANDBOX)
    async with unit_of_work(lin.sessions) as session:
        (await session.merge(terms)).is_active = False
        lost = inventory.Move(lin.shop.skus[0].id, here, 1)
        for each in await inventory.shortages.note(session, [lost], cause="test", actor=None):
            assert await inventory.shortages.write_off(session, each) == 0
