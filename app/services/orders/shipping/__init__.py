"""Shipping: what keeps orders back, parcels, where they are, and when they arrived."""

from app.services.orders.shipping.arrive import (
    complete_due,
    confirm_receipt,
    expect_rest,
    receive_due,
)
from app.services.orders.shipping.errors import (
    HasLabel,
    IllegalShipmentTransition,
    NotUnderWay,
    OrderHeld,
    OrderNotPaid,
    PiecesNotOpen,
    StillUnderWay,
    TrackingNumberTaken,
    UnknownCarrier,
    UnknownService,
)
from app.services.orders.shipping.holds import (
    HoldOrder,
    hold,
    hold_by_hand,
    lift,
    lift_by_hand,
    list_holds,
)
from app.services.orders.shipping.pack import (
    PackParcel,
    Waybill,
    edit_parcel,
    pack_parcel,
    start_picking,
    stop_picking,
    void_parcel,
)
from app.services.orders.shipping.read import (
    FulfilmentFilter,
    ShipmentFilter,
    get_shipment,
    list_fulfilments,
    list_shipments,
    sent,
)
from app.services.orders.shipping.regroup import (
    FulfilmentWaits,
    NotTogether,
    SplitOff,
    put_together,
    split_off,
)
from app.services.orders.shipping.resend import Resend, call_off, resend
from app.services.orders.shipping.send import hand_over, ship
from app.services.orders.shipping.shrink import drop_pieces
from app.services.orders.shipping.track import Sighting, TrackingAhead, record_tracking, take_in

__all__ = [
    "FulfilmentFilter",
    "FulfilmentWaits",
    "HasLabel",
    "HoldOrder",
    "IllegalShipmentTransition",
    "NotTogether",
    "NotUnderWay",
    "OrderHeld",
    "OrderNotPaid",
    "PackParcel",
    "PiecesNotOpen",
    "Resend",
    "ShipmentFilter",
    "Sighting",
    "SplitOff",
    "StillUnderWay",
    "TrackingAhead",
    "TrackingNumberTaken",
    "UnknownCarrier",
    "UnknownService",
    "Waybill",
    "call_off",
    "complete_due",
    "confirm_receipt",
    "drop_pieces",
    "edit_parcel",
    "expect_rest",
    "get_shipment",
    "hand_over",
    "hold",
    "hold_by_hand",
    "lift",
    "lift_by_hand",
    "list_fulfilments",
    "list_holds",
    "list_shipments",
    "pack_parcel",
    "put_together",
    "receive_due",
    "record_tracking",
    "resend",
    "sent",
    "ship",
    "split_off",
    "start_picking",
    "stop_picking",
    "take_in",
    "void_parcel",
]
