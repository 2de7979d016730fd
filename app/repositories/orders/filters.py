"""What orders can be looked for by, as SQL on `orders o`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.enums.order_lists import OrderTab
from app.core.enums.order_marks import OrderFlag
from app.core.enums.orders import (
    FulfilmentStatus,
    OrderKind,
    OrderSource,
    OrderState,
    PaymentStatus,
    ReturnStatus,
)
from app.core.enums.payments import TenderKind
from app.core.ids import id_at

SLACK: Final = timedelta(hours=1)
"""Ids follow the clock of the machine that made them, `created_at` that of the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What staff look for; None does not filter. Spans are half-open: `[from, to)`.

    `merchant_id` and `warehouse_id` ship something of it, `payment_method` and `payment_channel`
    pay something of it. `reference` is what it is called where it comes from. `receiver` and
    `phone` (E.164) are those of its address. `is_held`: it must not leave for now. `label` is one
    that rules gave it, `flag` the colour staff did. Amounts are minor units of `currency`.
    """

    number: str | None = None
    tab: OrderTab | None = None
    member_id: UUID | None = None
    channel_id: UUID | None = None
    state: OrderState | None = None
    payment_status: PaymentStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    return_status: ReturnStatus | None = None
    kind: OrderKind | None = None
    source: OrderSource | None = None
    reference: str | None = None
    merchant_id: UUID | None = None
    warehouse_id: UUID | None = None
    payment_method: TenderKind | None = None
    payment_channel: str | None = None
    currency: str | None = None
    payable_min: int | None = None
    payable_max: int | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    paid_from: datetime | None = None
    paid_to: datetime | None = None
    shipped_from: datetime | None = None
    shipped_to: datetime | None = None
    receiver: str | None = None
    phone: str | None = None
    sku_code: str | None = None
    is_held: bool | None = None
    has_note: bool | None = None
    label: str | None = None
    is_gift: bool | None = None
    flag: OrderFlag | None = None

    def chosen(self) -> dict[str, Any]:
        """What filters, by name."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in named.items() if value is not None}


def _tender(condition: str) -> str:
    return (
        "EXISTS (SELECT FROM payment_plans p JOIN tenders t ON t.plan_id = p.id"
        f" WHERE p.order_id = o.id AND {condition})"
    )


AT_THE_DOOR: Final = _tender("t.kind = 'cash_on_delivery'")
# What is paid at the door waits for its parcel, not for a payment.
TABS: Final[Mapping[OrderTab, str]] = {
    OrderTab.TO_PAY: (f"o.state = 'open' AND o.payment_status = 'awaiting' AND NOT {AT_THE_DOOR}"),
    OrderTab.TO_SHIP: (
        "o.state = 'open' AND o.fulfilment_status IN ('unfulfilled', 'picking', 'partly_shipped')"
        f" AND (o.payment_status <> 'awaiting' OR {AT_THE_DOOR})"
    ),
    OrderTab.TO_RECEIVE: (
        "o.state = 'open' AND o.fulfilment_status IN ('shipped', 'delivered', 'returned')"
        " AND o.received_at IS NULL"
    ),
    OrderTab.COMPLETED: (
        "(o.state = 'completed' OR (o.state = 'open' AND o.received_at IS NOT NULL"
        " AND o.fulfilment_status NOT IN ('unfulfilled', 'picking', 'partly_shipped')))"
    ),
    OrderTab.AFTER_SALES: "o.return_status <> 'none'",
    OrderTab.CANCELLED: "o.state IN ('cancelling', 'cancelled')",
}
_OWN_PART = (
    "EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id AND f.merchant_id = :merchant_id"
    " AND f.status IN {})"
)
_OWN_WAITING = _OWN_PART.format("('unfulfilled', 'picking', 'partly_shipped')")
_OWN_LEFT = _OWN_PART.format("('shipped', 'delivered', 'returned')")
# As the whole order's is derived: a return is open, or its pieces are back for good.
_OWN_RETURN = (
    "EXISTS (SELECT FROM order_returns r WHERE r.order_id = o.id AND r.merchant_id = :merchant_id"
    " AND (r.state NOT IN ('refunded', 'sent', 'rejected', 'denied', 'cancelled', 'closed')"
    " OR (r.kind = 'return' AND r.state = 'refunded')))"
)
# What a merchant has to do with an order is decided by its own part.
MERCHANT_TABS: Final[Mapping[OrderTab, str]] = {
    **TABS,
    OrderTab.TO_SHIP: f"o.state = 'open' AND {_OWN_WAITING}",
    OrderTab.TO_RECEIVE: (
        f"o.state = 'open' AND o.received_at IS NULL AND NOT {_OWN_WAITING} AND {_OWN_LEFT}"
    ),
    OrderTab.COMPLETED: (
        "(o.state = 'completed' OR (o.state = 'open' AND o.received_at IS NOT NULL"
        f" AND NOT {_OWN_WAITING}))"
    ),
    OrderTab.AFTER_SALES: f"{TABS[OrderTab.AFTER_SALES]} AND {_OWN_RETURN}",
}
OWN_PART: Final = (
    "EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id AND f.merchant_id = :merchant_id)"
)
OWN_SKU: Final = (
    "EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.sku_code = :own_sku_code"
    " AND l.merchant_id = :merchant_id)"
)
_HELD = "EXISTS (SELECT FROM order_holds h WHERE h.order_id = o.id AND h.lifted_at IS NULL)"
_SHIPPED = "EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id AND {})"
_PART = "EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id AND {})"

# References are indexed by what they are of.
_SOURCES: Final = ", ".join(f"'{each}'" for each in OrderSource)
_CONDITIONS: Final[Mapping[str, str]] = {
    "number": "o.number = :number",
    "member_id": "o.member_id = :member_id",
    "channel_id": "o.channel_id = :channel_id",
    "currency": "o.currency = :currency",
    "payable_min": "o.payable_minor >= :payable_min",
    "payable_max": "o.payable_minor <= :payable_max",
    "placed_from": "o.created_at >= :placed_from AND o.id >= :placed_from_id",
    "placed_to": "o.created_at < :placed_to AND o.id < :placed_to_id",
    "paid_from": "o.paid_at >= :paid_from",
    "paid_to": "o.paid_at < :paid_to AND o.id < :paid_to_id",
    "reference": f"o.source IN ({_SOURCES}) AND o.reference = :reference",
    "receiver": "o.address ->> 'recipient' = :receiver",
    "phone": "o.address ->> 'phone' = :phone",
    "label": "o.labels @> ARRAY[CAST(:label AS varchar)] AND o.labels <> '{}'",
    "payment_method": _tender("t.kind = :payment_method"),
    "payment_channel": _tender("t.channel = :payment_channel"),
    "merchant_id": _PART.format("f.merchant_id = :merchant_id"),
    "warehouse_id": _PART.format("f.warehouse_id = :warehouse_id"),
    "sku_code": (
        "EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND l.sku_code = :sku_code)"
    ),
}
_BOUNDED: Final = ("placed_from", "placed_to", "paid_to", "shipped_to")
_WORDS: Final = (
    *("state", "payment_status", "fulfilment_status", "return_status"),
    *("kind", "source"),
)


def conditions_of(
    wanted: OrderFilter, tabs: Mapping[OrderTab, str] = TABS
) -> tuple[list[str], dict[str, Any]]:
    """Conditions on `orders o`, and what they bind.

    Values of the vocabulary are written out: partial indexes are found by them.
    """
    chosen = wanted.chosen()
    conditions = [f"o.{name} = '{chosen.pop(name)}'" for name in _WORDS if name in chosen]
    if "tab" in chosen:
        conditions.append(tabs[chosen.pop("tab")])
    if (is_held := chosen.pop("is_held", None)) is not None:
        conditions.append(_HELD if is_held else f"NOT {_HELD}")
    if (is_gift := chosen.pop("is_gift", None)) is not None:
        conditions.append("o.is_gift" if is_gift else "NOT o.is_gift")
    if (flag := chosen.pop("flag", None)) is not None:
        conditions.append(f"o.flag = '{OrderFlag(flag).value}'")
    if (has_note := chosen.pop("has_note", None)) is not None:
        conditions.append("o.note IS NOT NULL" if has_note else "o.note IS NULL")
    shipped = [
        f"s.shipped_at {sign} :{name}"
        for name, sign in (("shipped_from", ">="), ("shipped_to", "<"))
        if name in chosen
    ]
    if shipped:
        conditions.append(_SHIPPED.format(" AND ".join(shipped)))
    if "shipped_to" in chosen:
        conditions.append("o.id < :shipped_to_id")
    bound = {f"{name}_id": id_at(_slack(name, chosen[name])) for name in _BOUNDED if name in chosen}
    conditions += [_CONDITIONS[name] for name in chosen if name in _CONDITIONS]
    return conditions, chosen | bound


def _slack(name: str, at: datetime) -> datetime:
    """An instant by which nothing that counts is missed, whatever the clocks say."""
    try:
        return at - SLACK if name.endswith("from") else at + SLACK
    except OverflowError:
        return at
