"""Parcels of orders, where carriers say they are, and what keeps orders from leaving."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.shipping import HoldKind, ShipmentState, TrackingSource
from app.models.base import Base, Code, Currency, Entity, Minor, Versioned

UNDER_WAY = (
    "state IN ('shipped', 'in_transit', 'out_for_delivery', 'awaiting_pickup', 'refused',"
    " 'returning')"
)


class Shipment(Versioned):
    """A parcel of one fulfilment: its carrier, its number there, where it is and what it cost us.

    `cost_minor` is what the carrier charges the merchant, unknown until somebody says it. One that
    is `joined_to` another travels in that, which has the number and the label of both.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        CheckConstraint("joined_to <> id", name="joined_to_another"),
        CheckConstraint("joined_to IS NULL OR tracking_number IS NULL", name="one_number_for_all"),
        Index(
            "ix_shipments_joined_to", "joined_to", postgresql_where=text("joined_to IS NOT NULL")
        ),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        CheckConstraint("cost_minor >= 0", name="cost_not_negative"),
        CheckConstraint(
            "(state IN ('prepared', 'void')) = (shipped_at IS NULL)", name="shipped_at_when_left"
        ),
        CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_at_when_there"
        ),
        Index(
            "uq_shipments_tracking",
            "carrier_code",
            "tracking_number",
            unique=True,
            postgresql_where=text("tracking_number IS NOT NULL AND state <> 'void'"),
        ),
        Index("ix_shipments_order_id", "order_id"),
        Index("ix_shipments_fulfilment_id", "fulfilment_id"),
        Index(
            "ix_shipments_shipped_at",
            "shipped_at",
            "order_id",
            postgresql_where=text("shipped_at IS NOT NULL"),
        ),
        Index("ix_shipments_under_way", "shipped_at", postgresql_where=text(UNDER_WAY)),
        # Most parcels have arrived: what lists look for among the others is found without them.
        Index("ix_shipments_state", "state", "id", postgresql_where=text("state <> 'delivered'")),
        Index(
            "ix_shipments_tracking_number",
            "tracking_number",
            postgresql_where=text("tracking_number IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    fulfilment_id: Mapped[UUID] = mapped_column(ForeignKey("fulfilments.id"))
    member_id: Mapped[UUID]
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    state: Mapped[ShipmentState]
    carrier_code: Mapped[Code] = mapped_column(ForeignKey("carriers.code"))
    service: Mapped[Code | None] = mapped_column(String(64))
    tracking_number: Mapped[str | None] = mapped_column(String(64))
    weight_grams: Mapped[int | None]
    cost_minor: Mapped[Minor | None]
    currency: Mapped[Currency]
    note: Mapped[str | None] = mapped_column(String(500))
    estimated_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    joined_to: Mapped[UUID | None] = mapped_column(ForeignKey("shipments.id"))


class ShipmentLine(Base):
    """Pieces of an order line in a parcel."""

    __tablename__ = "shipment_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(
        ForeignKey("order_lines.id"), primary_key=True, index=True
    )
    member_id: Mapped[UUID]
    quantity: Mapped[int]


class ShipmentEvent(Entity):
    """What somebody said about a parcel, as it came in. Append-only.

    `state` is what it was taken for, null where it moves nothing. `provider_id` names the entry
    there, so that a repeated one is recognised.
    """

    __tablename__ = "shipment_events"
    __table_args__ = (
        Index("uq_shipment_events_provider_id", "shipment_id", "provider_id", unique=True),
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"))
    member_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[ShipmentState | None]
    source: Mapped[TrackingSource]
    provider_id: Mapped[str | None] = mapped_column(String(128))
    location: Mapped[str | None] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(String(500))
    actor: Mapped[str | None] = mapped_column(String(128))


class OrderHold(Entity):
    """Why an order must not leave its warehouses, until somebody lifts it.

    `reference` names what holds it (a review, a statement's difference), so that it counts once.
    """

    __tablename__ = "order_holds"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
        Index(
            "uq_order_holds_open",
            "order_id",
            "kind",
            "reference",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    kind: Mapped[HoldKind]
    reference: Mapped[str] = mapped_column(String(128), server_default="")
    reason: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    held_by: Mapped[str] = mapped_column(String(128))
    lifted_by: Mapped[str | None] = mapped_column(String(128))
    lifted_at: Mapped[datetime | None]
