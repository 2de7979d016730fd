"""Request and response shapes of purchase limits."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.pricing import LimitPeriod
from app.schemas.base import Input, Name, Output, Quantity, Version
from app.services.pricing import PurchaseLimitTerms


class PurchaseLimitPut(Input):
    """Everything that may change about a limit."""

    name: Name
    max_quantity: Quantity
    period: Annotated[
        LimitPeriod,
        Field(description="Days, weeks from Monday and months of the channel's time zone."),
    ]
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(default=None, description="The first instant without it.")
    is_active: bool = True

    @model_validator(mode="after")
    def _window_goes_forward(self) -> "PurchaseLimitPut":
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("a window ends after it starts")
        return self

    def terms(self) -> PurchaseLimitTerms:
        return PurchaseLimitTerms(
            name=self.name,
            max_quantity=self.max_quantity,
            period=self.period,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            is_active=self.is_active,
        )


class PurchaseLimitIn(PurchaseLimitPut):
    """A limit of one SKU, or of all SKUs of one product together."""

    sku_id: UUID | None = None
    spu_id: UUID | None = None

    @model_validator(mode="after")
    def _one_kind_of_goods(self) -> "PurchaseLimitIn":
        if (self.sku_id is None) == (self.spu_id is None):
            raise ValueError("name a SKU or a product, and not both")
        return self


class PurchaseLimitOut(Output):
    id: UUID
    name: str
    sku_id: UUID | None
    spu_id: UUID | None
    max_quantity: int
    period: LimitPeriod
    starts_at: datetime | None
    ends_at: datetime | None
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime
