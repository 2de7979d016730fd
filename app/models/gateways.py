"""Accounts at payment gateways and the routes to them. Their keys are in the settings only."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.payments import MethodEffect, Scene, TenderKind
from app.models.base import Code, Currency, Json, Name, Versioned


class GatewayAccount(Versioned):
    """What staff say of an account of the settings; one they say nothing of is enabled.

    `instalments` are the plans it offers: count, fee_bearer, currency, min_minor.
    """

    __tablename__ = "gateway_accounts"
    __table_args__ = (
        CheckConstraint("jsonb_typeof(instalments) = 'array'", name="list_of_instalments"),
    )

    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    is_enabled: Mapped[bool] = mapped_column(server_default="true")
    instalments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))


class PaymentRoute(Versioned):
    """Leads what shoppers call `method` to an account, where every condition that is set holds.

    `account` is a code of the settings, so nothing here refers to it.
    """

    __tablename__ = "payment_routes"
    __table_args__ = (
        UniqueConstraint(
            "method",
            "account",
            "channel_id",
            "scene",
            "currency",
            "merchant_id",
            name="uq_payment_routes_conditions",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("priority BETWEEN 0 AND 1000", name="priority_range"),
    )

    method: Mapped[Code]
    account: Mapped[Code]
    priority: Mapped[int] = mapped_column(server_default="100")
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"), index=True)
    scene: Mapped[Scene | None]
    currency: Mapped[Currency | None]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"), index=True)
    is_enabled: Mapped[bool] = mapped_column(server_default="true")


class PaymentMethodRule(Versioned):
    """Refuses a way to pay where its conditions hold, or allows it only there.

    Or it limits points to `limit_bps` of what each of the goods costs that it is about.
    """

    __tablename__ = "payment_method_rules"
    __table_args__ = (
        CheckConstraint("effect IN ('refuse', 'only', 'limit')", name="known_effect"),
        CheckConstraint(
            "CASE WHEN effect = 'limit'"
            " THEN method = 'points' AND coalesce(limit_bps BETWEEN 0 AND 10000, false)"
            " ELSE limit_bps IS NULL END",
            name="limit_of_points",
        ),
    )

    name: Mapped[Name]
    method: Mapped[TenderKind]
    effect: Mapped[MethodEffect]
    conditions: Mapped[Json]
    limit_bps: Mapped[int | None]
    is_enabled: Mapped[bool] = mapped_column(server_default="true")
