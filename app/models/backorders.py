"""Goods that are sold before they are there, or are promised and missing: what waits, and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import WaitKind
from app.models.base import Entity, Versioned, not_negative


class BackorderTerms(Versioned):
    """How a SKU is sold without stock, in a channel or in all that have no terms of their own.

    Up to `most` pieces may wait in the warehouse the goods will come to. They are expected, and a
    pre-sale leaves, at `ships_at`; sold so `until`. `wait_days` after it is the last day.
    """

    __tablename__ = "backorder_terms"
    __table_args__ = (
        CheckConstraint("most > 0", name="most_positive"),
        *not_negative("wait_days"),
        Index(
            "uq_backorder_terms_sku",
            "sku_id",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("is_active"),
        ),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    kind: Mapped[WaitKind]
    most: Mapped[int]
    ships_at: Mapped[datetime]
    until: Mapped[datetime | None]
    wait_days: Mapped[int] = mapped_column(server_default="30")
    allows_partial: Mapped[bool]
    is_active: Mapped[bool] = mapped_column(server_default="true")


class Backorder(Entity):
    """Pieces an owner waits for: `filled` ones were promised since, `freed` are not wanted.

    The rest is counted in `stock.waiting`, and shoppers cannot have it. `expires_at` as that of a
    reservation: null once it is paid for. Nobody has to wait after `last_at`; `told_at` that was
    said beforehand, `over_at` that it is so now. What was promised and is missing has no terms.
    """

    __tablename__ = "backorders"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("filled + freed <= quantity", name="fills_what_waits"),
        *not_negative("filled", "freed"),
        Index("uq_backorders_owner", "owner", "sku_id", "warehouse_id", unique=True),
        Index(
            "ix_backorders_open",
            "sku_id",
            "warehouse_id",
            "id",
            postgresql_where=text("filled + freed < quantity"),
        ),
        Index("ix_backorders_waiting", "id", postgresql_where=text("filled + freed < quantity")),
        Index(
            "ix_backorders_last_at",
            "last_at",
            postgresql_where=text("filled + freed < quantity AND over_at IS NULL"),
        ),
    )

    owner: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[UUID]
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    terms_id: Mapped[UUID | None] = mapped_column(ForeignKey("backorder_terms.id"))
    kind: Mapped[WaitKind]
    ships_at: Mapped[datetime]
    allows_partial: Mapped[bool]
    quantity: Mapped[int]
    filled: Mapped[int] = mapped_column(server_default="0")
    freed: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockShortage(Entity):
    """Pieces that somebody missed in a warehouse while they were promised.

    `written_off` ones are off the books, their promises were left; of `gone` ones the books had
    none any more. The rest is still to be left: `owner`'s promise first. `looked_at` is when that
    was tried last.
    """

    __tablename__ = "stock_shortages"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("written_off + gone <= quantity", name="ends_what_is_missing"),
        *not_negative("written_off", "gone"),
        Index(
            "ix_stock_shortages_open",
            "id",
            postgresql_where=text("written_off + gone < quantity"),
        ),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_batches.id"))
    owner: Mapped[str | None] = mapped_column(String(64))
    quantity: Mapped[int]
    written_off: Mapped[int] = mapped_column(server_default="0")
    gone: Mapped[int] = mapped_column(server_default="0")
    cause: Mapped[str] = mapped_column(String(128))
    actor: Mapped[str | None] = mapped_column(String(128))
    note: Mapped[str | None] = mapped_column(String(500))
    looked_at: Mapped[datetime | None]
