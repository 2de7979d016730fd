"""Batches of goods: when they were made, when they expire, how much of them lies where."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import BatchState, MovementKind, StockGrade
from app.core.ids import new_id
from app.models.base import Base, Versioned, not_negative


class StockTracking(Base):
    """A SKU whose pieces are told apart by batch.

    Pieces are not sold in the last `shelf_days` before they expire.
    """

    __tablename__ = "stock_tracking"
    __table_args__ = (*not_negative("shelf_days"),)

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    shelf_days: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockBatch(Versioned):
    """Pieces of a SKU that were made together. Number `?` holds those nobody named a batch of."""

    __tablename__ = "stock_batches"
    __table_args__ = (
        UniqueConstraint("sku_id", "number"),
        UniqueConstraint("id", "sku_id"),
        CheckConstraint("made_on <= expires_on", name="made_before_it_expires"),
        CheckConstraint("state = 'open' OR reason IS NOT NULL", name="kept_back_for_a_reason"),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("stock_tracking.sku_id"))
    number: Mapped[str] = mapped_column(String(64))
    made_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    state: Mapped[BatchState]
    reason: Mapped[str | None] = mapped_column(String(500))


class BatchStock(Base):
    """Pieces of a batch in a warehouse. Changed under the lock of their SKU's stock there."""

    __tablename__ = "batch_stock"
    __table_args__ = (
        ForeignKeyConstraint(["batch_id", "sku_id"], ["stock_batches.id", "stock_batches.sku_id"]),
        *not_negative("on_hand", "damaged", "frozen"),
        Index(
            "ix_batch_stock_there",
            "sku_id",
            "warehouse_id",
            postgresql_where=text("on_hand + damaged + frozen > 0"),
        ),
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"), primary_key=True)
    sku_id: Mapped[UUID]
    on_hand: Mapped[int] = mapped_column(server_default="0")
    damaged: Mapped[int] = mapped_column(server_default="0")
    frozen: Mapped[int] = mapped_column(server_default="0")


class BatchMovement(Base):
    """The part of a movement of stock that is of one batch; `owner` is who it was promised to.

    Append-only, partitioned by month.
    """

    __tablename__ = "stock_batch_movements"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        Index("ix_stock_batch_movements_batch_id", "batch_id", "id"),
        Index("ix_stock_batch_movements_cause", "cause"),
        Index("ix_stock_batch_movements_owner", "owner"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    batch_id: Mapped[UUID]
    sku_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    kind: Mapped[MovementKind]
    grade: Mapped[StockGrade]
    quantity: Mapped[int]
    cause: Mapped[str] = mapped_column(String(128))
    owner: Mapped[str | None] = mapped_column(String(64))
    actor: Mapped[str | None] = mapped_column(String(128))
