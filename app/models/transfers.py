"""Goods on their way from one warehouse to another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import TransferState
from app.models.base import Base, Entity, Versioned, not_negative


class StockTransfer(Versioned):
    """Asked for, sent, received in parts, and closed when each piece is accounted for."""

    __tablename__ = "stock_transfers"
    __table_args__ = (
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="goes_elsewhere"),
        CheckConstraint(
            "(state IN ('in_transit', 'closed')) ="
            " (shipped_by IS NOT NULL AND shipped_at IS NOT NULL)",
            name="shipped_by_somebody",
        ),
        CheckConstraint("(state = 'closed') = (closed_by IS NOT NULL)", name="closed_by_somebody"),
        Index("ix_stock_transfers_from_warehouse_id", "from_warehouse_id", "id"),
        Index("ix_stock_transfers_to_warehouse_id", "to_warehouse_id", "id"),
        Index(
            "ix_stock_transfers_in_transit",
            "to_warehouse_id",
            postgresql_where=text("state = 'in_transit'"),
        ),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    from_warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    to_warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    state: Mapped[TransferState]
    note: Mapped[str | None] = mapped_column(String(500))
    requested_by: Mapped[str] = mapped_column(String(128))
    shipped_by: Mapped[str | None] = mapped_column(String(128))
    shipped_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(128))
    difference: Mapped[str | None] = mapped_column(String(500))


class StockTransferLine(Base):
    """While it is under way, `shipped - received - damaged - lost` pieces are in transit.

    `over` came beyond what was sent, `over_damaged` of it broken; it is on stock when the transfer
    is closed.
    """

    __tablename__ = "stock_transfer_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("shipped <= quantity", name="ships_what_was_asked"),
        CheckConstraint("received + damaged + lost <= shipped", name="accounts_for_what_left"),
        CheckConstraint("over_damaged BETWEEN 0 AND over", name="breaks_what_is_over"),
        *not_negative("shipped", "received", "damaged", "over", "lost"),
        Index("ix_stock_transfer_lines_sku_id", "sku_id"),
    )

    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("stock_transfers.id"), primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    quantity: Mapped[int]
    shipped: Mapped[int] = mapped_column(server_default="0")
    received: Mapped[int] = mapped_column(server_default="0")
    damaged: Mapped[int] = mapped_column(server_default="0")
    over: Mapped[int] = mapped_column(server_default="0")
    over_damaged: Mapped[int] = mapped_column(server_default="0")
    lost: Mapped[int] = mapped_column(server_default="0")


class StockTransferReceipt(Entity):
    """A part of a transfer that arrived, and who took it in. Append-only."""

    __tablename__ = "stock_transfer_receipts"
    __table_args__ = (
        *not_negative("received", "damaged", "over"),
        CheckConstraint("received + damaged + over > 0", name="something_came"),
        CheckConstraint("over_damaged BETWEEN 0 AND over", name="breaks_what_is_over"),
        Index("ix_stock_transfer_receipts_transfer_id", "transfer_id", "id"),
    )

    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("stock_transfers.id"))
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    received: Mapped[int]
    damaged: Mapped[int]
    over: Mapped[int]
    over_damaged: Mapped[int] = mapped_column(server_default="0")
    received_by: Mapped[str] = mapped_column(String(128))
