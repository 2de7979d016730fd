"""What is wrong with parcels, what is turned back, and codes they are fetched with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.carriers import InterceptState, ParcelTrouble
from app.models.base import Code, Entity


class ParcelException(Entity):
    """Something people have to see to; of one kind once a parcel until it is resolved."""

    __tablename__ = "parcel_exceptions"
    __table_args__ = (
        CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved_by_somebody"
        ),
        Index(
            "uq_parcel_exceptions_open",
            "shipment_id",
            "kind",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), index=True)
    kind: Mapped[ParcelTrouble]
    note: Mapped[str | None] = mapped_column(String(500))
    resolved_by: Mapped[str | None] = mapped_column(String(128))
    resolved_at: Mapped[datetime | None]


class ParcelIntercept(Entity):
    """A carrier was asked to turn a parcel back, once under a number of its own."""

    __tablename__ = "parcel_intercepts"
    __table_args__ = (
        CheckConstraint("(state = 'asked') = (settled_at IS NULL)", name="settled_when"),
        Index(
            "uq_parcel_intercepts_live",
            "shipment_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'accepted')"),
        ),
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), index=True)
    request_number: Mapped[str] = mapped_column(String(64), unique=True)
    adapter: Mapped[Code]
    state: Mapped[InterceptState]
    reason: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str | None] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(128))
    settled_at: Mapped[datetime | None]


class PickupCode(Entity):
    """What a shopper says where a parcel is fetched. Only its digest is kept.

    `told_at` is when its buyer was sent it, or saw it when asking for another one.
    """

    __tablename__ = "pickup_codes"
    __table_args__ = (
        CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="used_by_somebody"),
        CheckConstraint("used_at IS NULL OR replaced_at IS NULL", name="used_or_replaced"),
        Index(
            "uq_pickup_codes_current",
            "shipment_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index(
            "ix_pickup_codes_untold",
            "id",
            postgresql_where=text("told_at IS NULL AND replaced_at IS NULL AND used_at IS NULL"),
        ),
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"))
    member_id: Mapped[UUID]
    digest: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(String(128))
    told_at: Mapped[datetime | None]
