"""What of orders is revenue, and what others pay of their discounts."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Currency, Entity, Minor, not_negative


class Recognition(Entity):
    """A shipment that became revenue: `reference` names it and is taken once.

    `prepaid_minor` of it the shopper had paid, `funded_minor` others owe; together they are goods,
    shipping and tax.
    """

    __tablename__ = "recognitions"
    __table_args__ = (
        *not_negative(
            "prepaid_minor", "funded_minor", "goods_minor", "shipping_minor", "tax_minor"
        ),
        CheckConstraint(
            "prepaid_minor + funded_minor = goods_minor + shipping_minor + tax_minor",
            name="adds_up",
        ),
        CheckConstraint("has_shipping OR shipping_minor = 0", name="fee_with_shipping"),
        Index(
            "uq_recognitions_shipping",
            "order_id",
            unique=True,
            postgresql_where=text("has_shipping"),
        ),
        Index("ix_recognitions_order_id", "order_id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    reference: Mapped[Code] = mapped_column(unique=True)
    currency: Mapped[Currency]
    prepaid_minor: Mapped[Minor]
    funded_minor: Mapped[Minor]
    goods_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    has_shipping: Mapped[bool]


class EarnedUnit(Base):
    """A unit of an order line that is revenue, by one recognition only."""

    __tablename__ = "earned_units"
    __table_args__ = (CheckConstraint("unit_index >= 0", name="unit_index_not_negative"),)

    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    unit_index: Mapped[int] = mapped_column(primary_key=True)
    recognition_id: Mapped[UUID] = mapped_column(ForeignKey("recognitions.id"), index=True)


class GiftReturn(Base):
    """A unit of a gift that had left and came back with a refund. Append-only."""

    __tablename__ = "gift_returns"
    __table_args__ = (
        ForeignKeyConstraint(
            ["line_id", "unit_index"], ["earned_units.line_id", "earned_units.unit_index"]
        ),
    )

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_index: Mapped[int] = mapped_column(primary_key=True)
    refund_number: Mapped[str] = mapped_column(String(32))


class SponsoredUnit(Base):
    """What `funder` pays of a unit's discounts, `tax_minor` in it.

    `returned_by` is the refund that the unit came back with: then nobody owes it any more.
    """

    __tablename__ = "sponsored_units"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name="tax_within"),
    )

    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    unit_index: Mapped[int] = mapped_column(primary_key=True)
    funder: Mapped[Code] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    tax_rate_bps: Mapped[int]
    returned_by: Mapped[str | None] = mapped_column(String(32))
