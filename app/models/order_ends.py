"""How many orders are over: added up once, for what is over stays so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.order_lists import OrderTab
from app.models.base import Base, not_negative


class OrderEndCount(Base):
    """Orders that were completed or cancelled until the mark, all of them or a merchant's.

    `of_id` is the merchant, or nobody (a UUID of zeros) for all. Of merchants only paid orders.
    """

    __tablename__ = "order_end_counts"
    __table_args__ = (
        CheckConstraint("tab IN ('completed', 'cancelled')", name="is_over"),
        *not_negative("orders"),
    )

    of_id: Mapped[UUID] = mapped_column(primary_key=True)
    tab: Mapped[OrderTab] = mapped_column(primary_key=True)
    orders: Mapped[int] = mapped_column(BigInteger)


class OrderEndMark(Base):
    """The one row that says until when what ended is added up."""

    __tablename__ = "order_end_marks"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
