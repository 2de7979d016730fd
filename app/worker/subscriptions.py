"""Who listens to what. Emitters do not know their listeners; this table does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import finance, orders, promotions

Handler: TypeAlias = Callable[[AsyncSession, Mapping[str, Any]], Awaitable[None]]
"""Reacts to a payload inside the delivery's transaction; runs again if that fails."""

Subscriptions: TypeAlias = Mapping[str, Sequence[Handler]]

SUBSCRIPTIONS: Subscriptions = {
    "members.registered.v1": (promotions.give_for_registration,),
    "orders.cancelled.v1": (
        orders.charges.follow_cancelled,
        orders.charges.follow_added_cancelled,
        promotions.withdraw_for_cancellation,
        finance.give_back_cancelled,
        finance.take_back_cancelled,
    ),
    "orders.charge_closed.v1": (
        orders.changes.let_go,
        orders.after_sales.follow_fee_unpaid,
    ),
    "orders.charge_paid.v1": (
        orders.changes.follow_charge,
        finance.recognise_charges,
        orders.after_sales.follow_return_paid,
        finance.invoice_charge,
    ),
    "orders.changed.v1": (finance.request_as_wished,),
    "orders.paid.v1": (
        orders.charges.follow_added_paid,
        promotions.give_for_payment,
        finance.sponsor_paid,
        finance.book_discounts,
        finance.recognise_sent,
        finance.request_as_wished,
    ),
    "orders.replacement_returned.v1": (finance.take_back_replacement,),
    "orders.replacement_shipped.v1": (
        finance.book_replacement,
        orders.after_sales.follow_sent,
    ),
    "orders.replaced.v1": (finance.take_back_exchanged,),
    "orders.return_inspected.v1": (orders.after_sales.release_exchange,),
    "orders.return_moved.v1": (orders.after_sales.follow_moved,),
    "orders.shipment_moved.v1": (orders.carriers.follow_move, orders.tickets.open_for_parcel),
    "orders.shipped.v1": (finance.recognise_shipment, finance.recognise_charges),
    "orders.stock_lost.v1": (orders.refund_lost,),
    "payments.refund_succeeded.v1": (
        orders.of_orders(finance.give_back_sponsored),
        orders.of_orders(finance.follow_refund),
        finance.follow_charge_refund,
        orders.of_orders(finance.take_back_discounts),
        orders.of_orders(finance.take_back_gifts),
    ),
}
