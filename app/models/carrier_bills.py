"""What carriers charge."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Currency, Entity, Minor, not_negative


class CarrierBill(Entity):
    """A bill of a carrier, imported once by its number."""

    __tablename__ = "carrier_bills"
    __table_args__ = (UniqueConstraint("carrier_code", "number"),)

    carrier_code: Mapped[Code] = mapped_column(ForeignKey("carriers.code"))
    number: Mapped[str] = mapped_column(String(64))
    currency: Mapped[Currency]
    imported_by: Mapped[str] = mapped_column(String(128))


class CarrierBillLine(Base):
    """What a bill charges for a parcel, and what was quoted when it came. Append-only."""

    __tablename__ = "carrier_bill_lines"
    __table_args__ = (
        *not_negative("charged_minor"),
        CheckConstraint(
            "quoted_minor IS NULL OR shipment_id IS NOT NULL", name="quoted_of_a_parcel"
        ),
    )

    bill_id: Mapped[UUID] = mapped_column(ForeignKey("carrier_bills.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    tracking_number: Mapped[str] = mapped_column(String(64))
    charged_minor: Mapped[Minor]
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipments.id"), index=True)
    quoted_minor: Mapped[Minor | None]
