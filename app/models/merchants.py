"""Sellers on the platform and the keys of their systems. The platform is merchant number one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Entity, Name, Versioned


class Merchant(Versioned):
    __tablename__ = "merchants"
    __table_args__ = (
        Index("uq_merchants_platform", "is_platform", unique=True, postgresql_where="is_platform"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    is_platform: Mapped[bool] = mapped_column(server_default="false")
    is_active: Mapped[bool] = mapped_column(server_default="true")


class ApiKey(Entity):
    """A merchant's API key; only an HMAC of it is stored. `key_id` is its public part."""

    __tablename__ = "api_keys"

    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(8), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[Name]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    ip_allow: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
