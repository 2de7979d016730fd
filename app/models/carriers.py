"""Who carries parcels."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Name, Versioned


class Carrier(Versioned):
    """A carrier parcels may name. Its `code` never changes: parcels refer to it.

    With `merchant_id` only that merchant ships with it. `services` are the codes parcels may name,
    any where there are none. `tracking_url` holds `{number}` where the parcel's number goes.
    `tracking_code` is what those who follow parcels of many carriers call it.
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
