"""Request and response shapes of stocktakes and of corrections by hand."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.inventory import (
    AdjustmentReason,
    AdjustmentState,
    StockGrade,
    StocktakeState,
)
from app.schemas.base import Input, Output, SafeStr, Version
from app.schemas.inventory import BatchIds, BatchIn, BatchNumber, Difference, Document, Note
from app.services import inventory
from app.services.inventory import Move

Refusal = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class StocktakeIn(Input):
    warehouse_id: UUID
    sku_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000)] | None = Field(
        default=None, description="What to count; without it all that lies in the warehouse."
    )
    is_blind: bool = Field(default=False, description="Who counts is not told what is expected.")
    note: Note | None = None

    def command(self) -> inventory.stocktakes.NewStocktake:
        return inventory.stocktakes.NewStocktake(
            warehouse_id=self.warehouse_id,
            sku_ids=None if self.sku_ids is None else tuple(self.sku_ids),
            is_blind=self.is_blind,
            note=self.note,
        )


class CountIn(Input):
    sku_id: UUID
    counted: Annotated[int, Field(ge=0, le=10_000_000, description="Pieces fit to be sold.")]
    batch: BatchIn | None = Field(
        default=None, description="The batch that was counted; without it all of the SKU."
    )


class CountsIn(Input):
    """What was counted; of a SKU or a batch counted again the last count stands."""

    rows: Annotated[list[CountIn], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def require_each_once(self) -> Self:
        whole = {row.sku_id for row in self.rows if row.batch is None}
        by_batch = self.batches()
        if len(whole) + len(by_batch) != len(self.rows):
            raise ValueError("A SKU or a batch is named twice")
        if whole & {sku_id for sku_id, _ in by_batch}:
            raise ValueError("A SKU is counted as a whole or by batch")
        return self

    def batches(self) -> dict[tuple[UUID, str], inventory.batches.BatchOf]:
        return {
            (row.sku_id, row.batch.number): inventory.batches.BatchOf(**row.batch.model_dump())
            for row in self.rows
            if row.batch is not None
        }

    def counted(self) -> dict[UUID, int]:
        return {row.sku_id: row.counted for row in self.rows if row.batch is None}

    def of_batches(self, ids: BatchIds) -> dict[tuple[UUID, UUID], int]:
        return {
            (row.sku_id, ids[row.sku_id, row.batch.number]): row.counted
            for row in self.rows
            if row.batch is not None
        }


class SubmitStocktakeIn(Input):
    leaves_uncounted: bool = Field(
        default=False, description="SKUs that nobody counted stay as they are."
    )


class RefusalIn(Input):
    reason: Refusal


class StocktakeHeadOut(Output):
    id: UUID
    number: str
    created_at: datetime
    updated_at: datetime
    warehouse_id: UUID
    is_all: bool
    is_blind: bool
    state: StocktakeState
    note: str | None
    opened_by: str
    submitted_by: str | None
    decided_by: str | None
    decided_at: datetime | None
    refusal: str | None = Field(description="Why it is to be counted again.")
    version: Version


class StocktakeOut(StocktakeHeadOut):
    lines: int
    counted: int
    differing: int | None = Field(description="Null while somebody counts blindly.")
    too_many: int | None = Field(description="Pieces more than expected, over all lines.")
    too_few: int | None

    @classmethod
    def of(cls, view: inventory.stocktakes.StocktakeView) -> Self:
        head = StocktakeHeadOut.model_validate(view.row).model_dump()
        sums: dict[str, Any] = dict(view.summary)
        if view.hides_expected:
            sums |= {"differing": None, "too_many": None, "too_few": None}
        return cls(**head, **sums)


class BatchCountOut(Output):
    number: str
    expires_on: date | None
    counted: int
    expected: int | None = Field(description="Null while somebody counts blindly.")
    difference: int | None
    counted_by: str


class StocktakeLineOut(Output):
    sku_id: UUID
    sku_code: str
    name: str
    counted: int | None
    expected: int | None = Field(
        description="On hand when it was counted; null until then and while counting blindly."
    )
    difference: int | None
    counted_by: str | None
    batches: list[BatchCountOut] = Field(
        description="Those that were counted; the line adds them up. Empty for one counted whole."
    )

    @classmethod
    def of(cls, row: Mapping[str, Any], *, hides_expected: bool) -> Self:
        hidden = {"expected": None, "difference": None} if hides_expected else {}
        batches = [{**each, **hidden} for each in row["batches"]]
        return cls.model_validate({**row, **hidden, "batches": batches})


class StocktakeCountOut(Output):
    id: UUID
    created_at: datetime
    sku_id: UUID
    batch: str | None = Field(description="Its number; null for a count of all of the SKU.")
    counted: int
    expected: int | None = Field(description="Null while somebody counts blindly.")
    counted_by: str


class AdjustmentRowIn(Input):
    sku_id: UUID
    grade: StockGrade = StockGrade.SELLABLE
    quantity: Difference = Field(description="Added to stock; not zero.")
    note: Note | None = None
    batch: BatchNumber | None = Field(
        default=None, description="Without it those that expire first, or an unknown one."
    )


class AdjustmentIn(Input):
    """Corrections in one warehouse, by differences: sales meanwhile stay counted."""

    warehouse_id: UUID
    reason: AdjustmentReason
    document: Document
    rows: Annotated[list[AdjustmentRowIn], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def require_differences(self) -> Self:
        if any(row.quantity == 0 for row in self.rows):
            raise ValueError("A row changes nothing")
        return self

    def batches(self) -> set[tuple[UUID, str]]:
        return {(row.sku_id, row.batch) for row in self.rows if row.batch is not None}

    def command(self, ids: BatchIds) -> inventory.adjustments.NewAdjustment:
        moves = tuple(
            Move(
                row.sku_id,
                self.warehouse_id,
                row.quantity,
                row.note,
                row.grade,
                batch_id=None if row.batch is None else ids[row.sku_id, row.batch],
            )
            for row in self.rows
        )
        return inventory.adjustments.NewAdjustment(
            warehouse_id=self.warehouse_id,
            reason=self.reason,
            document=self.document,
            moves=moves,
        )


class AdjustmentLineOut(Output):
    sku_id: UUID
    sku_code: str
    grade: StockGrade
    quantity: int
    note: str | None
    batch: str | None = Field(description="Its number.")


class AdjustmentOut(Output):
    id: UUID
    number: str
    created_at: datetime
    updated_at: datetime
    warehouse_id: UUID
    reason: AdjustmentReason
    document: str
    state: AdjustmentState = Field(
        description="`waiting` is for a second person: it is more than one may decide alone."
    )
    asked_by: str
    decided_by: str | None
    decided_at: datetime | None
    refusal: str | None
    version: Version
    lines: list[AdjustmentLineOut]

    @classmethod
    def of(cls, view: inventory.adjustments.AdjustmentView) -> Self:
        names = cls.model_fields.keys() - {"lines"}
        lines = [AdjustmentLineOut.model_validate(dict(each)) for each in view.lines]
        return cls(**{name: getattr(view.row, name) for name in names}, lines=lines)
