"""Who carries parcels, the labels their systems make, and what they tell."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.carriers import CarrierKind, LabelState
from app.models.base import Base, Code, Currency, Entity, Minor, Name, Versioned, not_negative


class Carrier(Versioned):
    """A carrier parcels may name. Its `code` never changes: parcels refer to it.

    With `merchant_id` only that merchant ships with it. `services` are the codes parcels may name,
    any where there are none. `tracking_url` holds `{number}` where the parcel's number goes.
    `tracking_code` is what those who follow parcels of many carriers call it, `adapter` which
    system of the settings is asked for its rates, labels and parcels; None where people see to it.
    """

    __tablename__ = "carriers"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(services) = 'array'", name="list_of_services"),
        CheckConstraint("tracking_url LIKE '%{number}%'", name="url_holds_number"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    name_zh: Mapped[Name]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"), index=True)
    services: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    phone: Mapped[str | None] = mapped_column(String(32))
    tracking_url: Mapped[str | None] = mapped_column(String(500))
    tracking_code: Mapped[str | None] = mapped_column(String(64))
    is_active: Mapped[bool] = mapped_column(server_default="true")
    adapter: Mapped[str | None] = mapped_column(String(64))

    @property
    def kind(self) -> CarrierKind:
        return CarrierKind.MANUAL if self.adapter is None else CarrierKind.ADAPTER


class ShipmentLabel(Entity):
    """A label of a parcel, asked for once under a number of its own.

    `quoted_minor` is what the carrier meant to charge. `settled_at` is when its outcome was known.
    """

    __tablename__ = "shipment_labels"
    __table_args__ = (
        CheckConstraint(
            "state NOT IN ('made', 'kept') OR tracking_number IS NOT NULL", name="made_has_number"
        ),
        CheckConstraint("(quoted_minor IS NULL) = (currency IS NULL)", name="quoted_in_currency"),
        *not_negative("quoted_minor"),
        Index(
            "uq_shipment_labels_live",
            "shipment_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'made')"),
        ),
        Index("ix_shipment_labels_asked", "next_try_at", postgresql_where=text("state = 'asked'")),
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), index=True)
    request_number: Mapped[str] = mapped_column(String(64), unique=True)
    adapter: Mapped[Code]
    state: Mapped[LabelState]
    tracking_number: Mapped[str | None] = mapped_column(String(64))
    url: Mapped[str | None] = mapped_column(String(2000))
    content: Mapped[bytes | None]
    media_type: Mapped[str | None] = mapped_column(String(64))
    quoted_minor: Mapped[Minor | None]
    currency: Mapped[Currency | None]
    reason: Mapped[str | None] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(128))
    tries: Mapped[int] = mapped_column(server_default="1")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    settled_at: Mapped[datetime | None]


class ParcelWatch(Base):
    """A parcel on its way that somebody is asked about, or tells about by itself.

    `heard_at` is when something new was told last, `reason` why a subscription was refused.
    """

    __tablename__ = "parcel_watches"
    __table_args__ = (Index("ix_parcel_watches_next_try_at", "next_try_at"),)

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    adapter: Mapped[Code]
    subscribed_at: Mapped[datetime | None]
    heard_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tries: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reason: Mapped[str | None] = mapped_column(String(500))


class CarrierPush(Entity):
    """What was told by itself, byte for byte, kept for a month; the same bytes count once."""

    __tablename__ = "carrier_pushes"
    __table_args__ = (
        CheckConstraint(
            "(outcome IS NULL) = (processed_at IS NULL)", name="outcome_when_processed"
        ),
        UniqueConstraint("adapter", "digest"),
        Index("ix_carrier_pushes_waiting", "id", postgresql_where=text("processed_at IS NULL")),
        Index("ix_carrier_pushes_created_at", "created_at"),
    )

    adapter: Mapped[Code]
    digest: Mapped[str] = mapped_column(String(64))
    carrier: Mapped[Code]
    tracking_number: Mapped[str] = mapped_column(String(64))
    raw: Mapped[bytes]
    outcome: Mapped[str | None] = mapped_column(String(32))
    processed_at: Mapped[datetime | None]
