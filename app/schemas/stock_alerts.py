"""Request and response shapes of alerts of stock and their limits."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.inventory import AlertKind, AlertState
from app.schemas.base import Input, Output, Version
from app.schemas.inventory import Note
from app.services.inventory.alerts import Limits

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class LimitsRowIn(Input):
    sku_id: UUID
    low: Count | None = Field(default=None, description="Pieces at which it is low.")
    over: Count | None = Field(default=None, description="Pieces above which it is too much.")
    slow_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        default=None, description="Days without a sale."
    )
    expiry_days: Annotated[int, Field(ge=0, le=3_650)] | None = Field(
        default=None, description="Days before the last one on which a batch is sold."
    )

    @model_validator(mode="after")
    def require_low_below_over(self) -> Self:
        if self.low is not None and self.over is not None and self.low >= self.over:
            raise ValueError("`low` has to be below `over`")
        return self


class LimitsIn(Input):
    """Limits of SKUs in a warehouse; what is left out is what the settings say."""

    warehouse_id: UUID
    rows: Annotated[list[LimitsRowIn], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def require_each_once(self) -> Self:
        if len({row.sku_id for row in self.rows}) != len(self.rows):
            raise ValueError("A SKU is named twice")
        return self

    def limits(self) -> dict[UUID, Limits]:
        return {
            row.sku_id: Limits(row.low, row.over, row.slow_days, row.expiry_days)
            for row in self.rows
        }


class LimitsOut(Output):
    sku_id: UUID
    warehouse_id: UUID
    low: int | None
    over: int | None
    slow_days: int | None
    expiry_days: int | None


class AllLimitsOut(Output):
    items: list[LimitsOut]


class AcknowledgeIn(Input):
    note: Note | None = None


class AlertOut(Output):
    id: UUID
    created_at: datetime
    kind: AlertKind
    sku_id: UUID
    warehouse_id: UUID
    state: AlertState
    available: int = Field(description="What was free when it crossed its limit.")
    threshold: int = Field(description="The limit: pieces, or days without a sale.")
    days_of_cover: int | None = Field(
        description="How long that lasts if it goes on so; null without sales."
    )
    acknowledged_by: str | None
    note: str | None
    ended_at: datetime | None
    version: Version
    updated_at: datetime
