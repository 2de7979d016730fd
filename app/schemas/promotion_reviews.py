"""Request and response shapes of approving promotions and looking at them twice."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.schemas.base import Code, Input, Output, SafeStr
from app.schemas.promotions import PromotionOut

Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class ReasonIn(Input):
    reason: Reason


class ClonePromotionIn(Input):
    code: Code


class PromotionVersionOut(Output):
    """Terms as they were approved; `terms` reads as the promotion did then."""

    number: int
    terms: dict[str, Any]
    approved_by: str
    approved_at: datetime


class PromotionVersionsOut(Output):
    items: list[PromotionVersionOut]


class RemarkOut(Output):
    """Something that works but may not be meant."""

    code: str = Field(examples=["EXCLUSIVE_WITHOUT_THRESHOLD"])
    message: str
    others: list[UUID] = Field(description="Promotions it has to do with.")


class ActivatedPromotionOut(Output):
    promotion: PromotionOut
    remarks: list[RemarkOut]
