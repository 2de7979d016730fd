"""Pieces that are told apart one by one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import SerialState
from app.models.base import Base, Entity


class SerialTracking(Base):
    """A SKU whose pieces have serial numbers; they leave with one each."""

    __tablename__ = "serial_tracking"

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockSerial(Entity):
    """A piece. `document` is what it last moved by, `owner` who it was sent to.

    It lies in a warehouse unless it is on its way to another one, was sent, or is gone.
    """

    __tablename__ = "stock_serials"
    __table_args__ = (
        UniqueConstraint("sku_id", "serial"),
        CheckConstraint(
            "(state IN ('in_stock', 'packed')) = (warehouse_id IS NOT NULL)", name="lies_or_left"
        ),
        CheckConstraint("(state = 'sent') = (owner IS NOT NULL)", name="sent_to_somebody"),
        Index("ix_stock_serials_serial", "serial"),
        Index("ix_stock_serials_sku_id", "sku_id", "id"),
        Index(
            "ix_stock_serials_there",
            "sku_id",
            "warehouse_id",
            postgresql_where=text("state <> 'sent'"),
        ),
        Index("ix_stock_serials_document", "document"),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("serial_tracking.sku_id"))
    serial: Mapped[str] = mapped_column(String(64))
    state: Mapped[SerialState]
    warehouse_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouses.id"))
    document: Mapped[str] = mapped_column(String(128))
    owner: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SerialMove(Entity):
    """Where a piece was seen. Append-only; the last one is where it is."""

    __tablename__ = "stock_serial_moves"
    __table_args__ = (Index("ix_stock_serial_moves_serial_id", "serial_id", "id"),)

    serial_id: Mapped[UUID] = mapped_column(ForeignKey("stock_serials.id"))
    state: Mapped[SerialState]
    warehouse_id: Mapped[UUID | None]
    document: Mapped[str] = mapped_column(String(128))
    owner: Mapped[str | None] = mapped_column(String(64))
    actor: Mapped[str | None] = mapped_column(String(128))
