"""Carts and their lines."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.orders import CartState
from app.models.base import Currency, Entity, Minor, Versioned


class Cart(Versioned):
    """What a shopper means to buy in one channel. A member has one open cart per channel.

    Beside it there may be one that buys as a group, and one that staff fill on the telephone: those
    are states of their own rather than marks, so that whoever knows nothing of them cannot take one
    for the other.

    `gift_choices` is the SKU wanted by promotion.
    """

    __tablename__ = "carts"
    __table_args__ = (
        Index("ix_carts_created_at", "created_at"),
        Index(
            "uq_carts_open",
            "member_id",
            "channel_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "uq_carts_open_group",
            "member_id",
            "channel_id",
            unique=True,
            postgresql_where=text("state = 'open_group'"),
        ),
        Index(
            "uq_carts_open_entry",
            "member_id",
            "channel_id",
            unique=True,
            postgresql_where=text("state = 'open_entry'"),
        ),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    currency: Mapped[Currency]
    state: Mapped[CartState] = mapped_column(server_default="open")
    coupon_codes: Mapped[list[str]] = mapped_column(ARRAY(String(32)), server_default=text("'{}'"))
    gift_choices: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    note: Mapped[str | None] = mapped_column(String(500))


class CartLine(Entity):
    """`options` are wishes that do not change the SKU (an engraving); `options_key` their text.

    A line to be paid in points names its offer, one that was bargained for its bargain, in its key
    as well: it never adds up with another.

    What staff agree on with a member is `agreed_minor` a piece, because of `agreed_reason`. Who did
    (`agreed_by`) could take off up to `agreed_alone_bps` of the list price alone; beyond that
    somebody else has to approve.
    """

    __tablename__ = "cart_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("bargain_id IS NULL OR exchange_offer_id IS NULL", name="asks_one_price"),
        CheckConstraint(
            "num_nulls(agreed_minor, agreed_reason, agreed_by, agreed_alone_bps) IN (0, 4)",
            name="agreed_whole",
        ),
        CheckConstraint("agreed_minor >= 0", name="agreed_minor_not_negative"),
        CheckConstraint(
            "agreed_minor IS NULL OR (exchange_offer_id IS NULL AND bargain_id IS NULL)",
            name="agreed_price_alone",
        ),
        CheckConstraint(
            "agreed_approver IS NULL OR agreed_approver <> agreed_by", name="approved_by_another"
        ),
        Index("uq_cart_lines_sku_id", "cart_id", "sku_id", "options_key", unique=True),
    )

    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    member_id: Mapped[UUID]
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    quantity: Mapped[int]
    is_selected: Mapped[bool] = mapped_column(server_default="true")
    note: Mapped[str | None] = mapped_column(String(500))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    options_key: Mapped[str] = mapped_column(String(450), server_default="")
    exchange_offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("exchange_offers.id"))
    bargain_id: Mapped[UUID | None] = mapped_column(ForeignKey("bargains.id"))
    agreed_minor: Mapped[Minor | None]
    agreed_reason: Mapped[str | None] = mapped_column(String(200))
    agreed_by: Mapped[str | None] = mapped_column(String(128))
    agreed_alone_bps: Mapped[int | None]
    agreed_approver: Mapped[str | None] = mapped_column(String(128))
