"""Orders of kits: one line at one price, whose components are promised, sent and come back."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.enums.after_sales import DamageCause, MendOutcome, ReturnKind
from app.core.enums.payments import RefundKind, RefundReason
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import InvalidReference
from app.services import cart, inventory, orders
from tests.factories.cart import make_cart
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.kits import PRICE, check_kits, compose, make_kit
from tests.factories.orders import axes, place, quote_hash, shopper
from tests.factories.payments import BALANCE_TENDER, GATEWAY, TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.resending import facts, leave, resent, send_again, worked_off
from tests.integration.orders.returning import (
    after_sales,
    approve,
    ask,
    brought_back,
    receive,
    refund,
)
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, part_of, send
from tests.statements import Statements

shipping = orders.shipping
Grades = after_sales.Grades


@pytest.fixture
async def shop(session):
    """A kit of two teas and a cup, of which each costs us something."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    for sku, cost in zip(shop.skus, (300, 501, 70), strict=True):
        sku.cost_minor, sku.cost_currency = cost, "CNY"
    await session.flush()
    return shop


@pytest.fixture
async def kit(session, shop):
    tea, cup, _ = shop.sku_ids
    return await make_kit(session, shop, (tea, 2), (cup, 1))


async def bought(session, shop, kit, quantity=2, *others):
    lines = [(kit, quantity), *others]
    return (await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])).id


async def stock(session, shop):
    """On hand, promised, damaged and frozen pieces of each SKU, over all warehouses."""
    statement = text(
        "SELECT sum(on_hand)::int, sum(reserved)::int, sum(damaged)::int, sum(frozen)::int"
        " FROM stock WHERE sku_id = :id"
    )
    return [
        tuple((await session.execute(statement, {"id": sku_id})).one()) for sku_id in shop.sku_ids
    ]


async def test_an_order_promises_the_components(session, shop, kit):
    order_id = await bought(session, shop, kit, 2, (shop.sku_ids[0], 1))
    assert await stock(session, shop) == [(10, 5, 0, 0), (10, 2, 0, 0), (10, 0, 0, 0)]
    read = json.loads(await orders.get_any_order(session, order_id))
    (line, other) = read["lines"]
    assert (line["quantity"], line["net_minor"]) == (2, 2 * PRICE)
    assert {each["sku_id"]: each["quantity"] for each in line["components"]} == {
        str(shop.sku_ids[0]): 2,
        str(shop.sku_ids[1]): 1,
    }
    assert other["components"] is None
    part = await part_of(session, order_id)
    assert {each["sku_code"] for each in part["lines"][0]["components"]} == {
        sku.code for sku in shop.skus[:2]
    }
    cost = text("SELECT unit_cost_minor FROM order_lines WHERE sku_id = :id")
    assert await session.scalar(cost, {"id": kit}) == 2 * 300 + 501
    await check_kits(session)


@pytest.mark.parametrize("with_kit", [False, True])
async def test_kits_cost_no_statement(session, engine, shop, kit, with_kit):
    sku_id = kit if with_kit else shop.sku_ids[0]
    cart_id = await make_cart(session, shop.member.id, [(sku_id, 1)])
    seen = await quote_hash(session, cart_id, shopper(shop.member.id))
    with Statements(engine) as sent:
        await place(session, shop.member.id, cart_id=cart_id, quote_hash=seen, tenders=[GATEWAY])
    assert sent.count == 7, sent.sent


async def test_a_cart_tells_what_there_is_beside_the_rest_of_it(session, shop, kit):
    tea, _, pot = shop.sku_ids
    cart_id = await make_cart(session, shop.member.id, [(kit, 4), (tea, 3), (pot, 1)])
    shown = await cart.view_cart(session, cart_id, actor=shopper(shop.member.id))
    assert [(each["state"], each["available"]) for each in shown["lines"]] == [
        ("not_enough", 3),
        ("not_enough", 2),
        ("available", None),
    ]
    with pytest.raises(inventory.OutOfStock) as refused:
        await place(session, shop.member.id, cart_id=cart_id)
    assert refused.value.context["available"] == {str(kit): 3, str(tea): 2}


async def test_what_is_paid_too_late_is_taken_anew_or_lost(session, shop, kit):
    placed = await place(session, shop.member.id, [(kit, 5)])
    await session.execute(
        text("UPDATE reservations SET expires_at = :at"), {"at": clock.now() - timedelta(seconds=1)}
    )
    await inventory.sweep(session, limit=9)
    assert await stock(session, shop) == [(10, 0, 0, 0), (10, 0, 0, 0), (10, 0, 0, 0)]
    owner = f"order:{placed.id}"
    assert await inventory.commit(session, owner)
    assert (await stock(session, shop))[:2] == [(10, 10, 0, 0), (10, 5, 0, 0)]
    await inventory.release(session, owner)
    assert (await stock(session, shop))[:2] == [(10, 0, 0, 0), (10, 0, 0, 0)]


async def test_parcels_take_the_components_as_they_were_sold(session, shop, kit):
    order_id = await bought(session, shop, kit)
    await compose(session, kit, (shop.sku_ids[2], 1, 1))
    (line,) = await line_ids(session, order_id)
    await send(session, order_id, {line: 1})
    assert await stock(session, shop) == [(8, 2, 0, 0), (9, 1, 0, 0), (10, 0, 0, 0)]
    await check_kits(session)
    await send(session, order_id)
    assert await stock(session, shop) == [(6, 0, 0, 0), (8, 0, 0, 0), (10, 0, 0, 0)]
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    await check_kits(session)


async def test_serials_and_batches_of_components_go_with_kits(session, shop, kit):
    tea, cup, _ = shop.sku_ids
    await inventory.batches.track(session, tea, shelf_days=0, actor=CLERK)
    await inventory.serials.track(session, cup, actor=CLERK)
    scan = inventory.serials.Scan(
        sku_id=cup, warehouse_id=shop.warehouse.id, document="GR-1", serials=["S1", "S2"]
    )
    await inventory.serials.scan_in(session, scan, actor=CLERK)
    order_id = await bought(session, shop, kit, 1)
    part = await part_of(session, order_id)
    packed = await shipping.pack_parcel(
        session,
        shipping.PackParcel(fulfilment_id=part["id"], waybill=shipping.Waybill(carrier_code="sf")),
        actor=CLERK,
    )
    with pytest.raises(inventory.SerialsMissing):
        async with session.begin_nested():
            await shipping.hand_over(session, packed["id"], actor=CLERK, limits=LIMITS)
    scan = inventory.serials.Scan(
        sku_id=cup,
        warehouse_id=shop.warehouse.id,
        document=f"shipment:{packed['number']}",
        serials=["S1"],
    )
    await inventory.serials.scan_for(session, scan, actor=CLERK)
    await shipping.hand_over(session, packed["id"], actor=CLERK, limits=LIMITS)
    moved = text("SELECT sum(quantity) FROM stock_batch_movements WHERE kind = 'shipment'")
    assert await session.scalar(moved) == -2
    await check_kits(session)


async def test_what_is_cancelled_or_taken_off_is_everybodys(session, shop, kit):
    order_id = await bought(session, shop, kit, 3)
    (line,) = await line_ids(session, order_id)
    wish = orders.RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.CHANGED_MIND,
        reason="one less",
        lines=((line, 1),),
    )
    await orders.request_refund(session, order_id, wish, actor=CLERK, terms=TERMS)
    assert (await stock(session, shop))[:2] == [(10, 4, 0, 0), (10, 2, 0, 0)]
    await check_kits(session)
    await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")
    assert (await stock(session, shop))[:2] == [(10, 0, 0, 0), (10, 0, 0, 0)]
    await check_kits(session)


async def test_kits_are_sent_from_where_all_of_them_is(session, shop, kit):
    tea, cup, _ = shop.sku_ids
    order_id = await bought(session, shop, kit)
    there = await make_warehouse(session, shop.merchant.id)
    await put_stock(session, tea, there.id, 2)
    await put_stock(session, cup, there.id, 2)
    part = await part_of(session, order_id)
    await session.execute(
        text("UPDATE warehouses SET is_active = false WHERE id = :id"), {"id": shop.warehouse.id}
    )
    await compose(session, kit, (cup, 1, 1))
    plan = await orders.routing.reroute(session, part["id"], actor=CLERK, leave=True)
    (move,) = plan.moves
    assert (move.warehouse_id, list(move.pieces.values())) == (there.id, [1])
    assert list(plan.stays.values()) == [1]
    await check_kits(session)
    (line,) = await line_ids(session, order_id)
    back = shipping.SplitOff(
        fulfilment_id=move.fulfilment_id, pieces={line: 1}, warehouse_id=shop.warehouse.id
    )
    await session.execute(text("UPDATE warehouses SET is_active = true"))
    await shipping.split_off(session, back, actor=CLERK)
    await check_kits(session)


async def test_what_comes_back_undelivered_lies_there_piece_by_piece(session, shop, kit):
    sent = await send(session, await bought(session, shop, kit))
    for state in (ShipmentState.REFUSED, ShipmentState.RETURNING):
        await shipping.record_tracking(
            session,
            sent["id"],
            shipping.Sighting(state=state),
            actor=None,
            source=TrackingSource.CARRIER,
            limits=LIMITS,
        )
    await shipping.take_in(session, sent["id"], is_resellable=False, actor=CLERK)
    assert (await stock(session, shop))[:2] == [(6, 0, 4, 0), (8, 0, 2, 0)]
    await check_kits(session)


async def asked_back(session, shop, kit, quantity=2, **more):
    order_id = await bought(session, shop, kit, 2)
    await send(session, order_id)
    (line,) = await line_ids(session, order_id)
    return await ask(session, shopper(shop.member.id), order_id, (line, quantity), **more), line


async def test_kits_come_back_piece_by_piece(session, shop, kit):
    tea, cup, _ = shop.sku_ids
    row, line = await asked_back(session, shop, kit)
    row = await receive(session, await approve(session, row))
    said = {line: {tea: Grades(3, 1, 0), cup: Grades(1, 0, 1)}}
    await compose(session, kit, (cup, 7, 1))

    async def look(grades, pieces):
        return await after_sales.inspect_goods(
            session,
            row["id"],
            {line: grades},
            version=row["version"],
            actor=CLERK,
            cause=DamageCause.SUPPLIER,
            said=pieces,
        )

    for grades, pieces in (
        (Grades(1, 0, 0), said),
        (Grades(2, 0, 0), said),
        (Grades(1, 1, 0), {line: {tea: Grades(3, 1, 0)}}),
        (Grades(1, 1, 0), {line: {tea: Grades(3, 1, 0), kit: Grades(2, 0, 0)}}),
    ):
        with pytest.raises(after_sales.KitPiecesDiffer):
            await look(grades, pieces)
    row = await look(Grades(1, 1, 0), said)
    assert {
        UUID(each["sku_id"]): (each["resellable"], each["damaged"], each["scrap"])
        for each in row["lines"][0]["components"]
    } == said[line]
    assert (await stock(session, shop))[:2] == [(9, 0, 1, 0), (9, 0, 0, 0)]
    (claim,) = await facts(session, "orders.supplier_claim.v1")
    columns = ("sku_ids", "damaged", "scrap", "unit_costs_minor")
    assert sorted(zip(*(claim[each] for each in columns), strict=True)) == sorted(
        [(str(tea), 1, 0, 367), (str(cup), 0, 1, 367)]
    )
    await check_kits(session)
    row = await refund(session, row)
    assert row["state"] == "refunded"
    await check_kits(session)


async def test_of_what_nothing_is_said_the_pieces_are_what_the_kit_is(session, shop, kit):
    row, _ = await asked_back(session, shop, kit)
    row = await brought_back(session, row, (1, 0, 0))
    assert (await stock(session, shop))[:2] == [(8, 0, 0, 0), (9, 0, 0, 0)]
    await check_kits(session)


async def test_what_the_platform_takes_for_damaged_is_every_piece(session, shop, kit):
    row, _ = await asked_back(session, shop, kit)
    row = await brought_back(session, row, (0, 0, 0))
    row = await after_sales.escalate(session, row["id"], actor=shopper(shop.member.id), note="no")
    row = await approve(session, row)
    assert (await stock(session, shop))[:2] == [(6, 0, 4, 0), (8, 0, 2, 0)]
    await check_kits(session)


async def test_a_kit_is_replaced_by_what_was_sold(session, shop, kit):
    pot = shop.sku_ids[2]
    row, line = await asked_back(session, shop, kit, 1)
    await compose(session, kit, (pot, 1, 1))
    await send_again(session, await approve(session, row), line, kit)
    assert await stock(session, shop) == [(4, 0, 0, 0), (7, 0, 0, 0), (10, 0, 0, 0)]
    await check_kits(session)


async def test_kits_are_not_sent_instead_of_other_goods(session, shop, kit):
    order_id = await bought(session, shop, shop.sku_ids[0], 1)
    await send(session, order_id)
    (line,) = await line_ids(session, order_id)
    with pytest.raises(InvalidReference, match="Kits"):
        await ask(
            session,
            shopper(shop.member.id),
            order_id,
            (line, 1),
            kind=ReturnKind.EXCHANGE,
            instead={line: kit},
        )


@pytest.mark.parametrize("outcome", [MendOutcome.REPAIRED, MendOutcome.UNREPAIRABLE])
async def test_a_kit_is_repaired_piece_by_piece(session, shop, kit, outcome):
    broken = {"kind": ReturnKind.REPAIR, "reason_code": RefundReason.DEFECTIVE}
    row, _ = await asked_back(session, shop, kit, 1, **broken)
    row = await receive(session, await approve(session, row))
    assert (await stock(session, shop))[:2] == [(6, 0, 0, 2), (8, 0, 0, 1)]
    await check_kits(session)
    row = await after_sales.mend(
        session, row["id"], outcome, version=row["version"], actor=CLERK, note="glued"
    )
    if outcome is MendOutcome.REPAIRED:
        await check_kits(session)
        await leave(session, await resent(session, row))
        await worked_off(session)
        assert (await stock(session, shop))[:2] == [(6, 0, 0, 0), (8, 0, 0, 0)]
    else:
        assert (await stock(session, shop))[:2] == [(6, 0, 2, 0), (8, 0, 1, 0)]
    await check_kits(session)


async def test_parcels_with_kits_leave_together(session, shop, kit):
    first, second = [await bought(session, shop, kit, n) for n in (1, 2)]
    part, other = [await part_of(session, each) for each in (first, second)]
    packed = await shipping.pack_parcel(
        session,
        shipping.PackParcel(
            fulfilment_id=part["id"],
            waybill=shipping.Waybill(carrier_code="sf", tracking_number="SFKIT1"),
        ),
        actor=CLERK,
    )
    await shipping.join(session, packed["id"], [other["id"]], actor=CLERK)
    await shipping.hand_over(session, packed["id"], actor=CLERK, limits=LIMITS)
    assert (await stock(session, shop))[:2] == [(4, 0, 0, 0), (7, 0, 0, 0)]
    await check_kits(session)
