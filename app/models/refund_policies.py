"""What stores have decided about refunds; a store without a row follows the settings."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import PointsShortfall, RefundPolicy, Valuation
from app.models.base import Versioned


class StoreRefundPolicy(Versioned):
    """A channel's rules. Orders keep those of their day, so nothing refers to the row."""

    __tablename__ = "refund_policies"
    __table_args__ = (
        CheckConstraint(
            "policy IN ('attributed', 'reverse_order', 'proportional')", name="known_policy"
        ),
        CheckConstraint(
            "valuation IN ('as_promoted', 'prorata', 'reprice')", name="known_valuation"
        ),
        CheckConstraint("shortfall IN ('debt', 'withheld')", name="known_shortfall"),
        CheckConstraint("grace_days BETWEEN 0 AND 3650", name="grace_days_range"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), unique=True)
    policy: Mapped[RefundPolicy]
    valuation: Mapped[Valuation]
    shortfall: Mapped[PointsShortfall]
    grace_days: Mapped[int]
    shop_pays: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
