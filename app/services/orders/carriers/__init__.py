"""Carriers: who they are, labels, where parcels are, what goes wrong and what it costs."""

from app.services.orders.carriers.costs import (
    SpanTooLong,
    bill_lines,
    freight_report,
    get_bill,
    import_bill,
    list_bills,
)
from app.services.orders.carriers.follow import ask_where, follow_parcels
from app.services.orders.carriers.intercepts import intercept
from app.services.orders.carriers.labels import (
    fetch_label,
    label_document,
    labels_of,
    push_labels,
)
from app.services.orders.carriers.pickup import (
    ShownCode,
    WrongPickupPoint,
    issue_codes,
    renew_code,
    show_code,
    tell_codes,
    verify_code,
)
from app.services.orders.carriers.ports import (
    CarrierCannot,
    CarrierRefused,
    CarrierUnreachable,
    PushUnreadable,
)
from app.services.orders.carriers.pushes import receive_push, retry_pushes
from app.services.orders.carriers.rates import CarrierRate, Rates, compare_rates
from app.services.orders.carriers.registry import (
    CarrierTerms,
    create_carrier,
    edit_carrier,
    get_carrier,
    list_carriers,
    own_carriers,
)
from app.services.orders.carriers.troubles import (
    ParcelInTrouble,
    flag_delayed,
    follow_move,
    list_troubles,
    resolve_trouble,
)
from app.services.orders.engine.parcel_care import (
    NothingToFetch,
    PickupCodeExpired,
    PickupCodeWrong,
)

__all__ = [
    "CarrierCannot",
    "CarrierRate",
    "CarrierRefused",
    "CarrierTerms",
    "CarrierUnreachable",
    "NothingToFetch",
    "ParcelInTrouble",
    "PickupCodeExpired",
    "PickupCodeWrong",
    "PushUnreadable",
    "Rates",
    "ShownCode",
    "SpanTooLong",
    "WrongPickupPoint",
    "ask_where",
    "bill_lines",
    "compare_rates",
    "create_carrier",
    "edit_carrier",
    "fetch_label",
    "flag_delayed",
    "follow_move",
    "follow_parcels",
    "freight_report",
    "get_bill",
    "get_carrier",
    "import_bill",
    "intercept",
    "issue_codes",
    "label_document",
    "labels_of",
    "list_bills",
    "list_carriers",
    "list_troubles",
    "own_carriers",
    "push_labels",
    "receive_push",
    "renew_code",
    "resolve_trouble",
    "retry_pushes",
    "show_code",
    "tell_codes",
    "verify_code",
]
