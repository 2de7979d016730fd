"""Vocabulary of shipping: parcels, what carriers report, and why goods must not leave."""

from enum import StrEnum


class ShipmentState(StrEnum):
    """Where a parcel is. `prepared` has not left; `void` never did.

    `awaiting_pickup`: it lies where its receiver fetches it. `returning` is on its way back,
    `returned` is back in the warehouse.
    """

    PREPARED = "prepared"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AWAITING_PICKUP = "awaiting_pickup"
    DELIVERED = "delivered"
    REFUSED = "refused"
    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"
    VOID = "void"


class TrackingSource(StrEnum):
    """Who says where a parcel is."""

    STAFF = "staff"
    MERCHANT = "merchant"
    CARRIER = "carrier"


class HoldKind(StrEnum):
    """Why an order must not leave for now; a backorder keeps only the fulfilment it names."""

    REVIEW = "review"
    PAYMENT = "payment"
    CHANGE = "change"
    EXCEPTION = "exception"
    MANUAL = "manual"
    BACKORDER = "backorder"
