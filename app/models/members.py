"""Shoppers: members, guests, addresses, one-time codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.members import CodePurpose, MemberKind, MemberStatus
from app.models.base import Code, Entity, Name, Versioned


class Member(Versioned):
    """A shopper. A guest has a row too, so that carts and orders always have an owner."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint(
            "kind = 'guest' OR email IS NOT NULL OR phone IS NOT NULL", name="member_reachable"
        ),
    )

    kind: Mapped[MemberKind]
    status: Mapped[MemberStatus] = mapped_column(server_default="active")
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(String(16), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(256))
    name: Mapped[Name | None]
    tier: Mapped[Code | None]
    locale: Mapped[str | None] = mapped_column(String(16))


class Address(Versioned):
    """`region_code` is the administrative division (GB/T 2260 in China) the address lies in."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "uq_addresses_default", "member_id", unique=True, postgresql_where=text("is_default")
        ),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    recipient: Mapped[Name]
    phone: Mapped[str] = mapped_column(String(16))
    country: Mapped[str] = mapped_column(String(2))
    province: Mapped[Name]
    city: Mapped[Name]
    district: Mapped[Name | None]
    street: Mapped[str] = mapped_column(String(500))
    postal_code: Mapped[str | None] = mapped_column(String(16))
    region_code: Mapped[str | None] = mapped_column(String(16))
    label: Mapped[Name | None]
    is_default: Mapped[bool] = mapped_column(server_default="false")


class OneTimeCode(Entity):
    """A code sent by message. One live code per purpose and address; `tries` counts guesses."""

    __tablename__ = "one_time_codes"
    __table_args__ = (
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries_limited"),
        Index(
            "uq_one_time_codes_live",
            "purpose",
            "destination",
            unique=True,
            postgresql_where=text("used_at IS NULL"),
        ),
    )

    purpose: Mapped[CodePurpose]
    destination: Mapped[str] = mapped_column(String(254))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
