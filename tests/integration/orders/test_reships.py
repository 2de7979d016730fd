"""What did not arrive as it should is sent once more."""

import pytest
from sqlalchemy import text

from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.payments import RefundReason
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import InvalidReference
from app.core.ids import new_id
from app.services import orders
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import order_row
from tests.factories.payments import TERMS, staff
from tests.integration.orders.proving import broken
from tests.integration.orders.resending import facts, leave, resent, shipping, worked_off
from tests.integration.orders.returning import LOST, after_sales, approve, ask, refund
from tests.integration.orders.sending import CLERK, LIMITS, on_stock


async def state_of(session, row):
    found = await after_sales.get_return(session, row["id"], actor=CLERK)
    return found["state"]


async def test_what_is_lost_is_promised_at_once_and_sent(session, sold):
    shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 1), **LOST)
    row = await approve(session, row)
    assert (row["state"], row["sent_again"][0]["status"]) == ("sending", "unfulfilled")
    assert await on_stock(session, shop.skus[0].id) == (8, 1)
    assert (await order_row(session, order_id))["return_status"] == "requested"
    await leave(session, await resent(session, row))
    await worked_off(session)
    assert await state_of(session, row) == "sent"
    after = await order_row(session, order_id)
    assert (after["return_status"], after["payment_status"]) == ("none", "paid")
    (fact,) = await facts(session, "orders.replaced.v1")
    assert (fact["kind"], fact["back_minor"]) == ("reship", 0)
    (left,) = await after_sales.returnable(session, order_id, None, actor=buyer)
    assert left.left == 2
    assert await broken(session) == []


async def test_where_nothing_is_there_money_is_offered(session, sold):
    shop, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 2), **LOST)
    await session.execute(text("UPDATE stock SET on_hand = 1"))
    with pytest.raises(after_sales.ReplacementOutOfStock) as refused:
        await approve(session, row)
    assert refused.value.context["refund_minor"] == 20_000
    assert refused.value.context["available"] == {str(shop.skus[0].id): 1}


async def test_money_is_taken_instead(session, sold):
    _, buyer, order_id, line = sold
    row = await ask(session, buyer, order_id, (line, 2), **LOST)
    with pytest.raises(InvalidReference):
        await approve(session, row, for_money_instead=True)
    row = await approve(session, row, for_money_instead=True, note="agreed by phone")
    assert (row["kind"], row["state"]) == ("refund_only", "accepted")
    assert (await refund(session, row))["state"] == "refunded"
    assert await broken(session) == []


async def test_it_is_called_off_for_money(session, sold):
    shop, buyer, order_id, line = sold
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), **LOST))
    row = await call_off(session, row)
    assert row["state"] == "accepted"
    assert await on_stock(session, shop.skus[0].id) == (8, 0)
    row = await after_sales.replace(
        session, row["id"], version=row["version"], actor=CLERK, terms=TERMS
    )
    assert row["state"] == "sending"
    row = await refund(session, await call_off(session, row))
    assert (row["kind"], row["state"]) == ("refund_only", "refunded")
    assert await broken(session) == []


async def call_off(session, row):
    return await after_sales.call_off(
        session, row["id"], version=row["version"], actor=CLERK, note="money rather"
    )


async def test_what_is_packed_is_not_called_off(session, sold):
    _, buyer, order_id, line = sold
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), **LOST))
    await leave(session, await resent(session, row))
    with pytest.raises(after_sales.ReplacementLeft) as refused:
        await call_off(session, row)
    assert refused.value.context["sent"][0]["kind"] == "replacement"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reason_code": RefundReason.CHANGED_MIND}, "no_fault"),
        ({"limits": AfterSalesSettings(reship_window_seconds=1)}, "window_over"),
    ],
)
async def test_why_shoppers_cannot_have_it_sent_again(session, sold, change, reason):
    _, buyer, order_id, line = sold
    await session.execute(
        text(
            "UPDATE orders SET received_at = now() - interval '2 seconds',"
            " completes_at = now() + interval '1 day'"
        )
    )
    with pytest.raises(after_sales.NotReturnable) as refused:
        await ask(session, buyer, order_id, (line, 1), **(LOST | change))
    assert refused.value.context["lines"][0]["reasons"] == [reason]
    if reason == "window_over":
        await ask(session, staff(), order_id, (line, 1), **(LOST | change))


async def test_the_parcel_it_is_about_keeps_nobody_waiting(session, sold):
    """Staff ask for it once a parcel is lost; the order is received when what replaces it is."""
    _, buyer, order_id, line = sold
    (parcel,) = await session.scalars(
        text("SELECT id FROM shipments WHERE order_id = :id"), {"id": order_id}
    )
    seen = shipping.Sighting(state=ShipmentState.LOST)
    await shipping.record_tracking(
        session, parcel, seen, actor=CLERK, source=TrackingSource.STAFF, limits=LIMITS
    )
    with pytest.raises(shipping.StillUnderWay):
        await shipping.confirm_receipt(session, order_id, actor=buyer, limits=LIMITS)
    with pytest.raises(InvalidReference):
        await ask(session, CLERK, order_id, (line, 2), **LOST, shipment_id=new_id())
    row = await ask(session, CLERK, order_id, (line, 2), **LOST, shipment_id=parcel)
    row = await approve(session, row)
    with pytest.raises(shipping.NotUnderWay):
        await shipping.confirm_receipt(session, order_id, actor=buyer, limits=LIMITS)
    await leave(session, await resent(session, row))
    await worked_off(session)
    await shipping.confirm_receipt(session, order_id, actor=buyer, limits=LIMITS)
    assert await broken(session) == []


async def test_what_came_back_undelivered_is_sent_again_and_can_be_returned_then(session, sold):
    _, buyer, order_id, line = sold
    (parcel,) = await session.scalars(
        text("SELECT id FROM shipments WHERE order_id = :id"), {"id": order_id}
    )
    await shipping.take_in(session, parcel, is_resellable=True, actor=CLERK)
    with pytest.raises(after_sales.NotReturnable):
        await ask(session, buyer, order_id, (line, 1))
    row = await ask(session, buyer, order_id, (line, 2), **LOST, shipment_id=parcel)
    row = await approve(session, row)
    with pytest.raises(orders.UnitsInReturn):
        await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")
    await leave(session, await resent(session, row))
    await worked_off(session)
    row = await ask(session, buyer, order_id, (line, 2))
    assert row["state"] == "requested"
    assert await broken(session) == []


async def test_it_is_sent_from_the_warehouse_that_is_nearest_to_where_the_order_goes(session, sold):
    shop, buyer, order_id, line = sold
    near = await make_warehouse(session, shop.merchant.id, priority=900, region_code="310115")
    await put_stock(session, shop.skus[0].id, near.id, 2)
    row = await approve(session, await ask(session, buyer, order_id, (line, 1), **LOST))
    made = await resent(session, row)
    assert made["warehouse_id"] == near.id
    why = await session.scalar(
        text("SELECT route FROM fulfilments WHERE id = :id"), {"id": made["id"]}
    )
    assert (why["warehouse"], why["steps"]) == (near.code, 1)
    await leave(session, made)
    await worked_off(session)
    assert await broken(session) == []
