"""What delivery costs and when: freight templates, points to fetch from, slots of time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.delivery import DeliveryMethod, FreightBasis
from app.models.base import Base, Code, Currency, JsonList, Name, Versioned


class FreightTemplate(Versioned):
    """What a merchant asks for one method, from one warehouse or, without it, from any.

    `zones` are `delivery.engine.Zone`s by name, `refused_category_ids` categories it does not
    carry, `works_on` days of the week (Monday is 1). `cutoff_minute` counts from midnight.
    """

    __tablename__ = "freight_templates"
    __table_args__ = (
        CheckConstraint("max_weight_grams > 0", name="max_weight_positive"),
        CheckConstraint("cutoff_minute BETWEEN 0 AND 1440", name="cutoff_within_a_day"),
        CheckConstraint("handling_days BETWEEN 0 AND 60", name="handling_days_known"),
        CheckConstraint("jsonb_array_length(works_on) > 0", name="works_some_day"),
        Index(
            "uq_freight_templates_method",
            "merchant_id",
            "method",
            "currency",
            "warehouse_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("is_active"),
        ),
    )

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    warehouse_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouses.id"))
    name: Mapped[Name]
    method: Mapped[DeliveryMethod]
    basis: Mapped[FreightBasis]
    currency: Mapped[Currency]
    zones: Mapped[JsonList]
    max_weight_grams: Mapped[int | None]
    refused_category_ids: Mapped[JsonList] = mapped_column(server_default=text("'[]'"))
    cutoff_minute: Mapped[int] = mapped_column(server_default="1440")
    handling_days: Mapped[int] = mapped_column(server_default="0")
    works_on: Mapped[JsonList] = mapped_column(server_default=text("'[1, 2, 3, 4, 5, 6, 7]'"))
    is_active: Mapped[bool] = mapped_column(server_default="true")


class PickupPoint(Versioned):
    """Where shoppers fetch a merchant's goods. `hours` is `[{days, opens, closes}]`."""

    __tablename__ = "pickup_points"
    __table_args__ = (Index("ix_pickup_points_merchant_id", "merchant_id", "id"),)

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    country: Mapped[str] = mapped_column(String(2))
    province: Mapped[Name]
    city: Mapped[Name]
    district: Mapped[str | None] = mapped_column(String(200))
    street: Mapped[str] = mapped_column(String(500))
    region_code: Mapped[str | None] = mapped_column(String(16))
    phone: Mapped[str] = mapped_column(String(32))
    hours: Mapped[JsonList] = mapped_column(JSONB)
    is_active: Mapped[bool] = mapped_column(server_default="true")


class DeliverySlot(Versioned):
    """A time goods are brought or fetched, for `capacity` orders that come by `orders_until`.

    `taken` counts the uses that were not given back; it moves without the version.
    """

    __tablename__ = "delivery_slots"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="lasts"),
        CheckConstraint("orders_until <= ends_at", name="ordered_before_it_ends"),
        CheckConstraint("taken BETWEEN 0 AND capacity", name="taken_within_capacity"),
        CheckConstraint("method IN ('pickup', 'same_city')", name="of_an_appointment"),
        Index("ix_delivery_slots_open", "merchant_id", "method", "starts_at"),
    )

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    method: Mapped[DeliveryMethod]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    orders_until: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0")
    is_active: Mapped[bool] = mapped_column(server_default="true")


class DeliverySlotUse(Base):
    """An order's place in a slot; it has one while `released_at` is null."""

    __tablename__ = "delivery_slot_uses"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("delivery_slots.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    released_at: Mapped[datetime | None]
