"""What merchants' systems are told: a fact each, made of a message of the outbox.

Thin on purpose: ids and states, so that whoever wants to know more asks with its own key. Nothing
here says who a shopper is. A published fact only ever gains fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from app.core.enums.scopes import Scope

API_VERSION = "1"
"""Of the envelope and of the data in it."""


class Whose(StrEnum):
    """Who is told, as the repository finds them."""

    NAMED = "named"
    ORDER = "order"
    REFUND = "refund"
    SKU = "sku"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`type` is the event's, `source` the message's it is made of, `scope` what is needed to hear.

    Fields have the names they have in the message, or say which.
    """

    type: ClassVar[str]
    source: ClassVar[str]
    whose: ClassVar[Whose] = Whose.NAMED
    scope: ClassVar[Scope] = Scope.ORDERS_READ


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact(Fact):
    order_id: UUID
    order_number: str = field(metadata={"from": "number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(OrderFact):
    """There is something to ship: see the fulfilments of the order."""

    type: ClassVar[str] = "order.paid"
    source: ClassVar[str] = "orders.paid.v1"
    whose: ClassVar[Whose] = Whose.ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReviewed(OrderFact):
    """An order that was held was `passed`, `approved` or `rejected`."""

    type: ClassVar[str] = "order.reviewed"
    source: ClassVar[str] = "orders.review_decided.v1"
    whose: ClassVar[Whose] = Whose.ORDER
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(OrderFact):
    """What has not left is to be sent otherwise: `fields` may name its address; read it again."""

    type: ClassVar[str] = "order.changed"
    source: ClassVar[str] = "orders.changed.v1"
    whose: ClassVar[Whose] = Whose.ORDER
    change_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderFact):
    """Nothing of it is sent any more."""

    type: ClassVar[str] = "order.cancelled"
    source: ClassVar[str] = "orders.cancelled.v1"
    whose: ClassVar[Whose] = Whose.ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceived(OrderFact):
    """Everything arrived, its buyer or the time since then says."""

    type: ClassVar[str] = "order.received"
    source: ClassVar[str] = "orders.received.v1"
    whose: ClassVar[Whose] = Whose.ORDER
    is_automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(OrderFact):
    """Nothing of it can be returned any more."""

    type: ClassVar[str] = "order.completed"
    source: ClassVar[str] = "orders.completed.v1"
    whose: ClassVar[Whose] = Whose.ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentSent(OrderFact):
    """A parcel of yours has left."""

    type: ClassVar[str] = "shipment.sent"
    source: ClassVar[str] = "orders.shipped.v1"
    shipment_id: UUID
    shipment_number: str
    fulfilment_id: UUID
    carrier_code: str
    tracking_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementSent(ShipmentSent):
    """A parcel that is no sale has left: replacements, or what was repaired (`kind`)."""

    type: ClassVar[str] = "replacement.sent"
    source: ClassVar[str] = "orders.replacement_shipped.v1"
    return_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentMoved(OrderFact):
    """A parcel of yours is somewhere else now: under way, delivered, refused, lost, back."""

    type: ClassVar[str] = "shipment.moved"
    source: ClassVar[str] = "orders.shipment_moved.v1"
    shipment_id: UUID
    shipment_number: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMoved(OrderFact):
    """A return of your goods was asked for, decided, is on its way, is over."""

    type: ClassVar[str] = "return.moved"
    source: ClassVar[str] = "orders.return_moved.v1"
    return_id: UUID
    return_number: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInspected(OrderFact):
    """Goods that came back were looked at; the return says what was found."""

    type: ClassVar[str] = "return.inspected"
    source: ClassVar[str] = "orders.return_inspected.v1"
    return_id: UUID
    return_number: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(Fact):
    """Money for goods of yours has reached the shopper."""

    type: ClassVar[str] = "refund.succeeded"
    source: ClassVar[str] = "payments.refund_succeeded.v1"
    whose: ClassVar[Whose] = Whose.REFUND
    order_id: UUID
    refund_number: str = field(metadata={"from": "number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(Fact):
    """An invoice over what you sell has its document."""

    type: ClassVar[str] = "invoice.issued"
    source: ClassVar[str] = "invoice.issued.v1"
    invoice_id: UUID
    order_id: UUID
    kind: str
    document_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLow(Fact):
    """No more is free than `threshold`; told once, until there was more."""

    type: ClassVar[str] = "stock.low"
    source: ClassVar[str] = "inventory.low_stock.v1"
    whose: ClassVar[Whose] = Whose.SKU
    scope: ClassVar[Scope] = Scope.INVENTORY_READ
    sku_id: UUID
    warehouse_id: UUID
    available: int
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductMoved(Fact):
    """A product of yours was submitted, approved, rejected, taken off sale."""

    type: ClassVar[str] = "product.moved"
    source: ClassVar[str] = "catalog.product_moved.v1"
    scope: ClassVar[Scope] = Scope.CATALOG_READ
    product_id: UUID
    product_code: str
    action: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyExposed(Fact):
    """A key of yours was sent in an address, where logs and proxies keep it: rotate it."""

    type: ClassVar[str] = "api_key.exposed"
    source: ClassVar[str] = "merchants.api_key_exposed.v1"
    scope: ClassVar[Scope] = Scope.MERCHANTS_READ
    api_key_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Fact):
    """You asked for it, to see whether it arrives."""

    type: ClassVar[str] = "webhook.test"
    source: ClassVar[str] = "webhooks.test"
    scope: ClassVar[Scope] = Scope.WEBHOOKS_READ
    endpoint_id: UUID


FACTS: tuple[type[Fact], ...] = (
    OrderPaid,
    OrderReviewed,
    OrderChanged,
    OrderCancelled,
    OrderReceived,
    OrderCompleted,
    ShipmentSent,
    ReplacementSent,
    ShipmentMoved,
    ReturnMoved,
    ReturnInspected,
    RefundSucceeded,
    InvoiceIssued,
    StockLow,
    ProductMoved,
    ApiKeyExposed,
    Trial,
)
BY_TYPE: Mapping[str, type[Fact]] = {each.type: each for each in FACTS}
BY_SOURCE: Mapping[str, type[Fact]] = {each.source: each for each in FACTS}
SUBSCRIBABLE: tuple[str, ...] = tuple(each.type for each in FACTS if each is not Trial)


def data_of(fact: type[Fact], payload: Mapping[str, Any]) -> dict[str, Any]:
    """What `fact` says of a message, as JSON: its own fields and no others."""
    return {each.name: payload[each.metadata.get("from", each.name)] for each in fields(fact)}


def may_hear(scopes: frozenset[Scope]) -> list[str]:
    """Types a caller with these scopes may be told."""
    return [each.type for each in FACTS if each.scope in scopes]
