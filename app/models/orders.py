"""Orders, their lines and frozen units, fulfilments, and the timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.catalog import TaxMode
from app.core.enums.order_marks import OrderFlag
from app.core.enums.orders import (
    FulfilmentKind,
    FulfilmentStatus,
    OrderKind,
    OrderSource,
    OrderState,
    PaymentStatus,
    ReturnStatus,
)
from app.models.base import Base, Code, Currency, Entity, Json, Minor, Name, Versioned, not_negative

UNPAID = "payment_status = 'awaiting'"
WAITING = "status IN ('unfulfilled', 'picking', 'partly_shipped')"
RECEIVABLE = "state = 'open' AND arrival_due_at IS NOT NULL AND received_at IS NULL"
UNEXPECTED = (
    "state = 'open' AND fulfilment_status IN ('shipped', 'delivered') AND arrival_due_at IS NULL"
    " AND received_at IS NULL"
)
COMPLETABLE = "state = 'open' AND completes_at IS NOT NULL"
REVIEWABLE = "review_due_at IS NOT NULL AND review_invited_at IS NULL"


class Order(Versioned):
    """What a customer bought. Amounts are minor units of `currency`, frozen when it is placed.

    `quote` keeps the whole explanation the shopper agreed to. `cart_id` is unique among orders:
    one cart becomes one order however often it is sent. `shipping_minor` is the fee that is left
    after `shipping_discount_minor`. `tax_mode` says whether its prices contain their tax, whatever
    its channel says later. `priced_with` is what else decided the price, for it moves on: the
    customer, the channel's policy, floors by SKU; null for orders placed before it was kept.
    What has left counts as received at `arrival_due_at`; the order is completed at `completes_at`,
    when nothing of it can be returned any more. At `review_due_at` its buyer is asked for a
    review, once (`review_invited_at`).
    Rules label it and say how urgent it is (`priority`, the highest first). Staff flag it with a
    colour, and may say why in `flag_note`. What is packed with `hides_prices` names no price.

    An order that was entered without a cart has a `reference`: what it is called where it comes
    from, once among those of its `source`. What is given for nothing (`kind`) is borne by a
    `cost_centre`.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("source <> 'cart' OR cart_id IS NOT NULL", name="carts_become_orders"),
        CheckConstraint("kind = 'sale' OR payable_minor = 0", name="only_sales_are_paid"),
        CheckConstraint("tax_mode IN ('inclusive', 'exclusive')", name="tax_mode_known"),
        CheckConstraint(
            "(kind = 'sale') = (cost_centre IS NULL)", name="what_is_given_has_a_centre"
        ),
        Index(
            "uq_orders_reference",
            "source",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
        *not_negative(
            "list_minor",
            "discount_minor",
            "shipping_minor",
            "shipping_discount_minor",
            "tax_minor",
            "payable_minor",
        ),
        Index("ix_orders_member_id", "member_id", "id"),
        Index("ix_orders_unpaid", "member_id", postgresql_where=text(UNPAID)),
        Index("ix_orders_expiring", "expires_at", postgresql_where=text(UNPAID)),
        Index("ix_orders_receivable", "arrival_due_at", postgresql_where=text(RECEIVABLE)),
        Index("ix_orders_unexpected", "id", postgresql_where=text(UNEXPECTED)),
        Index("ix_orders_completable", "completes_at", postgresql_where=text(COMPLETABLE)),
        Index("ix_orders_reviewable", "review_due_at", postgresql_where=text(REVIEWABLE)),
        CheckConstraint(
            "review_invited_at IS NULL OR review_due_at IS NOT NULL", name="invited_when_due"
        ),
        # Most orders are done: what lists look for among the others is found without them.
        Index("ix_orders_channel_id", "channel_id", "id"),
        Index("ix_orders_state", "state", "id", postgresql_where=text("state <> 'completed'")),
        Index(
            "ix_orders_payment_status",
            "payment_status",
            "id",
            postgresql_where=text("payment_status <> 'paid'"),
        ),
        Index(
            "ix_orders_fulfilment_status",
            "fulfilment_status",
            "id",
            postgresql_where=text("fulfilment_status <> 'delivered'"),
        ),
        Index(
            "ix_orders_return_status",
            "return_status",
            "id",
            postgresql_where=text("return_status <> 'none'"),
        ),
        Index("ix_orders_paid_at", "paid_at", postgresql_where=text("paid_at IS NOT NULL")),
        Index("ix_orders_payable_minor", "currency", "payable_minor", "id"),
        Index("ix_orders_phone", text("(address ->> 'phone')"), "id"),
        Index("ix_orders_receiver", text("(address ->> 'recipient')"), "id"),
        Index("ix_orders_updated_at", "updated_at", "id"),
        Index("ix_orders_created_at", "created_at"),
        Index(
            "ix_orders_cancelled_at",
            "cancelled_at",
            postgresql_where=text("cancelled_at IS NOT NULL"),
        ),
        Index(
            "ix_orders_completed_at",
            "completed_at",
            postgresql_where=text("completed_at IS NOT NULL"),
        ),
        Index("ix_orders_source", "source", "id", postgresql_where=text("source <> 'cart'")),
        Index("ix_orders_kind", "kind", "id", postgresql_where=text("kind <> 'sale'")),
        Index("ix_orders_noted", "id", postgresql_where=text("note IS NOT NULL")),
        Index("ix_orders_gifts", "id", postgresql_where=text("is_gift")),
        Index("ix_orders_flag", "flag", "id", postgresql_where=text("flag IS NOT NULL")),
        CheckConstraint("gift_message IS NULL OR is_gift", name="message_of_a_gift"),
        CheckConstraint("flag_note IS NULL OR flag IS NOT NULL", name="note_of_a_flag"),
        Index(
            "ix_orders_labels",
            "labels",
            postgresql_using="gin",
            postgresql_where=text("labels <> '{}'"),
        ),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    kind: Mapped[OrderKind] = mapped_column(server_default="sale")
    source: Mapped[OrderSource] = mapped_column(server_default="cart")
    reference: Mapped[str | None] = mapped_column(String(128))
    cost_centre: Mapped[Code | None] = mapped_column(ForeignKey("cost_centres.code"))
    cart_id: Mapped[UUID | None] = mapped_column(unique=True)
    currency: Mapped[Currency]
    tax_mode: Mapped[TaxMode]
    state: Mapped[OrderState] = mapped_column(server_default="open")
    payment_status: Mapped[PaymentStatus] = mapped_column(server_default="awaiting")
    fulfilment_status: Mapped[FulfilmentStatus] = mapped_column(server_default="unfulfilled")
    return_status: Mapped[ReturnStatus] = mapped_column(server_default="none")
    list_minor: Mapped[Minor]
    price_saving_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    shipping_discount_minor: Mapped[Minor] = mapped_column(server_default="0")
    tax_minor: Mapped[Minor]
    payable_minor: Mapped[Minor]
    quote_hash: Mapped[str] = mapped_column(String(64))
    quote: Mapped[Json]
    priced_with: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    delivery: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    invoice: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(String(500))
    is_gift: Mapped[bool] = mapped_column(server_default=text("false"))
    gift_message: Mapped[str | None] = mapped_column(String(300))
    hides_prices: Mapped[bool] = mapped_column(server_default=text("false"))
    flag: Mapped[OrderFlag | None]
    flag_note: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    arrival_due_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    completes_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    review_due_at: Mapped[datetime | None]
    review_invited_at: Mapped[datetime | None]
    labels: Mapped[list[str]] = mapped_column(ARRAY(String(64)), server_default=text("'{}'"))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")


class OrderLine(Entity):
    """One line as it was bought; names and codes are copies, for the catalog may change.

    A gift costs nothing and keeps what one piece lists for, and the promotion that gave it.
    `exchange_points` of the line's price are due in points, by an exchange offer.
    `bargain_id` is the bargain whose price it has. Of a price that people agreed on it says why
    (`agreed_reason`), who or what says so (`agreed_source`), and who else had to agree
    (`agreed_approver`). `unit_cost_minor` is what one piece cost the shop to buy then, without tax;
    null where nobody said, or said it in another currency.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        Index("ix_order_lines_sku_code", "sku_code", "order_id"),
        CheckConstraint("unit_cost_minor >= 0", name="unit_cost_minor_not_negative"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("is_gift = (promotion_id IS NOT NULL)", name="gift_of_a_promotion"),
        CheckConstraint(
            "NOT is_gift OR (goods_minor = 0 AND net_minor = 0 AND tax_minor = 0)",
            name="gift_costs_nothing",
        ),
        CheckConstraint(
            "(exchange_points > 0) = (exchange_offer_id IS NOT NULL)", name="points_of_an_offer"
        ),
        CheckConstraint("bargain_id IS NULL OR exchange_offer_id IS NULL", name="asks_one_price"),
        CheckConstraint(
            "(agreed_reason IS NULL) = (agreed_source IS NULL)", name="agreed_by_somebody"
        ),
        CheckConstraint(
            "agreed_approver IS NULL OR agreed_approver <> agreed_source",
            name="approved_by_another",
        ),
        *not_negative("discount_minor", "net_minor", "tax_minor"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    member_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    spu_id: Mapped[UUID] = mapped_column(ForeignKey("spus.id"))
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"))
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    sku_code: Mapped[Code]
    name: Mapped[Name]
    options: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    quantity: Mapped[int]
    list_minor: Mapped[Minor]
    goods_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    net_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    tax_rate_bps: Mapped[int]
    note: Mapped[str | None] = mapped_column(String(500))
    is_gift: Mapped[bool] = mapped_column(server_default=text("false"))
    promotion_id: Mapped[UUID | None] = mapped_column(ForeignKey("promotions.id"))
    exchange_offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("exchange_offers.id"))
    exchange_points: Mapped[int] = mapped_column(BigInteger, server_default="0")
    bargain_id: Mapped[UUID | None] = mapped_column(ForeignKey("bargains.id"))
    agreed_reason: Mapped[str | None] = mapped_column(String(200))
    agreed_source: Mapped[str | None] = mapped_column(String(128))
    agreed_approver: Mapped[str | None] = mapped_column(String(128))
    unit_cost_minor: Mapped[Minor | None]


class OrderUnits(Base):
    """A run of equal units of a line; every amount is of ONE unit. Never allocated again.

    `discounts` is `[{promotion_id, amount_minor}]`.
    """

    __tablename__ = "order_units"
    __table_args__ = (
        CheckConstraint("count > 0", name="count_positive"),
        *not_negative("list_minor", "price_minor", "net_minor", "tax_minor"),
    )

    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    first_index: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    count: Mapped[int]
    list_minor: Mapped[Minor]
    price_minor: Mapped[Minor]
    price_kind: Mapped[Code]
    net_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    discounts: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))


class Fulfilment(Versioned):
    """The part of an order that one merchant ships from one warehouse; as urgent as the order.

    `route` says why from there, null where people said so; `routed_at` when it was looked at
    whether it must go elsewhere.
    What is sent because of a return, after or in place of what was bought, is not a sale: `round`
    tells the first time it was to be sent from the next, after that was called off.
    """

    __tablename__ = "fulfilments"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'sale') = (return_id IS NULL) AND (kind = 'sale') = (round IS NULL)",
            name="sale_or_of_a_return",
        ),
        Index(
            "ix_fulfilments_return_id", "return_id", postgresql_where=text("return_id IS NOT NULL")
        ),
        Index("ix_fulfilments_order_id", "order_id"),
        Index("ix_fulfilments_merchant_id", "merchant_id", "order_id"),
        Index("ix_fulfilments_warehouse_id", "warehouse_id", "order_id"),
        Index("ix_fulfilments_waiting", "warehouse_id", "id", postgresql_where=text(WAITING)),
        Index("ix_fulfilments_queue", text("(- priority)"), "id", postgresql_where=text(WAITING)),
    )

    number: Mapped[str] = mapped_column(String(32), unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"))
    kind: Mapped[FulfilmentKind] = mapped_column(server_default="sale")
    return_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_returns.id"))
    round: Mapped[int | None] = mapped_column(SmallInteger)
    status: Mapped[FulfilmentStatus] = mapped_column(server_default="unfulfilled")
    picking_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    route: Mapped[Json | None]
    routed_at: Mapped[datetime | None]


class FulfilmentLine(Base):
    """Pieces of a line. `packed` ones are in parcels, `shipped` ones of those have left.

    A replacement may be of another SKU (`sku_id`) than the line; `unit_cost_minor` is what one
    piece of it cost the shop to buy, without tax, null where nobody said.
    """

    __tablename__ = "fulfilment_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("packed + cancelled <= quantity", name="packs_what_is_wanted"),
        CheckConstraint("shipped <= packed", name="ships_what_is_packed"),
        *not_negative("cancelled", "packed", "shipped", "unit_cost_minor"),
    )

    fulfilment_id: Mapped[UUID] = mapped_column(ForeignKey("fulfilments.id"), primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(
        ForeignKey("order_lines.id"), primary_key=True, index=True
    )
    member_id: Mapped[UUID]
    quantity: Mapped[int]
    cancelled: Mapped[int] = mapped_column(server_default="0")
    packed: Mapped[int] = mapped_column(server_default="0")
    shipped: Mapped[int] = mapped_column(server_default="0")
    sku_id: Mapped[UUID | None] = mapped_column(ForeignKey("skus.id"))
    unit_cost_minor: Mapped[Minor | None]


class OrderEvent(Entity):
    """An entry of the order's timeline; shoppers see the public ones."""

    __tablename__ = "order_events"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    member_id: Mapped[UUID]
    kind: Mapped[Code]
    is_public: Mapped[bool]
    actor: Mapped[str | None] = mapped_column(String(128))
    data: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class OrderChange(Entity):
    """What somebody changed of an order that was placed. Append-only.

    `before` and `after` hold the fields that differ; the first change of a field keeps what was
    agreed when the order was placed. `pieces` are `[{line_id, quantity}]` that are not sent any
    more, given back by the refund, as are prices and freight that are less now; of an order that
    was not paid they make its `lines`, and what it costs, less. What is more was paid by the
    charge. `order_version` is the version of the order it made. Staff say why, and how the shopper
    agreed.
    """

    __tablename__ = "order_changes"
    __table_args__ = (
        CheckConstraint(
            "NOT is_by_staff OR (reason IS NOT NULL AND consent IS NOT NULL)",
            name="staff_have_consent",
        ),
        CheckConstraint(
            "after <> '{}' OR refund_id IS NOT NULL OR charge_id IS NOT NULL",
            name="changes_something",
        ),
        CheckConstraint(
            "pieces = '[]' OR refund_id IS NOT NULL OR after ?| ARRAY['lines', 'state']",
            name="gives_pieces_back",
        ),
        Index("uq_order_changes_order_version", "order_id", "order_version", unique=True),
        Index("ix_order_changes_order_id", "order_id", "id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    member_id: Mapped[UUID]
    actor: Mapped[str] = mapped_column(String(128))
    is_by_staff: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(200))
    consent: Mapped[str | None] = mapped_column(String(200))
    before: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    after: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    pieces: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"), unique=True)
    charge_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_charges.id"), unique=True)
    order_version: Mapped[int]
