"""Orders as other systems sent them in, and the buyers those systems know."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.intake import IntakeState
from app.models.base import Base, Json, Versioned


class OrderIntake(Versioned):
    """An order of a marketplace, kept as it came before anything is made of it.

    `external_number` is what it is called there, once in a channel. `digest` is of the content,
    without whether it is paid. What could not be placed has the `problem` that was in the way.
    Staff `mended` what keeps it from being placed: what was sent stays as it came.
    """

    __tablename__ = "order_intakes"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_number"),
        UniqueConstraint("order_id"),
        CheckConstraint("(state = 'placed') = (order_id IS NOT NULL)", name="placed_has_order"),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="failed_says_why"),
        Index("ix_order_intakes_open", "id", postgresql_where=text("state <> 'placed'")),
        Index("ix_order_intakes_channel_id", "channel_id", "id"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    external_number: Mapped[str] = mapped_column(String(50))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[Json]
    state: Mapped[IntakeState] = mapped_column(server_default="received")
    is_paid: Mapped[bool]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    mended: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    tries: Mapped[int] = mapped_column(server_default="0")
    received_by: Mapped[str] = mapped_column(String(128))


class IntakeGoods(Base):
    """What a marketplace calls goods of ours, where that is another code."""

    __tablename__ = "intake_goods"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))


class IntakeBuyer(Base):
    """Who buys at a marketplace: a member of our own for each, who never signs in."""

    __tablename__ = "intake_buyers"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(100), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(unique=True)
