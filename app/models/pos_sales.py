"""What tills sold off the shelf of a store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import PosSaleState
from app.models.base import Base, Entity


class PosSale(Entity):
    """A sale of a till: its `till_number` counts once in a warehouse.

    One that was made offline has happened, whatever was promised: `is_short` says that pieces of it
    were not free, `is_unfit` that some were of batches that could not be sold that day.
    """

    __tablename__ = "pos_sales"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "till_number"),
        CheckConstraint(
            "(state = 'undone') = (undone_by IS NOT NULL AND undone_at IS NOT NULL)",
            name="undone_by_somebody",
        ),
        CheckConstraint("NOT is_short OR is_offline", name="short_only_offline"),
        CheckConstraint("NOT is_unfit OR is_offline", name="unfit_only_offline"),
        Index("ix_pos_sales_short", "id", postgresql_where=text("is_short")),
        Index("ix_pos_sales_unfit", "id", postgresql_where=text("is_unfit")),
        Index("ix_pos_sales_warehouse_id", "warehouse_id", "id"),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    till_number: Mapped[str] = mapped_column(String(64))
    sold_at: Mapped[datetime]
    is_offline: Mapped[bool]
    is_short: Mapped[bool]
    is_unfit: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[PosSaleState]
    sold_by: Mapped[str] = mapped_column(String(128))
    undone_by: Mapped[str | None] = mapped_column(String(128))
    undone_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(500))


class PosSaleLine(Base):
    """Pieces of a SKU that were sold: `short` were not free on the shelf, `unfit` not to be sold.

    `serials` are what the till named.
    """

    __tablename__ = "pos_sale_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND short BETWEEN 0 AND quantity", name="short_of_sold"),
        CheckConstraint("unfit BETWEEN 0 AND quantity - short", name="unfit_of_taken"),
        CheckConstraint("cardinality(serials) <= quantity", name="serial_of_a_piece"),
    )

    sale_id: Mapped[UUID] = mapped_column(ForeignKey("pos_sales.id"), primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    quantity: Mapped[int]
    short: Mapped[int]
    unfit: Mapped[int] = mapped_column(server_default="0")
    serials: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
