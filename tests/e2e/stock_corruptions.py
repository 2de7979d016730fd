"""Documents of stock, and what could go wrong with them."""

from app.core.db import unit_of_work
from app.core.enums.inventory import AdjustmentReason
from app.services import inventory
from tests.factories.payments import staff

STOCK_CORRUPTIONS = [
    ("UPDATE stocktakes SET state = 'counting'", "once it is agreed to"),
    ("UPDATE stocktake_lines SET counted = counted + 1", "once it is agreed to"),
    ("DELETE FROM stock_movements WHERE kind = 'stocktake'", "once it is agreed to"),
    ("UPDATE stock_adjustments SET state = 'rejected'", "once it is agreed to"),
    ("UPDATE stock_adjustment_lines SET quantity = quantity - 1", "once it is agreed to"),
    ("DELETE FROM stocktake_counts", "last count of a SKU stands"),
]


async def keep_stock(lin):
    """One SKU was counted twice, and one corrected by hand."""
    tea, cup, _ = lin.shop.sku_ids
    here, limits = lin.shop.warehouse.id, lin.resources.settings.inventory
    async with unit_of_work(lin.sessions) as session:
        wanted = inventory.stocktakes.NewStocktake(warehouse_id=here, sku_ids=(tea,))
        opened = await inventory.stocktakes.open_stocktake(session, wanted, actor=staff())
        for counted in (70, 80):
            await inventory.stocktakes.count(session, opened.row.id, {tea: counted}, actor=staff())
        await inventory.stocktakes.submit(
            session,
            opened.row.id,
            version=opened.row.version,
            leaves_uncounted=False,
            actor=staff(),
            limits=limits,
        )
        correction = inventory.adjustments.NewAdjustment(
            warehouse_id=here,
            reason=AdjustmentReason.FOUND,
            document="A1",
            moves=(inventory.Move(cup, here, 3),),
        )
        await inventory.adjustments.ask(session, correction, actor=staff(), limits=limits)
