"""Large batches of gift cards, as staff see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import CardFunding
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Input, MinorUnits, Output, SafeStr
from app.schemas.payments.money import MoneyCurrency
from app.services.payments import NewCardBatch

MOST_CARDS = 1_000_000


class CardBatchIn(Input):
    batch: Code
    count: Annotated[int, Field(ge=1, le=MOST_CARDS)]
    currency: MoneyCurrency
    face_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    expires_at: datetime | None = None

    def command(self) -> NewCardBatch:
        return NewCardBatch(
            batch=self.batch,
            count=self.count,
            currency=self.currency,
            face_minor=self.face_minor,
            expires_at=self.expires_at,
        )


class CardBatchOut(Output):
    id: UUID
    batch: str
    count: int
    made: int = Field(description="Cards that exist by now.")
    activated: int = Field(description="Cards that were given their money with the batch.")
    currency: str
    face_minor: MinorUnits
    expires_at: datetime | None
    funding: CardFunding | None
    activating: bool
    is_shown: bool = Field(description="Its codes were sent whole; nobody can derive them again.")
    created_at: datetime
    updated_at: datetime


class ActivateCardBatchIn(Input):
    funding: CardFunding


class RenewGiftCardIn(Input):
    expires_at: datetime


class ReplaceGiftCardIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=200)]
