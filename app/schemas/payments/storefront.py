"""What shoppers see of their stored value."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import GiftCardState
from app.schemas.base import Input, MinorUnits, Output, SafeStr

GiftCode = Annotated[
    SafeStr,
    Field(
        min_length=1,
        max_length=64,
        description="As printed; case, spaces and dashes do not matter.",
        examples=["7K3M-9QXT-2B4D-8WZP"],
    ),
]


class BindGiftCardIn(Input):
    code: GiftCode


class GiftCardOut(Output):
    id: UUID
    code_tail: str = Field(description="The last characters of the code.")
    currency: str
    face_minor: MinorUnits
    available_minor: MinorUnits
    held_minor: MinorUnits = Field(description="Held by orders that are not paid yet.")
    state: GiftCardState
    is_expired: bool
    expires_at: datetime | None


class PointsLotOut(Output):
    id: UUID
    currency: str
    quantity: int
    remaining: int
    held: int
    expires_at: datetime
    created_at: datetime


class PointsOut(Output):
    """What you have; `lots` are pages of where it came from, newest first."""

    available: int = Field(description="Points that can be spent now.")
    held: int
    value_minor: int = Field(description="What one point pays, in minor units.")
    next_expiry_at: datetime | None
    lots: list[PointsLotOut]
    next_after: str | None = Field(description="Pass as `after` for more lots; null at the end.")


class PendingPointsOut(Output):
    """Points to come: `quantity` is what refunds have left of them."""

    id: UUID
    currency: str
    quantity: int
    order_id: UUID | None
    available_at: datetime
    created_at: datetime


class BalanceOut(Output):
    currency: str
    available_minor: MinorUnits
    held_minor: MinorUnits


class BalancesOut(Output):
    items: list[BalanceOut]
