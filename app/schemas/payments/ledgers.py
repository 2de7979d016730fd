"""Shapes of what moved a member's stored value."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import Output


class LedgerLineOut(Output):
    id: UUID
    effective_at: datetime
    kind: str = Field(
        description="`hold` and `release` for orders that wait for payment, `refund_internal`,"
        " `top_up`, `top_up_bonus`, `withdrawal_asked`, `points_granted`, and so on."
    )
    order_id: UUID | None = Field(description="The order, or the top-up.")
    amount_minor: int = Field(description="What came, or went where it is below zero.")
    balance_minor: int = Field(description="What could be spent afterwards.")


class LedgerOut(Output):
    """A page, oldest first. Of points every amount is a number of points."""

    currency: str = Field(description="ISO 4217, or `PTS`.")
    opening_minor: int = Field(description="Before the first line of this page.")
    lines: list[LedgerLineOut]
    next_after: str | None = Field(
        description="Pass as `after` for the next page; null at the end."
    )


class ExpiringOut(Output):
    kind: Literal["points", "gift_card"]
    id: UUID
    currency: str
    quantity: int = Field(description="How many points, or what is on the card in minor units.")
    expires_at: datetime


class ExpiringListOut(Output):
    items: list[ExpiringOut]
