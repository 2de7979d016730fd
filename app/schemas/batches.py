"""Request and response shapes of batches."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.inventory import BatchState, MovementKind, StockGrade
from app.schemas.base import Input, Output, SafeStr, Version

Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class TrackIn(Input):
    shelf_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        default=0, description="Pieces are not sold in the last days before they expire."
    )


class TrackOut(Output):
    sku_id: UUID
    shelf_days: int


class KeepBackIn(Input):
    reason: Reason


class BatchStockOut(Output):
    warehouse_id: UUID
    on_hand: int
    damaged: int
    frozen: int


class BatchOut(Output):
    id: UUID
    created_at: datetime
    sku_id: UUID
    sku_code: str
    number: str = Field(description="`?` holds pieces nobody named a batch of.")
    made_on: date | None
    expires_on: date | None = Field(description="Sold until the day before, less `shelf_days`.")
    state: BatchState
    reason: str | None
    version: Version
    updated_at: datetime
    stock: list[BatchStockOut] = Field(description="Where pieces of it lie.")


class RecipientOut(Output):
    order_id: UUID
    order_number: str
    member_id: UUID
    sent: int
    back: int = Field(description="How many of them came back.")


class BatchMovementOut(Output):
    id: UUID
    created_at: datetime
    warehouse_id: UUID
    kind: MovementKind
    grade: StockGrade
    quantity: int = Field(description="Negative for what left.")
    cause: str
    owner: str | None = Field(description="Who it was promised to, such as `order:<id>`.")
    actor: str | None
