"""Request and response shapes of the proof of stock."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.inventory import FindingKind, FindingState, OccupationKind, StockGrade
from app.schemas.base import Input, Output, SafeStr, Version


class ProveIn(Input):
    is_whole: bool = Field(default=False, description="Add up every movement there ever was.")


class StockProofOut(Output):
    id: UUID
    created_at: datetime
    folded_to: datetime = Field(description="Movements before that are added up for good.")
    is_whole: bool
    differences: int = Field(description="Counts that did not agree.")
    opened: int = Field(description="How many of them are new or have changed.")
    resolved: int = Field(description="Earlier ones that agree again.")


class ExplainIn(Input):
    note: Annotated[SafeStr, Field(min_length=1, max_length=500)]


class FindingOut(Output):
    id: UUID
    created_at: datetime
    kind: FindingKind
    sku_id: UUID
    warehouse_id: UUID
    grade: StockGrade
    expected: int = Field(description="What follows from movements or reservations.")
    found: int = Field(description="What is there instead.")
    state: FindingState
    note: str | None
    explained_by: str | None
    resolved_at: datetime | None
    version: Version
    updated_at: datetime


class OccupationOut(Output):
    id: UUID
    created_at: datetime
    kind: OccupationKind
    document: str = Field(
        examples=["order:019a0000-0000-7000-8000-000000000000", "transfer:TR2611260001"]
    )
    number: str | None = Field(description="What people call the document.")
    sku_id: UUID
    warehouse_id: UUID
    pieces: int
    state: str = Field(description="Of the reservation or the transfer.")
    expires_at: datetime | None = Field(description="When a hold ends; null once it is paid for.")
