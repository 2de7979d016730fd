"""Kits that were sold, of which one came back, and what could go wrong with them."""

from uuid import UUID

from app.core.db import unit_of_work
from tests.e2e.conftest import BY_SANDBOX
from tests.factories.inventory import put_stock
from tests.factories.kits import make_kit
from tests.factories.orders import shopper
from tests.integration.orders.returning import ask, brought_back, refund
from tests.integration.orders.sending import line_ids, send

KIT_CORRUPTIONS = [
    ("UPDATE skus SET is_kit = false WHERE is_kit", "consists of something"),
    ("DELETE FROM kit_components", "consists of something"),
    (
        (
            "INSERT INTO stock (sku_id, warehouse_id) SELECT k.id, w.id"
            " FROM skus k, warehouses w WHERE k.is_kit"
        ),
        "no kit lies in a warehouse",
    ),
    (
        (
            "UPDATE reservations r SET sku_id = q.kit_id, state = 'committed'"
            " FROM kit_promises q WHERE q.owner = r.owner AND q.sku_id = r.sku_id"
            " AND q.quantity = 2"
        ),
        "promised itself",
    ),
    (
        (
            "DELETE FROM reservations r USING kit_promises q"
            " WHERE q.owner = r.owner AND q.sku_id = r.sku_id"
        ),
        "was promised with it",
    ),
    ("DELETE FROM kit_promises", "fulfilments ship"),
    ("UPDATE kit_promises SET quantity = quantity + 1", "fulfilments ship"),
    ("UPDATE order_return_pieces SET damaged = damaged + 1", "good for something"),
    (
        "UPDATE order_return_pieces SET resellable = 0, damaged = resellable WHERE resellable > 0",
        "good for something",
    ),
    ("DELETE FROM order_return_pieces", "as what they were graded"),
]


async def sell_kits(lin):
    """Two kits of two pieces and one left, and one of them is back."""
    tea, _, pot = lin.shop.sku_ids
    async with unit_of_work(lin.sessions) as session:
        for sku_id, pieces in ((tea, 4), (pot, 2)):
            await put_stock(session, sku_id, lin.shop.warehouse.id, pieces)
        kit_id = await make_kit(session, lin.shop, (tea, 2), (pot, 1))
    cart_id = await lin.fill()
    line = {"sku_id": str(kit_id), "quantity": 2}
    await lin.ask("POST", f"/carts/{cart_id}/lines", line, status=201)
    order = await lin.order(cart_id, BY_SANDBOX)
    await lin.at_the_sandbox(order["payment"])
    await lin.work()
    order_id, actor = UUID(order["id"]), shopper(lin.shop.member.id)
    async with unit_of_work(lin.sessions) as session:
        await send(session, order_id)
        (line_id,) = await line_ids(session, order_id)
        row = await ask(session, actor, order_id, (line_id, 1))
        await refund(session, await brought_back(session, row, (1, 0, 0)))
    await lin.work()
