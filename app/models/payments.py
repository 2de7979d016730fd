"""Payment plans, tenders, gateway attempts, notices, gift cards and points lots."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import (
    AttemptState,
    FeeBearer,
    GiftCardState,
    PlanState,
    PointsShortfall,
    ReceiptOutcome,
    RefundPolicy,
    TenderKind,
    TenderState,
    Valuation,
)
from app.models.base import Base, Code, Currency, Entity, Json, Minor, Versioned

SHOP_PAYS = text("'{defective,late,not_delivered,out_of_stock,wrong_item}'")


class PaymentPlan(Versioned):
    """How one order is paid. `tendered_minor` is the sum of its tenders and equals the payable.

    The `refund_` columns are what the store had decided about refunds when the order was placed;
    without a version the settings had.
    """

    __tablename__ = "payment_plans"
    __table_args__ = (
        CheckConstraint("payable_minor >= 0", name="payable_minor_not_negative"),
        CheckConstraint("tendered_minor = payable_minor", name="tenders_cover_payable"),
        CheckConstraint("refund_grace_days BETWEEN 0 AND 3650", name="refund_grace_days_range"),
        CheckConstraint("refund_shortfall IN ('debt', 'withheld')", name="known_shortfall"),
        Index("ix_payment_plans_closing", "id", postgresql_where=text("state = 'closing'")),
    )

    order_id: Mapped[UUID] = mapped_column(unique=True)
    member_id: Mapped[UUID]
    currency: Mapped[Currency]
    payable_minor: Mapped[Minor]
    tendered_minor: Mapped[Minor]
    state: Mapped[PlanState]
    in_review: Mapped[bool] = mapped_column(server_default="false")
    review_reason: Mapped[str | None] = mapped_column(String(200))
    close_reason: Mapped[str | None] = mapped_column(String(200))
    refund_policy: Mapped[RefundPolicy] = mapped_column(server_default="attributed")
    refund_valuation: Mapped[Valuation] = mapped_column(server_default="as_promoted")
    refund_shortfall: Mapped[PointsShortfall] = mapped_column(server_default="debt")
    refund_grace_days: Mapped[int] = mapped_column(server_default="90")
    refund_shop_pays: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default=SHOP_PAYS)
    refund_rules_version: Mapped[int | None]


class Tender(Entity):
    """One means of payment in a plan. `points` and `point_value_minor` are set for points.

    `exchange_points` of them are what goods cost that are to be had for points alone. `instalments`
    is in how many parts the payer pays the gateway; `fee_bearer` pays its fee for that.
    """

    __tablename__ = "tenders"
    __table_args__ = (
        UniqueConstraint("plan_id", "position"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded_within_amount"),
        CheckConstraint("(kind = 'points') = (points IS NOT NULL)", name="points_when_points"),
        CheckConstraint(
            "points IS NULL OR points * point_value_minor = amount_minor", name="points_worth"
        ),
        CheckConstraint(
            "exchange_points BETWEEN 0 AND coalesce(points, 0)", name="exchange_within_points"
        ),
        CheckConstraint(
            "instalments IS NULL OR kind = 'gateway' AND instalments > 1",
            name="instalments_of_gateway",
        ),
        CheckConstraint(
            "(instalments IS NULL) = (fee_bearer IS NULL)", name="fee_bearer_of_instalments"
        ),
        Index(
            "uq_tenders_gateway", "plan_id", unique=True, postgresql_where=text("kind = 'gateway'")
        ),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    member_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[TenderKind]
    gift_card_id: Mapped[UUID | None] = mapped_column(ForeignKey("gift_cards.id"))
    amount_minor: Mapped[Minor]
    points: Mapped[int | None]
    point_value_minor: Mapped[int | None]
    exchange_points: Mapped[int] = mapped_column(server_default="0")
    channel: Mapped[Code | None]
    instalments: Mapped[int | None] = mapped_column(SmallInteger)
    fee_bearer: Mapped[FeeBearer | None]
    state: Mapped[TenderState]
    refunded_minor: Mapped[Minor] = mapped_column(server_default="0")


class PaymentAttempt(Versioned):
    """One try to collect the gateway tender. `out_trade_no` is our number at the gateway.

    `pay_with` is how the client wanted to pay, so that a creation is repeated with the same facts;
    `action` is what the client needs for it (a URL, a QR text). Its tender is gone where what was
    ordered became so much less that nothing is left for a gateway.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
        Index(
            "uq_payment_attempts_open",
            "plan_id",
            unique=True,
            postgresql_where=text("state IN ('created', 'pending')"),
        ),
        Index(
            "ix_payment_attempts_due",
            "next_query_at",
            postgresql_where=text("state IN ('created', 'pending')"),
        ),
        Index("ix_payment_attempts_plan_id", "plan_id"),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("payment_plans.id"))
    tender_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenders.id", ondelete="SET NULL"))
    member_id: Mapped[UUID]
    channel: Mapped[Code]
    out_trade_no: Mapped[Code] = mapped_column(unique=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[AttemptState]
    pay_with: Mapped[Json] = mapped_column(server_default=text('\'{"scene": "page"}\''))
    action: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    expires_at: Mapped[datetime]
    next_query_at: Mapped[datetime]
    queries: Mapped[int] = mapped_column(server_default="0")


class PaymentReceipt(Entity):
    """Money a gateway says it took: unique per channel and transaction, applied once."""

    __tablename__ = "payment_receipts"
    __table_args__ = (
        UniqueConstraint("channel", "transaction_id"),
        CheckConstraint("amount_minor > 0", name="amount_minor_positive"),
    )

    channel: Mapped[Code]
    transaction_id: Mapped[str] = mapped_column(String(128))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"), index=True)
    plan_id: Mapped[UUID] = mapped_column(index=True)
    member_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    outcome: Mapped[ReceiptOutcome]
    reason: Mapped[str | None] = mapped_column(String(64))
    returned_at: Mapped[datetime | None]


class GatewayEvent(Entity):
    """A notice as it came, kept raw: stored first, processed after."""

    __tablename__ = "gateway_events"
    __table_args__ = (
        UniqueConstraint("channel", "kind", "provider_id", "provider_state"),
        Index("ix_gateway_events_waiting", "id", postgresql_where=text("processed_at IS NULL")),
    )

    channel: Mapped[Code]
    kind: Mapped[Code]
    provider_id: Mapped[str] = mapped_column(String(128))
    provider_state: Mapped[Code]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    processed_at: Mapped[datetime | None]
    outcome: Mapped[Code | None]


class GiftCard(Versioned):
    """A gift card. Its code (80 random bits) is stored only as an HMAC.

    Its money is in the ledger accounts `gift_card:<id>:available` and `:held`. `batch` names the
    cards that were issued together. One that `replaces_id` took over from a closed card has no code
    anybody knows; it belongs to its member.
    """

    __tablename__ = "gift_cards"
    __table_args__ = (
        CheckConstraint("face_minor > 0", name="face_minor_positive"),
        CheckConstraint(
            "replaces_id IS NULL OR member_id IS NOT NULL", name="replacement_of_member"
        ),
        Index(
            "ix_gift_cards_replaces_id",
            "replaces_id",
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
        Index("ix_gift_cards_expiring", "expires_at", postgresql_where=text("state = 'active'")),
    )

    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_tail: Mapped[str] = mapped_column(String(4))
    batch: Mapped[Code] = mapped_column(index=True)
    currency: Mapped[Currency]
    face_minor: Mapped[Minor]
    state: Mapped[GiftCardState]
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"), index=True)
    expires_at: Mapped[datetime | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("gift_cards.id"))


class PointsLot(Entity):
    """Points of one grant, spent first in, first out. `remaining` excludes held points."""

    __tablename__ = "points_lots"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("remaining >= 0 AND held >= 0", name="not_overspent"),
        CheckConstraint("remaining + held <= quantity", name="within_quantity"),
        Index(
            "ix_points_lots_member_id",
            "member_id",
            "expires_at",
            postgresql_where=text("remaining > 0"),
        ),
        Index("ix_points_lots_expiring", "expires_at", postgresql_where=text("remaining > 0")),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    currency: Mapped[Currency]
    source: Mapped[str] = mapped_column(String(128), unique=True)
    quantity: Mapped[int]
    remaining: Mapped[int]
    held: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime]


class PointsUse(Base):
    """Which lots a points tender draws on, so that a refund goes back to them."""

    __tablename__ = "points_uses"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("restored BETWEEN 0 AND quantity", name="restored_within_quantity"),
    )

    tender_id: Mapped[UUID] = mapped_column(ForeignKey("tenders.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("points_lots.id"), primary_key=True)
    member_id: Mapped[UUID]
    quantity: Mapped[int]
    restored: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[TenderState]
