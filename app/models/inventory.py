"""Stock: warehouses, what is on hand, what is promised, and why it changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.inventory import MovementKind, ReservationState, StockGrade
from app.core.ids import new_id
from app.models.base import Base, Code, Entity, JsonList, Minor, Name, Versioned, not_negative


class Warehouse(Versioned):
    """Where stock lies. Of warehouses that cost the same the lowest `priority` fills an order.

    `service_regions` say how far it is (`[{regions, steps}]`), where divisions do not say it well;
    `handling_minor` is what an order from there costs to pick and pack.
    """

    __tablename__ = "warehouses"
    __table_args__ = (*not_negative("handling_minor"),)

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), index=True)
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    country: Mapped[str] = mapped_column(String(2))
    region_code: Mapped[str | None] = mapped_column(String(16))
    priority: Mapped[int] = mapped_column(server_default="100")
    is_active: Mapped[bool] = mapped_column(server_default="true")
    service_regions: Mapped[JsonList] = mapped_column(server_default=text("'[]'"))
    handling_minor: Mapped[Minor] = mapped_column(server_default="0")


class RoutingPolicy(Versioned):
    """What counts when warehouses are chosen for a channel; without one, for all others.

    Minor units of the channel's currency, see `inventory.engine.Policy`.
    """

    __tablename__ = "routing_policies"
    __table_args__ = (
        *not_negative("split_minor", "distance_minor", "priority_minor", "freight_bps"),
        Index(
            "uq_routing_policies_channel",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    split_minor: Mapped[Minor]
    distance_minor: Mapped[Minor]
    priority_minor: Mapped[Minor]
    freight_bps: Mapped[int]


class ChannelWarehouse(Base):
    """Which warehouses serve a channel; a channel without rows is served by all."""

    __tablename__ = "channel_warehouses"

    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    warehouse_id: Mapped[UUID] = mapped_column(
        ForeignKey("warehouses.id"), primary_key=True, index=True
    )


class Stock(Base):
    """Units of one SKU in one warehouse.

    `on_hand` is what may be sold: it moves by movements, `reserved` by reservations; what can still
    be promised is the difference. `damaged` and `frozen` lie there too and are promised to nobody.
    Shoppers are not promised the last `safety` pieces, nor any that so many `waiting` ones come
    before: pieces that were sold before they are there.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("reserved <= on_hand", name="reserved_within_on_hand"),
        *not_negative("damaged", "frozen", "safety", "waiting"),
        Index("ix_stock_waiting", "sku_id", "warehouse_id", postgresql_where=text("waiting > 0")),
        Index("ix_stock_safety", "sku_id", "warehouse_id", postgresql_where=text("safety > 0")),
    )

    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(
        ForeignKey("warehouses.id"), primary_key=True, index=True
    )
    on_hand: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")
    damaged: Mapped[int] = mapped_column(server_default="0")
    frozen: Mapped[int] = mapped_column(server_default="0")
    safety: Mapped[int] = mapped_column(server_default="0")
    waiting: Mapped[int] = mapped_column(server_default="0")


class StockMovement(Base):
    """A change of what is on hand, or of another grade, and its cause.

    `on_hand_after` is the balance of its grade. Append-only, partitioned by month.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        CheckConstraint(
            "(kind IN ('receipt','return','transfer_in') AND quantity > 0) OR "
            "(kind IN ('shipment','transfer_out','sale') AND quantity < 0) OR "
            "kind IN ('adjustment','stocktake','regrade')",
            name="sign_follows_kind",
        ),
        CheckConstraint("on_hand_after >= 0", name="balance_not_negative"),
        CheckConstraint(
            "kind NOT IN ('shipment','transfer_out','sale') OR grade = 'sellable'",
            name="only_sellable_leaves",
        ),
        Index("ix_stock_movements_sku_id", "sku_id", "warehouse_id", "created_at"),
        Index(
            "ix_stock_movements_created_at",
            "created_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    sku_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    kind: Mapped[MovementKind]
    grade: Mapped[StockGrade] = mapped_column(server_default="sellable")
    quantity: Mapped[int]
    on_hand_after: Mapped[int]
    cause: Mapped[str] = mapped_column(String(128))
    actor: Mapped[str | None] = mapped_column(String(128))
    note: Mapped[str | None] = mapped_column(String(500))


class Reservation(Entity):
    """Units promised to an owner (`order:<id>`). Held until `expires_at`, then swept.

    While it is held or committed, `quantity - shipped - freed` are promised still.
    """

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("shipped + freed <= quantity", name="leaves_what_is_promised"),
        *not_negative("shipped", "freed"),
        Index("uq_reservations_owner", "owner", "sku_id", "warehouse_id", unique=True),
        Index("ix_reservations_expiring", "expires_at", postgresql_where=text("state = 'held'")),
        Index(
            "ix_reservations_open",
            "sku_id",
            "warehouse_id",
            postgresql_where=text("state IN ('held', 'committed')"),
        ),
    )

    owner: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[UUID]
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    quantity: Mapped[int]
    shipped: Mapped[int] = mapped_column(server_default="0")
    freed: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[ReservationState]
    expires_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
