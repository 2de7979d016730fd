"""What is sent again has batches and serials as anything else that leaves and comes back."""

import pytest
from sqlalchemy import text

from app.core.enums.after_sales import MendOutcome, ReturnKind
from app.core.enums.inventory import BatchState
from app.core.enums.payments import RefundReason
from app.services import inventory
from app.services.inventory import BatchShort, SerialsMissing
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_documents
from tests.integration.inventory.test_batches import in_days, lies, receive
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import leave, resent, shipping, worked_off
from tests.integration.orders.returning import approve, ask, brought_back
from tests.integration.orders.returning import receive as take_goods
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, send
from tests.integration.orders.test_repairs import mend

EXCHANGE = {"kind": ReturnKind.EXCHANGE}
BROKEN = {"kind": ReturnKind.REPAIR, "reason_code": RefundReason.DEFECTIVE}


async def bought(session, shop, pieces=1):
    """Whoever bought pieces that have left, the order and its line."""
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, pieces)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    return shopper(shop.member.id), placed


@pytest.fixture
async def tea(session):
    """One piece of batch A was bought and sent; B and C lie there."""
    shop = await make_shop(session, quantity=0)
    await session.execute(text("UPDATE skus SET cost_minor = 300, cost_currency = 'CNY'"))
    await inventory.batches.track(session, shop.sku_ids[0], shelf_days=0, actor=staff())
    await receive(session, shop, "A", 1, in_days(30))
    buyer, placed = await bought(session, shop)
    await send(session, placed.id)
    await receive(session, shop, "B", 2, in_days(60))
    (line,) = await line_ids(session, placed.id)
    return shop, buyer, placed.id, line


@pytest.fixture
async def phone(session):
    """Of three phones A was bought; it has left."""
    shop = await make_shop(session, quantity=3)
    await inventory.serials.track(session, shop.sku_ids[0], actor=staff())
    await scan_in(session, shop, "A", "B", "C")
    buyer, placed = await bought(session, shop)
    made = await packed(session, placed.id)
    await scan_for(session, shop, made, "A")
    await shipping.hand_over(session, made["id"], actor=CLERK, limits=LIMITS)
    (line,) = await line_ids(session, placed.id)
    return shop, buyer, placed.id, line


async def packed(session, order_id, kind="sale"):
    wanted = shipping.FulfilmentFilter(order_id=order_id)
    parts = await shipping.list_fulfilments(session, wanted, after=None, limit=9)
    (part,) = [each for each in parts if each["kind"] == kind]
    command = shipping.PackParcel(
        fulfilment_id=part["id"], waybill=shipping.Waybill(carrier_code="sf")
    )
    return await shipping.pack_parcel(session, command, actor=CLERK)


def scan_of(shop, document, serials):
    return inventory.serials.Scan(
        sku_id=shop.sku_ids[0],
        warehouse_id=shop.warehouse.id,
        document=document,
        serials=serials,
    )


async def scan_in(session, shop, *serials):
    await inventory.serials.scan_in(session, scan_of(shop, "scan:1", serials), actor=staff())


async def scan_for(session, shop, parcel, *serials):
    scan = scan_of(shop, f"shipment:{parcel['number']}", serials)
    await inventory.serials.scan_for(session, scan, actor=staff())


async def hand_over(session, parcel):
    await shipping.hand_over(session, parcel["id"], actor=CLERK, limits=LIMITS)
    await worked_off(session)


async def states(session):
    rows = await inventory.serials.page(session, after=None, limit=9)
    return {row["serial"]: (row["state"], row["owner"]) for row in rows}


async def sound(session):
    assert (await inventory.proof.prove(session)).differences == 0
    await assert_documents(session)
    assert await broken(session) == []


async def got(session, number):
    """Who got a batch: pieces sent and back."""
    statement = text("SELECT id FROM stock_batches WHERE number = :number")
    batch_id = await session.scalar(statement, {"number": number})
    rows = await inventory.batches.recipients(session, batch_id, after=None, limit=9)
    return {row["order_id"]: (row["sent"], row["back"]) for row in rows}


async def exchanged(session, sold):
    """The goods came back whole, and others are to be sent."""
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **EXCHANGE)
    row = await brought_back(session, row, (1, 0, 0))
    await worked_off(session)
    return row


async def test_a_replacement_takes_what_expires_first_and_is_the_buyers(session, tea):
    _, buyer, order_id, line = tea
    row = await exchanged(session, tea)
    assert await lies(session) == {"A": (1, 0, 0), "B": (2, 0, 0)}
    bad = await session.scalar(text("SELECT id FROM stock_batches WHERE number = 'A'"))
    await inventory.batches.judge(
        session, bad, BatchState.RECALLED, version=1, reason="Glass", actor=staff()
    )
    await leave(session, await resent(session, row))
    await worked_off(session)
    assert await lies(session) == {"A": (0, 0, 1), "B": (1, 0, 0)}
    assert await got(session, "A") == {order_id: (1, 1)}
    assert await got(session, "B") == {order_id: (1, 0)}
    # What is brought back is what was sent last.
    row = await ask(session, buyer, order_id, (line, 1))
    await brought_back(session, row, (0, 1, 0))
    assert await lies(session) == {"A": (0, 0, 1), "B": (1, 1, 0)}
    assert await got(session, "B") == {order_id: (1, 1)}
    await sound(session)


async def test_a_replacement_does_not_leave_of_what_may_not_be_sold(session, tea):
    row = await exchanged(session, tea)
    for number in "AB":
        batch_id = await session.scalar(
            text("SELECT id FROM stock_batches WHERE number = :number"), {"number": number}
        )
        await inventory.batches.judge(
            session, batch_id, BatchState.BLOCKED, version=1, reason="Mould", actor=staff()
        )
    made = await resent(session, row)
    with pytest.raises(BatchShort):
        async with session.begin_nested():
            await leave(session, made)


async def test_a_replacement_that_comes_back_undelivered_is_of_its_batch(session, tea):
    _, _, order_id, _ = tea
    row = await exchanged(session, tea)
    parcel = await leave(session, await resent(session, row))
    await shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
    assert await lies(session) == {"A": (1, 0, 0), "B": (2, 0, 0)}
    assert await got(session, "A") == {order_id: (2, 2)}
    await sound(session)


async def repaired(session, sold):
    _, buyer, order_id, line = sold
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), **BROKEN))
    return await take_goods(session, row)


async def test_what_was_repaired_goes_back_as_the_batch_it_was(session, tea):
    """Others that expire sooner lie frozen beside it."""
    shop, _, order_id, _ = tea
    await receive(session, shop, "Z", 3, in_days(1))
    bad = await session.scalar(text("SELECT id FROM stock_batches WHERE number = 'Z'"))
    await inventory.batches.judge(
        session, bad, BatchState.RECALLED, version=1, reason="Glass", actor=staff()
    )
    row = await repaired(session, tea)
    assert await lies(session) == {"A": (0, 0, 1), "B": (2, 0, 0), "Z": (0, 0, 3)}
    row = await mend(session, row, MendOutcome.REPAIRED)
    parcel = await leave(session, await resent(session, row))
    await worked_off(session)
    assert await lies(session) == {"A": (0, 0, 0), "B": (2, 0, 0), "Z": (0, 0, 3)}
    assert await got(session, "A") == {order_id: (2, 1)}
    await shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
    assert await lies(session) == {"A": (0, 0, 1), "B": (2, 0, 0), "Z": (0, 0, 3)}
    await sound(session)


async def test_what_was_repaired_and_comes_back_again_is_of_its_batch(session, tea):
    _, buyer, order_id, line = tea
    row = await mend(session, await repaired(session, tea), MendOutcome.REPAIRED)
    await leave(session, await resent(session, row))
    await worked_off(session)
    await brought_back(session, await ask(session, buyer, order_id, (line, 1)), (1, 0, 0))
    assert await lies(session) == {"A": (1, 0, 0), "B": (2, 0, 0)}
    await sound(session)


async def test_what_cannot_be_repaired_is_ours_as_the_batch_it_was(session, tea):
    row = await repaired(session, tea)
    await mend(session, row, MendOutcome.UNREPAIRABLE)
    assert await lies(session) == {"A": (0, 1, 0), "B": (2, 0, 0)}
    await sound(session)


async def test_a_replacement_leaves_with_serials_that_are_the_buyers(session, phone):
    shop, _, order_id, _ = phone
    await exchanged(session, phone)
    await scan_in(session, shop, "A")
    made = await packed(session, order_id, "replacement")
    with pytest.raises(SerialsMissing):
        async with session.begin_nested():
            await hand_over(session, made)
    await scan_for(session, shop, made, "B")
    await hand_over(session, made)
    owner = f"order:{order_id}"
    assert await states(session) == {
        "A": ("in_stock", None),
        "B": ("sent", owner),
        "C": ("in_stock", None),
    }
    (row,) = await inventory.serials.page(session, serial="B", after=None, limit=9)
    assert row["member_id"] == shop.member.id
    await sound(session)
    await shipping.take_in(session, made["id"], is_resellable=False, actor=CLERK)
    assert (await states(session))["B"] == ("in_stock", None)
    await sound(session)


async def test_what_was_repaired_goes_back_with_its_serial(session, phone):
    shop, _, order_id, _ = phone
    row = await repaired(session, phone)
    await scan_in(session, shop, "A")
    await sound(session)
    await mend(session, row, MendOutcome.REPAIRED)
    made = await packed(session, order_id, "repair")
    with pytest.raises(SerialsMissing):
        async with session.begin_nested():
            await hand_over(session, made)
    await scan_for(session, shop, made, "A")
    await hand_over(session, made)
    assert (await states(session))["A"] == ("sent", f"order:{order_id}")
    await sound(session)
    await shipping.take_in(session, made["id"], is_resellable=True, actor=CLERK)
    assert (await states(session))["A"] == ("in_stock", None)
    await sound(session)


async def test_a_parcel_that_was_not_taken_brings_its_serials_back(session, phone):
    _, _, order_id, _ = phone
    statement = text("SELECT id FROM shipments WHERE order_id = :id")
    parcel_id = await session.scalar(statement, {"id": order_id})
    await shipping.take_in(session, parcel_id, is_resellable=True, actor=CLERK)
    assert (await states(session))["A"] == ("in_stock", None)
    await sound(session)
