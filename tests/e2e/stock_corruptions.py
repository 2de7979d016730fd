"""Documents of stock, and what could go wrong with them."""

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.catalog import ChannelKind
from app.core.enums.inventory import AdjustmentReason
from app.services import inventory
from tests.factories.catalog import make_channel
from tests.factories.inventory import make_warehouse
from tests.factories.payments import staff

STOCK_CORRUPTIONS = [
    ("UPDATE stocktakes SET state = 'counting'", "once it is agreed to"),
    ("UPDATE stocktake_lines SET counted = counted + 1", "once it is agreed to"),
    ("DELETE FROM stock_movements WHERE kind = 'stocktake'", "once it is agreed to"),
    ("UPDATE stock_adjustments SET state = 'rejected'", "once it is agreed to"),
    ("UPDATE stock_adjustment_lines SET quantity = quantity - 1", "once it is agreed to"),
    ("UPDATE stock_transfer_lines SET shipped = shipped + 1", "arrived, is on its way"),
    ("UPDATE stock_transfer_lines SET damaged = damaged + 1", "arrived, is on its way"),
    ("DELETE FROM stock_movements WHERE kind = 'transfer_in'", "arrived, is on its way"),
    ("UPDATE stock_transfer_lines SET lost = lost + 1", "accounts for every piece"),
    ("UPDATE stock_transfers SET state = 'in_transit'", "accounts for every piece"),
    ("UPDATE stock_transfer_receipts SET over = over + 1", "taken in part by part"),
    ("DELETE FROM stocktake_counts", "last count of a SKU stands"),
    ("UPDATE stocktake_batches SET counted = counted + 1", "adds up its batches"),
    ("DELETE FROM stock_batch_movements WHERE kind = 'stocktake'", "of batches is of them"),
    ("UPDATE batch_stock SET on_hand = on_hand + 1", "batches add up to what lies there"),
    ("UPDATE stock SET frozen = frozen + 1", "batches add up to what lies there"),
    ("DELETE FROM stock_batch_movements WHERE kind = 'adjustment'", "movements of batches fold"),
    ("UPDATE batch_stock SET damaged = damaged + 1", "movements of batches fold"),
    ("UPDATE pos_sales SET state = 'undone'", "what tills sold left the stock"),
    ("UPDATE pos_sale_lines SET short = short + 1", "what tills sold left the stock"),
    ("DELETE FROM stock_movements WHERE kind = 'sale'", "what tills sold left the stock"),
    ("UPDATE stock_serials SET document = 'x'", "a serial is where it was seen last"),
    (
        (
            "INSERT INTO stock_serial_moves (id, serial_id, state, document, owner)"
            " SELECT gen_random_uuid(), id, 'sent', 'shipment:x', 'order:x' FROM stock_serials"
        ),
        "took a serial for each piece",
    ),
    (
        (
            "INSERT INTO stock_serial_moves (id, serial_id, state, document)"
            " SELECT gen_random_uuid(), id, 'in_transit', 'transfer:x' FROM stock_serials"
        ),
        "none of them twice",
    ),
    ("UPDATE pos_sale_lines SET serials = '{x}'", "got the serials it named"),
    ("UPDATE stock_folds SET quantity = quantity + 1", "added up every movement before it"),
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
        await transfer(session, lin.shop, cup)
        await sell_at_a_till(session, lin.shop, cup)
        await inventory.serials.track(session, cup, actor=staff())
        scan = inventory.serials.Scan(
            sku_id=cup, warehouse_id=here, document="scan:1", serials=["S-1"]
        )
        await inventory.serials.scan_in(session, scan, actor=staff())
        await inventory.batches.track(session, cup, shelf_days=0, actor=staff())
        await count_a_batch(session, here, cup, limits)
        await inventory.proof.prove(session)


async def count_a_batch(session, warehouse_id, sku_id, limits):
    """One piece of it is missing."""
    wanted = inventory.stocktakes.NewStocktake(warehouse_id=warehouse_id, sku_ids=(sku_id,))
    row = (await inventory.stocktakes.open_stocktake(session, wanted, actor=staff())).row
    number = inventory.batches.UNKNOWN
    batch = (await inventory.batches.existing(session, [(sku_id, number)]))[sku_id, number]
    page = await inventory.batches.get(session, batch)
    (there,) = [e["on_hand"] for e in page["stock"] if e["warehouse_id"] == str(warehouse_id)]
    await inventory.stocktakes.count(
        session, row.id, {}, of_batches={(sku_id, batch): there - 1}, actor=staff()
    )
    await inventory.stocktakes.submit(
        session, row.id, version=1, leaves_uncounted=False, actor=staff(), limits=limits
    )


async def transfer(session, shop, sku_id):
    """Of three pieces one arrived, one arrived broken and one was lost."""
    far = await make_warehouse(session, shop.merchant.id, is_active=False)
    wanted = inventory.transfers.NewTransfer(
        from_warehouse_id=shop.warehouse.id, to_warehouse_id=far.id, pieces={sku_id: 3}
    )
    asked = await inventory.transfers.request(session, wanted, actor=staff())
    id_ = asked.row.id
    await inventory.transfers.ship(session, id_, None, version=1, actor=staff())
    came = {sku_id: inventory.transfers.Came(1, 1)}
    await inventory.transfers.receive(session, id_, came, actor=staff())
    await inventory.transfers.close(session, id_, version=3, reason="Lost", actor=staff())


async def sell_at_a_till(session, shop, sku_id):
    channel = await make_channel(session, kind=ChannelKind.POINT_OF_SALE)
    for number in ("T-1", "T-2"):
        sale = inventory.pos_sales.NewPosSale(
            warehouse_id=shop.warehouse.id,
            channel_id=channel.id,
            number=number,
            sold_at=clock.now(),
            pieces={sku_id: 1},
        )
        row, _ = await inventory.pos_sales.sell(session, sale, actor=staff())
    await inventory.pos_sales.undo(session, row["id"], reason="Wrong", actor=staff())
