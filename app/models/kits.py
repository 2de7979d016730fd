"""Kits: SKUs that are made of others, what promises of them hold, and what came back of them."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Minor, not_negative


class KitComponent(Base):
    """`quantity` pieces of a SKU are in one kit; orders placed from now on get it so.

    One piece is worth `worth` in proportion to the others. The keys name the merchant and what
    is a kit, so no kit is made of a kit, of itself or of anybody else's goods.
    """

    __tablename__ = "kit_components"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("worth > 0", name="worth_positive"),
        CheckConstraint("is_whole", name="whole_is_a_kit"),
        CheckConstraint("NOT is_part", name="part_is_no_kit"),
        ForeignKeyConstraint(
            ["kit_id", "merchant_id", "is_whole"], ["skus.id", "skus.merchant_id", "skus.is_kit"]
        ),
        ForeignKeyConstraint(
            ["sku_id", "merchant_id", "is_part"], ["skus.id", "skus.merchant_id", "skus.is_kit"]
        ),
        Index("ix_kit_components_sku_id", "sku_id"),
    )

    kit_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    merchant_id: Mapped[UUID]
    is_whole: Mapped[bool] = mapped_column(server_default="true")
    is_part: Mapped[bool] = mapped_column(server_default="false")
    quantity: Mapped[int]
    worth: Mapped[Minor] = mapped_column(server_default="1")


class KitPromise(Base):
    """Of what a kit consists that is promised to an owner, as `KitComponent` said then."""

    __tablename__ = "kit_promises"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("worth > 0", name="worth_positive"),
        CheckConstraint("kit_id <> sku_id", name="not_of_itself"),
    )

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    kit_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    quantity: Mapped[int]
    worth: Mapped[Minor]


class ReturnedPiece(Base):
    """Pieces of the kits of a return line, by what each is good for."""

    __tablename__ = "order_return_pieces"
    __table_args__ = (
        ForeignKeyConstraint(
            ["return_id", "order_line_id"],
            ["order_return_lines.return_id", "order_return_lines.order_line_id"],
        ),
        *not_negative("resellable", "damaged", "scrap"),
    )

    return_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    member_id: Mapped[UUID]
    resellable: Mapped[int] = mapped_column(server_default="0")
    damaged: Mapped[int] = mapped_column(server_default="0")
    scrap: Mapped[int] = mapped_column(server_default="0")
