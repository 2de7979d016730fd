"""Parcels of orders: packed, sent, tracked, received, and what must not leave."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import RefundKind, RefundReason
from app.core.enums.shipping import HoldKind, ShipmentState, TrackingSource
from app.core.errors import NotFound
from app.services import finance, inventory, orders
from tests.factories import statements
from tests.factories.counters import OrderCounter
from tests.factories.orders import axes, order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, GATEWAY, Counter, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import (
    CLERK,
    LIMITS,
    line_ids,
    on_stock,
    parcel,
    part_of,
    send,
)
from tests.integration.payments.reconciling import Desk

shipping = orders.shipping
S = ShipmentState


@pytest.fixture
async def bought(session):
    """A shop and a paid order of three of one SKU and one of another."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    lines = [(shop.skus[0].id, 3), (shop.skus[1].id, 1)]
    placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
    return shop, placed.id


async def seen(session, shipment_id, state, **more):
    """As a carrier says it."""
    return await shipping.record_tracking(
        session,
        shipment_id,
        shipping.Sighting(state=state, **more),
        actor=None,
        source=TrackingSource.CARRIER,
        limits=LIMITS,
    )


def of_units(reason, *lines):
    return orders.RefundWish(
        kind=RefundKind.UNITS, reason_code=RefundReason(reason), reason=reason, lines=lines
    )


async def test_what_leaves_is_off_the_stock_and_revenue(session, bought):
    shop, order_id = bought
    assert await on_stock(session, shop.skus[0].id) == (10, 3)
    shipment = await send(session, order_id)
    assert (shipment["state"], len(shipment["lines"])) == ("shipped", 2)
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    assert await on_stock(session, shop.skus[0].id) == (7, 0)
    assert await on_stock(session, shop.skus[1].id) == (9, 0)
    payload = {
        "order_id": order_id,
        "shipment_number": shipment["number"],
        "line_ids": [each["order_line_id"] for each in shipment["lines"]],
        "quantities": [each["quantity"] for each in shipment["lines"]],
    }
    for _ in range(2):
        await finance.recognise_shipment(session, payload)
    (made,) = await finance.list_recognitions(session, order_id)
    assert made["reference"] == shipment["number"]
    assert made["prepaid_minor"] == (await order_row(session, order_id))["payable_minor"]


async def test_s7_an_order_leaves_in_parts_and_nothing_twice(session, bought):
    """S7: more than is promised, and twice."""
    shop, order_id = bought
    three, one = await line_ids(session, order_id)
    await send(session, order_id, {three: 2})
    assert await axes(session, order_id) == ("open", "paid", "partly_shipped")
    with pytest.raises(shipping.PiecesNotOpen) as refused:
        await send(session, order_id, {three: 2, one: 1})
    assert refused.value.context == {"missing": {str(three): 1}}
    await send(session, order_id)
    assert await axes(session, order_id) == ("open", "paid", "shipped")
    with pytest.raises(shipping.PiecesNotOpen):
        await send(session, order_id)
    assert await on_stock(session, shop.skus[0].id) == (7, 0)


async def test_a_packed_parcel_leaves_once_or_is_unpacked(session, bought):
    shop, order_id = bought
    packed = await shipping.pack_parcel(session, await parcel(session, order_id), actor=CLERK)
    assert (await part_of(session, order_id))["status"] == "picking"
    assert await on_stock(session, shop.skus[0].id) == (10, 3)
    with pytest.raises(shipping.PiecesNotOpen):
        await shipping.pack_parcel(session, await parcel(session, order_id), actor=CLERK)
    for _ in range(2):
        void = await shipping.void_parcel(session, packed["id"], actor=CLERK)
        assert void["state"] == "void"
    with pytest.raises(shipping.IllegalShipmentTransition):
        await shipping.hand_over(session, packed["id"], actor=CLERK, limits=LIMITS)
    again = await shipping.pack_parcel(session, await parcel(session, order_id), actor=CLERK)
    for _ in range(2):
        left = await shipping.hand_over(session, again["id"], actor=CLERK, limits=LIMITS)
        assert left["state"] == "shipped"
    assert await on_stock(session, shop.skus[0].id) == (7, 0)
    with pytest.raises(shipping.IllegalShipmentTransition):
        await shipping.void_parcel(session, left["id"], actor=CLERK)


async def test_what_is_held_or_not_paid_stays(session, bought):
    shop, order_id = bought
    for reference in ("1", "2", "2"):
        held = shipping.HoldOrder(
            order_id=order_id, kind=HoldKind.REVIEW, reason="why", reference=reference
        )
        await shipping.hold(session, held, actor=None)
    with pytest.raises(shipping.OrderHeld) as refused:
        await send(session, order_id)
    assert [each["kind"] for each in refused.value.context["holds"]] == ["review", "review"]
    assert await shipping.lift(session, order_id, HoldKind.REVIEW, "1", actor=None)
    assert not await shipping.lift(session, order_id, HoldKind.REVIEW, "1", actor=None)
    with pytest.raises(shipping.OrderHeld):
        await shipping.start_picking(session, (await part_of(session, order_id))["id"], actor=CLERK)
    assert await shipping.lift(session, order_id, HoldKind.REVIEW, "2", actor=None)
    await send(session, order_id)
    unpaid = await place(session, shop.member.id, [(shop.skus[2].id, 1)], tenders=[GATEWAY])
    part = await session.scalar(
        text("SELECT id FROM fulfilments WHERE order_id = :id"), {"id": unpaid.id}
    )
    command = shipping.PackParcel(fulfilment_id=part, waybill=shipping.Waybill(carrier_code="sf"))
    with pytest.raises(shipping.OrderNotPaid):
        await shipping.ship(session, command, actor=CLERK, limits=LIMITS)


async def test_goods_stay_whose_payment_a_gateway_does_not_state(sessions):
    counter, desk = OrderCounter(sessions), Desk(Counter(sessions))
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)])
    assert await counter.pay(placed) == "paid"
    await desk.take(statements.wechatpay([]))
    by_hand = shipping.HoldOrder(order_id=placed.id, kind=HoldKind.MANUAL, reason="why")
    async with unit_of_work(sessions) as session:
        await shipping.hold(session, by_hand, actor=CLERK)
    for expected in (
        [("manual", "why"), ("payment", "missing_gateway")],
        [("payment", "missing_gateway")],
    ):
        async with unit_of_work(sessions) as session:
            with pytest.raises(shipping.OrderHeld) as refused:
                await send(session, placed.id)
            holds = refused.value.context["holds"]
            assert [(each["kind"], each["reason"]) for each in holds] == expected
            await shipping.lift(session, placed.id, HoldKind.MANUAL, "", actor=CLERK)
    await desk.correct(placed.plan.attempt.out_trade_no)
    async with unit_of_work(sessions) as session:
        assert (await send(session, placed.id))["state"] == "shipped"


async def test_what_is_picked_only_staff_cancel(session, bought):
    shop, order_id = bought
    part = await part_of(session, order_id)
    for _ in range(2):
        await shipping.start_picking(session, part["id"], actor=CLERK)
    lin = shopper(shop.member.id)
    with pytest.raises(orders.BeingPicked):
        await orders.begin_cancel(session, order_id, actor=lin, reason="no")
    for _ in range(2):
        await shipping.stop_picking(session, part["id"], actor=CLERK)
    await shipping.pack_parcel(session, await parcel(session, order_id), actor=CLERK)
    with pytest.raises(orders.IllegalTransition):
        await shipping.stop_picking(session, part["id"], actor=CLERK)
    await orders.begin_cancel(session, order_id, actor=CLERK, reason="fraud")
    assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
    assert await on_stock(session, shop.skus[0].id) == (10, 0)
    assert (await part_of(session, order_id))["status"] == "cancelled"


async def test_units_refunded_before_they_leave_stay(session, bought):
    shop, order_id = bought
    three, one = await line_ids(session, order_id)
    await send(session, order_id, {three: 1})
    for lines in (((three, 1),), ((one, 1),)):
        wish = of_units("changed_mind", *lines)
        await orders.request_refund(session, order_id, wish, actor=CLERK)
    assert await on_stock(session, shop.skus[0].id) == (9, 1)
    assert await on_stock(session, shop.skus[1].id) == (10, 0)
    await send(session, order_id)
    assert await axes(session, order_id) == ("open", "partly_refunded", "shipped")
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    # What left is given back by a return; nothing more of it is promised to anybody.
    wish = of_units("defective", (three, 2))
    await orders.request_refund(session, order_id, wish, actor=CLERK)
    assert await on_stock(session, shop.skus[0].id) == (8, 0)


async def test_tracking_moves_forward_whatever_order_it_comes_in(session, bought):
    _, order_id = bought
    shipment = await send(session, order_id)
    now = datetime.now(UTC)
    later = {"at": now + timedelta(seconds=60), "provider_id": "3"}
    moved = await seen(session, shipment["id"], S.OUT_FOR_DELIVERY, **later)
    assert moved["state"] == "out_for_delivery"
    old = {"at": now + timedelta(seconds=30), "provider_id": "2"}
    for _ in range(2):
        moved = await seen(session, shipment["id"], S.IN_TRANSIT, **old)
    assert moved["state"] == "out_for_delivery"
    states = [each["state"] for each in moved["events"]]
    assert states == ["shipped", "in_transit", "out_for_delivery"]
    there = await seen(session, shipment["id"], S.DELIVERED, at=now + timedelta(seconds=90))
    assert there["state"] == "delivered"
    assert await axes(session, order_id) == ("open", "paid", "delivered")
    late = await seen(session, shipment["id"], S.LOST, at=now + timedelta(seconds=95))
    assert late["state"] == "delivered"
    with pytest.raises(shipping.TrackingAhead):
        await seen(session, shipment["id"], None, at=now + timedelta(hours=1))
    with pytest.raises(shipping.IllegalShipmentTransition):
        await shipping.record_tracking(
            session,
            shipment["id"],
            shipping.Sighting(state=S.LOST),
            actor=CLERK,
            source=TrackingSource.STAFF,
            limits=LIMITS,
        )


@pytest.mark.parametrize("is_resellable", [True, False])
async def test_a_parcel_that_comes_back_is_on_stock_if_it_can_be_sold(
    session, bought, is_resellable
):
    shop, order_id = bought
    shipment = await send(session, order_id)
    await seen(session, shipment["id"], S.REFUSED)
    with pytest.raises(shipping.StillUnderWay):
        await shipping.confirm_receipt(
            session, order_id, actor=shopper(shop.member.id), limits=LIMITS
        )
    for _ in range(2):
        back = await shipping.take_in(
            session, shipment["id"], is_resellable=is_resellable, actor=CLERK
        )
        assert back["state"] == "returned"
    assert await axes(session, order_id) == ("open", "paid", "returned")
    on_hand = 10 if is_resellable else 7
    assert await on_stock(session, shop.skus[0].id) == (on_hand, 0)
    damaged = text("SELECT damaged FROM stock WHERE sku_id = :id")
    assert await session.scalar(damaged, {"id": shop.skus[0].id}) == 10 - on_hand
    await orders.begin_cancel(session, order_id, actor=CLERK, reason="refused")
    assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
    assert await on_stock(session, shop.skus[0].id) == (on_hand, 0)


async def test_an_order_is_received_by_its_buyer(session, bought):
    shop, order_id = bought
    lin = shopper(shop.member.id)
    with pytest.raises(shipping.NotUnderWay):
        await shipping.confirm_receipt(session, order_id, actor=lin, limits=LIMITS)
    await send(session, order_id)
    with pytest.raises(NotFound):
        await shipping.confirm_receipt(session, order_id, actor=shopper(order_id), limits=LIMITS)
    for _ in range(2):
        await shipping.confirm_receipt(session, order_id, actor=lin, limits=LIMITS)
    row = await order_row(session, order_id)
    assert row["completes_at"] - row["received_at"] == timedelta(days=7)


@pytest.mark.parametrize("state", [S.REFUSED, S.LOST, S.RETURNING])
async def test_what_never_arrived_is_received_by_nobody(session, bought, state):
    shop, order_id = bought
    shipment = await send(session, order_id)
    await seen(session, shipment["id"], state)
    with pytest.raises(shipping.StillUnderWay) as refused:
        await shipping.confirm_receipt(
            session, order_id, actor=shopper(shop.member.id), limits=LIMITS
        )
    assert refused.value.context == {"states": [state]}
    assert (await order_row(session, order_id))["received_at"] is None


async def test_a_merchant_ships_only_its_own(session, bought):
    _, order_id = bought
    command = await parcel(session, order_id)
    stranger = CLERK.__class__(CLERK.audience, CLERK.id, merchant_id=order_id)
    with pytest.raises(NotFound):
        await shipping.ship(session, command, actor=stranger, limits=LIMITS)
    shipment = await send(session, order_id)
    with pytest.raises(NotFound):
        await shipping.get_shipment(session, shipment["id"], actor=stranger)


async def test_a_number_of_a_carrier_names_one_parcel(session, bought):
    _, order_id = bought
    three, one = await line_ids(session, order_id)
    first = await parcel(session, order_id, {three: 1}, number="SF1234")
    second = await parcel(session, order_id, {one: 1}, number="SF1234")
    made = await shipping.pack_parcel(session, first, actor=CLERK)
    with pytest.raises(shipping.TrackingNumberTaken):
        await shipping.pack_parcel(session, second, actor=CLERK)
    await shipping.void_parcel(session, made["id"], actor=CLERK)
    await shipping.pack_parcel(session, second, actor=CLERK)


async def test_time_receives_and_completes_once(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 1_000_000)
        placed = await place(
            session, shop.member.id, [(shop.skus[0].id, 1)], tenders=[BALANCE_TENDER]
        )
        await send(session, placed.id)
    assert await shipping.receive_due(sessions, limit=9, limits=LIMITS) == 0
    await _past(sessions, "arrival_due_at")
    for expected in (1, 0):
        assert await shipping.receive_due(sessions, limit=9, limits=LIMITS) == expected
    assert await shipping.complete_due(sessions, limit=9) == 0
    await _past(sessions, "completes_at")
    for expected in (1, 0):
        assert await shipping.complete_due(sessions, limit=9) == expected
    async with unit_of_work(sessions) as session:
        assert await axes(session, placed.id) == ("completed", "paid", "shipped")
        events = text("SELECT name FROM outbox WHERE name ~ 'received|completed' ORDER BY id")
        names = (await session.scalars(events)).all()
    assert names == ["orders.received.v1", "orders.completed.v1"]


async def _past(sessions, column):
    async with unit_of_work(sessions) as session:
        await session.execute(text(f"UPDATE orders SET {column} = now() - interval '1 second'"))


async def test_less_stock_than_promised_cannot_leave(session, bought):
    """A promise that was broken behind its back is refused, not shipped."""
    shop, order_id = bought
    await inventory.release(session, orders.stock_owner(order_id))
    with pytest.raises(inventory.NothingToShip):
        await send(session, order_id)
    assert await on_stock(session, shop.skus[0].id) == (10, 0)
