"""Returns of orders: what is asked for, what came in and in which condition, what is sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.after_sales import MendOutcome, PostageBy, ReturnAction, ReturnKind, ReturnState
from app.core.enums.payments import RefundReason
from app.models.base import Base, Code, Entity, Minor, Versioned, not_negative

OPEN = (
    "state IN ('requested', 'escalated', 'awaiting_goods', 'in_transit', 'received', 'accepted',"
    " 'refunding', 'sending')"
)
DUE = "state = 'awaiting_goods'"


class OrderReturn(Versioned):
    """Pieces of one merchant that a shopper asks money back for, or others, or to be repaired.

    `media` are addresses of photos and films. `deducts_gifts`: gifts that are no longer earned are
    kept and paid for. Goods go to `warehouse_id`, and are waited for until `due_at`. A refund that
    was not agreed to is asked for again under another number: `refunds_asked` counts them.
    `shipment_id` is the parcel something is wrong with: no key, for parcels may be of returns, too.
    `is_at_once`: what is wanted instead does not wait for the goods. `is_contested`: the platform
    was asked what it makes of the goods. `difference_id` is the refund of what goods cost less that
    are sent instead, `mend_outcome` what came of a repair. Goods are sent back at the cost of
    `postage_by`: the shop gives back `outlay_minor`, which `outlay_proof` shows, up to
    `postage_cap_minor`; the shopper owes `collect_minor`, which was paid when the parcel came.
    """

    __tablename__ = "order_returns"
    __table_args__ = (
        CheckConstraint(f"({DUE}) = (due_at IS NOT NULL)", name="due_while_awaited"),
        CheckConstraint(
            "(state IN ('refunding', 'refunded')) = (refund_id IS NOT NULL)", name="has_its_refund"
        ),
        CheckConstraint(
            "(carrier_code IS NULL) = (tracking_number IS NULL)", name="waybill_is_whole"
        ),
        *not_negative("refunds_asked"),
        CheckConstraint("kind = 'exchange' OR NOT is_at_once", name="only_exchanges_at_once"),
        CheckConstraint(
            "(outlay_minor IS NULL) = (outlay_proof IS NULL) AND (outlay_minor IS NULL"
            " OR outlay_minor > 0)",
            name="outlay_is_proven",
        ),
        CheckConstraint(
            "postage_cap_minor >= 0 AND (collect_minor IS NULL OR collect_minor > 0)",
            name="postage_not_negative",
        ),
        Index("ix_order_returns_order_id", "order_id"),
        Index(
            "ix_order_returns_shipment_id",
            "shipment_id",
            postgresql_where=text("shipment_id IS NOT NULL"),
        ),
        Index("ix_order_returns_member_id", "member_id", "id"),
        Index("ix_order_returns_merchant_id", "merchant_id", "id"),
        Index("ix_order_returns_open", "id", postgresql_where=text(OPEN)),
        Index("ix_order_returns_due", "due_at", postgresql_where=text(DUE)),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    kind: Mapped[ReturnKind]
    state: Mapped[ReturnState] = mapped_column(server_default="requested")
    reason_code: Mapped[RefundReason]
    reason: Mapped[str] = mapped_column(String(200))
    media: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    deducts_gifts: Mapped[bool] = mapped_column(server_default=text("false"))
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    carrier_code: Mapped[Code | None] = mapped_column(String(64))
    tracking_number: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None]
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"), unique=True)
    refunds_asked: Mapped[int] = mapped_column(server_default="0")
    shipment_id: Mapped[UUID | None]
    is_at_once: Mapped[bool] = mapped_column(server_default=text("false"))
    is_contested: Mapped[bool] = mapped_column(server_default=text("false"))
    difference_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"), unique=True)
    mend_outcome: Mapped[MendOutcome | None]
    postage_by: Mapped[PostageBy | None]
    postage_cap_minor: Mapped[Minor] = mapped_column(server_default="0")
    outlay_minor: Mapped[Minor | None]
    outlay_proof: Mapped[str | None] = mapped_column(String(2_048))
    collect_minor: Mapped[Minor | None]


class OrderReturnLine(Base):
    """Pieces of a line. Of the `accepted` ones the `resellable` and `damaged` lie on stock as such.

    `accepted` is unknown until somebody decided: who looked at the goods, or who approved a refund
    without them, where no piece has a grade. `sku_id` is what comes back, where that was sent
    instead of the line's own SKU; `for_sku_id` is what is wanted instead of that, where it is not
    the line's own. One piece of that lists for `difference_minor` more, or less.
    """

    __tablename__ = "order_return_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("accepted BETWEEN 0 AND quantity", name="accepts_what_is_asked"),
        CheckConstraint(
            "resellable + damaged + scrap IN (0, coalesce(accepted, 0))", name="grades_accepted"
        ),
        *not_negative("resellable", "damaged", "scrap"),
    )

    return_id: Mapped[UUID] = mapped_column(ForeignKey("order_returns.id"), primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(
        ForeignKey("order_lines.id"), primary_key=True, index=True
    )
    member_id: Mapped[UUID]
    quantity: Mapped[int]
    accepted: Mapped[int | None]
    resellable: Mapped[int] = mapped_column(server_default="0")
    damaged: Mapped[int] = mapped_column(server_default="0")
    scrap: Mapped[int] = mapped_column(server_default="0")
    sku_id: Mapped[UUID | None] = mapped_column(ForeignKey("skus.id"))
    for_sku_id: Mapped[UUID | None] = mapped_column(ForeignKey("skus.id"))
    difference_minor: Mapped[Minor] = mapped_column(server_default="0")


class OrderReturnEvent(Entity):
    """What was done about a return, and what it became. Append-only."""

    __tablename__ = "order_return_events"

    return_id: Mapped[UUID] = mapped_column(ForeignKey("order_returns.id"), index=True)
    member_id: Mapped[UUID]
    action: Mapped[ReturnAction | None]
    state: Mapped[ReturnState]
    note: Mapped[str | None] = mapped_column(String(500))
    actor: Mapped[str | None] = mapped_column(String(128))
