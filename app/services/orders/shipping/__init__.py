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
    TravelsWithAnother,
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
from app.services.orders.shipping.invite import invite_due
from app.services.orders.shipping.joined import NotOneWay, join, suggest, take_apart
from app.services.orders.shipping.pack import (
    PackParcel,
    Waybill,
    edit_parcel,
    pack_parcel,
    require_alone,
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
from app.services.orders.shipping.shrink import drop_pieces, open_pieces
from app.services.orders.shipping.track import Sighting, TrackingAhead, record_tracking, take_in

__all__ = [
    "FulfilmentFilter",
    "FulfilmentWaits",
    "HasLabel",
    "HoldOrder",
    "IllegalShipmentTransition",
    "NotOneWay",
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
    "TravelsWithAnother",
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
    "invite_due",
    "join",
    "lift",
    "lift_by_hand",
    "list_fulfilments",
    "list_holds",
    "list_shipments",
    "open_pieces",
    "pack_parcel",
    "put_together",
    "receive_due",
    "record_tracking",
    "require_alone",
    "resend",
    "sent",
    "ship",
    "split_off",
    "start_picking",
    "stop_picking",
    "suggest",
    "take_apart",
    "take_in",
    "void_parcel",
]
