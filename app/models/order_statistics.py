"""What orders came to, added up by the hour."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Code, Currency, Minor


class OrderHour(Base):
    """One hour (UTC) of a channel and a currency: of all its orders, a merchant's, or a product's.

    Everything counts in the hour in which it happened; what an order came to in the hour in which
    it was placed. Worked out anew from the orders whenever one of them changes.
    """

    __tablename__ = "order_hours"
    __table_args__ = (
        CheckConstraint("kind IN ('all', 'merchant', 'product')", name="known_kind"),
        # Rows of products are by far the most.
        Index("ix_order_hours_kind", "kind", "hour_at"),
    )

    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[Code] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    of_id: Mapped[UUID] = mapped_column(primary_key=True)
    carts: Mapped[int] = mapped_column(BigInteger)
    placed: Mapped[int] = mapped_column(BigInteger)
    paid: Mapped[int] = mapped_column(BigInteger)
    cancelled: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int] = mapped_column(BigInteger)
    shipped: Mapped[int] = mapped_column(BigInteger)
    refunds: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)
    converted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    units: Mapped[int] = mapped_column(BigInteger)
    list_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    net_minor: Mapped[Minor]
    paid_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor]
    pay_seconds: Mapped[int] = mapped_column(BigInteger)
    ship_seconds: Mapped[int] = mapped_column(BigInteger)


class ReportMark(Base):
    """How far a job has read the changes of orders, by time and id."""

    __tablename__ = "report_marks"

    name: Mapped[Code] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    order_id: Mapped[UUID]
