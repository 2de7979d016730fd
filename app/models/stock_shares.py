"""What a channel may promise of stock, where that is not all of it."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, not_negative


class StockShare(Base):
    """A channel leaves the last `leaves` pieces to others, and sees `share_bps` of what is free."""

    __tablename__ = "stock_shares"
    __table_args__ = (
        *not_negative("leaves"),
        CheckConstraint("share_bps BETWEEN 0 AND 10000", name="share_of_all"),
    )

    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    sku_id: Mapped[UUID] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    warehouse_id: Mapped[UUID] = mapped_column(ForeignKey("warehouses.id"), primary_key=True)
    leaves: Mapped[int] = mapped_column(server_default=text("0"))
    share_bps: Mapped[int] = mapped_column(server_default=text("10000"))
