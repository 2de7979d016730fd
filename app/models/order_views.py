"""Filters of the order list that staff keep."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.enums.order_lists import OrderSort
from app.models.base import Name, Versioned


class OrderView(Versioned):
    """A named filter of somebody's; shared ones are everybody's to use, not to change.

    `wanted` holds what filters by the names of the list's parameters. One of somebody's views at
    most is what their list starts with.
    """

    __tablename__ = "order_views"
    __table_args__ = (
        UniqueConstraint("staff_id", "name"),
        Index(
            "uq_order_views_default",
            "staff_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index("ix_order_views_shared", "id", postgresql_where=text("is_shared")),
    )

    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    name: Mapped[Name]
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    sort: Mapped[OrderSort]
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
