"""Refunds with their parts, cells and units; points that were earned and are owed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import (
    DisputeState,
    FallbackKind,
    RefundKind,
    RefundReason,
    RefundState,
)
from app.models.base import Base, Code, Currency, Entity, Minor, Versioned


class Refund(Versioned):
    """Money decided to go back for an order. `number` is its idempotency key.

    One that waits for a second person keeps what it asks for from others, and no journal knows it.
    Returned goods can bring nothing; `shipping_minor` is part of the amount, `withheld_minor` is
    kept for gifts the shopper keeps. Of what sending goods back cost, `postage_given_minor` comes
    on top, to the balance, or `postage_kept_minor` is kept from the money of its parts. `request`
    is what was asked for. `points_clawed` were earned by what goes back; of those that were spent,
    `points_owed` are a debt and `points_withheld` were kept from the money of its parts.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint(
            "amount_minor > 0 OR amount_minor = 0 AND kind IN ('units', 'everything', 'postage')",
            name="amount",
        ),
        CheckConstraint("shipping_minor BETWEEN 0 AND amount_minor", name="shipping_within"),
        CheckConstraint(
            "state NOT IN ('waiting', 'rejected', 'cancelled') OR decided_at IS NULL",
            name="undecided",
        ),
        CheckConstraint("withheld_minor >= 0", name="withheld_minor_not_negative"),
        CheckConstraint(
            "postage_given_minor >= 0 AND postage_kept_minor BETWEEN 0 AND amount_minor"
            " AND (postage_given_minor = 0 OR postage_kept_minor = 0)",
            name="postage_one_way",
        ),
        CheckConstraint("points_owed BETWEEN 0 AND points_clawed", name="owed_within_clawed"),
        CheckConstraint(
            "points_withheld BETWEEN 0 AND points_clawed - points_owed",
            name="withheld_within_clawed",
        ),
        Index("ix_refunds_plan_id", "plan_id"),
        Index("ix_refunds_order_id", "order_id"),
        Index(
            "ix_refunds_succeeded_at",
            "succeeded_at",
            postgresql_where=text("succeeded_at IS NOT NULL"),
        ),
        Index("ix_refunds_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    order_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    member_id: Mapped[UUID]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    state: Mapped[RefundState]
    reason: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str | None] = mapped_column(String(128))
    succeeded_at: Mapped[datetime | None]
    kind: Mapped[RefundKind] = mapped_column(server_default="everything")
    reason_code: Mapped[RefundReason] = mapped_column(server_default="other")
    shipping_minor: Mapped[Minor] = mapped_column(server_default="0")
    withheld_minor: Mapped[Minor] = mapped_column(server_default="0")
    request: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    decided_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(128))
    settled_reason: Mapped[str | None] = mapped_column(String(200))
    points_clawed: Mapped[int] = mapped_column(server_default="0")
    points_owed: Mapped[int] = mapped_column(server_default="0")
    postage_given_minor: Mapped[Minor] = mapped_column(server_default="0")
    postage_kept_minor: Mapped[Minor] = mapped_column(server_default="0")
    points_withheld: Mapped[int] = mapped_column(server_default="0")


class RefundTender(Entity):
    """The part of a refund that one tender, or one receipt held in suspense, gives back.

    `points_withheld_minor` of the amount is kept for points that were spent, or for postage; the
    rest goes back. `out_refund_no` stays the same on every retry at the gateway. `gift_card_id` is
    the card the money went to where the one that paid is closed. A part that failed for good may
    fall back to the balance or a bank account, with the shopper's `consent`.
    """

    __tablename__ = "refund_tenders"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint(
            "points_withheld_minor BETWEEN 0 AND amount_minor"
            " AND (points IS NULL OR points_withheld_minor = 0)",
            name="withheld_within_amount",
        ),
        CheckConstraint("num_nonnulls(tender_id, receipt_id) = 1", name="one_source"),
        CheckConstraint("(refund_id IS NULL) = (tender_id IS NULL)", name="refund_with_tender"),
        CheckConstraint(
            "fallback IS NULL OR (state = 'succeeded' AND consent IS NOT NULL)",
            name="fallback_with_consent",
        ),
        Index(
            "ix_refund_tenders_due",
            "next_query_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_refund_tenders_failed", "id", postgresql_where=text("state = 'failed'")),
        UniqueConstraint("refund_id", "tender_id"),
        UniqueConstraint("receipt_id"),
    )

    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"))
    tender_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenders.id"), index=True)
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_receipts.id"))
    member_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    points_withheld_minor: Mapped[Minor] = mapped_column(server_default="0")
    points: Mapped[int | None]
    state: Mapped[RefundState]
    channel: Mapped[Code | None]
    out_trade_no: Mapped[Code | None]
    out_refund_no: Mapped[Code | None] = mapped_column(unique=True)
    gateway_refund_id: Mapped[str | None] = mapped_column(String(128))
    next_query_at: Mapped[datetime | None]
    queries: Mapped[int] = mapped_column(server_default="0")
    gift_card_id: Mapped[UUID | None] = mapped_column(ForeignKey("gift_cards.id"))
    failed_at: Mapped[datetime | None]
    fallback: Mapped[FallbackKind | None]
    fallback_reference: Mapped[str | None] = mapped_column(String(200))
    consent: Mapped[str | None] = mapped_column(String(200))
    settled_by: Mapped[str | None] = mapped_column(String(128))


class RefundFallback(Base):
    """Where a failed part shall go instead, as one person asked and another agreed."""

    __tablename__ = "refund_fallbacks"
    __table_args__ = (
        CheckConstraint("approved_by <> asked_by", name="two_people"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name="approved_at_some_time"
        ),
    )

    part_id: Mapped[UUID] = mapped_column(ForeignKey("refund_tenders.id"), primary_key=True)
    member_id: Mapped[UUID]
    kind: Mapped[FallbackKind]
    reference: Mapped[str | None] = mapped_column(String(200))
    consent: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[str] = mapped_column(String(128))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    approved_by: Mapped[str | None] = mapped_column(String(128))
    approved_at: Mapped[datetime | None]


class RefundCell(Base):
    """What a refund takes of one tender from each of `quantity` units; the amount is of one unit.

    Without a line it is the shipping fee. Rows of a refund sum to its units, columns to its parts.
    """

    __tablename__ = "refund_cells"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("quantity > 0 AND first_index >= 0", name="span"),
        CheckConstraint(
            "line_id IS NOT NULL OR (first_index = 0 AND quantity = 1)", name="one_shipping_fee"
        ),
    )

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    tender_id: Mapped[UUID] = mapped_column(ForeignKey("tenders.id"))
    member_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    first_index: Mapped[int]
    quantity: Mapped[int]
    amount_minor: Mapped[Minor]


class RefundUnit(Base):
    """A unit of an order line that is given back, by one refund only."""

    __tablename__ = "refund_units"
    __table_args__ = (CheckConstraint("unit_index >= 0", name="unit_index_not_negative"),)

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_index: Mapped[int] = mapped_column(primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"), index=True)
    member_id: Mapped[UUID]


class PointsEarning(Base):
    """Points an order earned: one per `per_minor` of `eligible_minor`, paid in anything but points.

    `returned_minor` of it went back since; `clawed_back` points with it, spent ones as a debt.
    """

    __tablename__ = "points_earnings"
    __table_args__ = (
        CheckConstraint("eligible_minor >= 0 AND per_minor > 0", name="rule"),
        CheckConstraint("point_value_minor > 0", name="point_value_minor_positive"),
        CheckConstraint("returned_minor BETWEEN 0 AND eligible_minor", name="returned_within"),
        CheckConstraint(
            "clawed_back = eligible_minor / per_minor"
            " - (eligible_minor - returned_minor) / per_minor",
            name="clawed_back_what_is_not_earned",
        ),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    currency: Mapped[Currency]
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("points_lots.id"))
    eligible_minor: Mapped[Minor]
    per_minor: Mapped[Minor]
    point_value_minor: Mapped[int]
    returned_minor: Mapped[Minor] = mapped_column(server_default="0")
    clawed_back: Mapped[int] = mapped_column(BigInteger, server_default="0")


class PointsDebt(Base):
    """Points a member owes, having spent what returned goods had earned. Later ones pay it."""

    __tablename__ = "points_debts"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger)


class PaymentDispute(Versioned):
    """A chargeback the bank of a shopper asks for, named there by `reference`.

    While it is open nothing of the order is refunded. One that is lost is booked as a refund.
    """

    __tablename__ = "payment_disputes"
    __table_args__ = (
        UniqueConstraint("channel", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at_when_closed"),
        CheckConstraint("(state = 'lost') = (refund_id IS NOT NULL)", name="refund_when_lost"),
        Index("ix_payment_disputes_plan_id", "plan_id"),
        Index("ix_payment_disputes_open", "id", postgresql_where=text("state = 'open'")),
    )

    order_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    member_id: Mapped[UUID]
    channel: Mapped[Code]
    reference: Mapped[Code]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    state: Mapped[DisputeState] = mapped_column(server_default="open")
    reason: Mapped[str] = mapped_column(String(200))
    opened_by: Mapped[str] = mapped_column(String(128))
    closed_by: Mapped[str | None] = mapped_column(String(128))
    closed_at: Mapped[datetime | None]
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"))


class RefundGift(Base):
    """What a refund keeps for a gift that stays with the shopper, by its line."""

    __tablename__ = "refund_gifts"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_minor_positive"),)

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
