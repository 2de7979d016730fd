"""Balances that members pay into, and what packages add to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import TopUpState
from app.models.base import Base, Currency, Minor, Name, Versioned, not_negative


class RechargePackage(Versioned):
    """Pay so much, get so much on top. `per_member` is how often one member may have it."""

    __tablename__ = "recharge_packages"
    __table_args__ = (
        CheckConstraint("pay_minor > 0", name="pay_minor_positive"),
        CheckConstraint("per_member > 0", name="per_member_positive"),
        CheckConstraint("ends_at > starts_at", name="window_not_empty"),
        *not_negative("bonus_minor"),
    )

    name: Mapped[Name]
    currency: Mapped[Currency]
    pay_minor: Mapped[Minor]
    bonus_minor: Mapped[Minor]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    per_member: Mapped[int | None]
    is_active: Mapped[bool]


class PackageUse(Base):
    """How often a member has a package, or is about to: unpaid top-ups count until they close."""

    __tablename__ = "package_uses"
    __table_args__ = (*not_negative("used"),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    package_id: Mapped[UUID] = mapped_column(ForeignKey("recharge_packages.id"), primary_key=True)
    used: Mapped[int]


class TopUp(Versioned):
    """Money on its way to a balance; its payment plan has the same id as `order_id`.

    `pay_minor` and `bonus_minor` are the package's when it was begun.
    """

    __tablename__ = "top_ups"
    __table_args__ = (
        CheckConstraint("pay_minor > 0", name="pay_minor_positive"),
        CheckConstraint("bonus_minor = 0 OR package_id IS NOT NULL", name="bonus_of_package"),
        *not_negative("bonus_minor"),
        Index("ix_top_ups_member_id", "member_id", "id"),
        Index("ix_top_ups_due", "expires_at", postgresql_where=text("state = 'awaiting'")),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    package_id: Mapped[UUID | None] = mapped_column(ForeignKey("recharge_packages.id"))
    currency: Mapped[Currency]
    pay_minor: Mapped[Minor]
    bonus_minor: Mapped[Minor]
    state: Mapped[TopUpState]
    close_reason: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime]
