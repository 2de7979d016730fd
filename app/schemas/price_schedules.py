"""Request and response shapes of planned changes of prices."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.core.enums.pricing import ScheduleState
from app.schemas.base import MAX_INT32, Code, Input, MinorUnits, Output, SafeStr, Version
from app.services.pricing import LookedAt, PlanPrices
from app.services.pricing.engine import BadTable, RowFault, WantedPrice, read_table

MOST_ROWS = 10_000
Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]
Table = Annotated[str, StringConstraints(min_length=1, max_length=900_000)]


class PlannedPriceIn(Input):
    sku_id: UUID | None = None
    sku_code: Code | None = Field(default=None, description="Instead of the id.")
    min_quantity: int = Field(default=1, ge=1, le=MAX_INT32, description="From so many pieces on.")
    price_minor: MinorUnits | None = Field(description="Null withdraws the price.")

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.sku_id is None) == (self.sku_code is None):
            raise ValueError("Name the SKU by its id or by its code")
        return self


class PricePlanIn(Input):
    """Prices of one list that change at one instant: as `rows`, or as a `table` of text."""

    price_list_id: UUID
    takes_effect_at: datetime | None = Field(
        default=None, description="Null: as soon as it is approved, or at once."
    )
    reason: Reason
    rows: Annotated[list[PlannedPriceIn], Field(min_length=1, max_length=MOST_ROWS)] | None = None
    table: Table | None = Field(
        default=None,
        description="Comma-separated values with a heading: `sku_id` or `sku_code`, `price_minor`"
        f" (empty withdraws) and perhaps `min_quantity`. At most {MOST_ROWS} rows.",
        examples=["sku_code,price_minor\nTEE-black-m,9900\n"],
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.rows is None) == (self.table is None):
            raise ValueError("Send rows or a table")
        return self

    def command(self) -> PlanPrices:
        """The plan asked for; a table that is none is a fault of row 0."""
        faults: list[RowFault] = []
        rows: list[WantedPrice] = []
        if self.table is not None:
            try:
                rows, faults = read_table(self.table, most_rows=MOST_ROWS)
            except BadTable as error:
                faults = [RowFault(0, "INVALID", str(error))]
        else:
            rows = [
                WantedPrice(n, row.sku_id, row.sku_code, row.min_quantity, row.price_minor)
                for n, row in enumerate(self.rows or (), start=1)
            ]
        return PlanPrices(
            price_list_id=self.price_list_id,
            takes_effect_at=self.takes_effect_at,
            reason=self.reason,
            rows=tuple(rows),
            faults=tuple(faults),
        )


class CancelScheduleIn(Input):
    reason: Reason


class PlannedPriceOut(Output):
    row: int
    sku_id: UUID
    min_quantity: int
    old_minor: MinorUnits | None = Field(description="Just before the instant; null: no price.")
    new_minor: MinorUnits | None
    drop_bps: int = Field(description="By how much it falls; 2500 is 25 %.")
    warnings: list[str] = Field(description="`BELOW_FLOOR`, `BELOW_COST`; more may come.")


class RowFaultOut(Output):
    row: int = Field(description="From 1, below the heading of a table; 0 is the table.")
    code: str = Field(
        description="`UNKNOWN_SKU`, `AMBIGUOUS_SKU`, `REPEATED`, `SAME_INSTANT`, `INVALID`; more"
        " may come."
    )
    message: str


class PricePlanDiffOut(Output):
    """What a plan would do. With any fault it would be refused as a whole."""

    rows: int = Field(description="Rows without faults.")
    unchanged: int = Field(description="Those that would change nothing.")
    largest_drop_bps: int
    needs_approval: bool
    changes: list[PlannedPriceOut]
    faults: list[RowFaultOut]

    @classmethod
    def of(cls, looked: LookedAt) -> Self:
        plan = looked.plan
        changes = [PlannedPriceOut.model_validate(row) for row in plan.rows if row.is_changed]
        return cls(
            rows=len(plan.rows),
            unchanged=len(plan.rows) - len(changes),
            largest_drop_bps=plan.largest_drop_bps,
            needs_approval=looked.needs_approval,
            changes=changes,
            faults=[RowFaultOut.model_validate(fault) for fault in plan.faults],
        )


class PriceScheduleOut(Output):
    id: UUID
    price_list_id: UUID
    state: ScheduleState = Field(
        description="`scheduled` takes effect at its instant whatever happens; a little later it is"
        " `applied`."
    )
    takes_effect_at: datetime | None
    reason: str
    row_count: int
    largest_drop_bps: int
    needs_approval: bool
    drafted_by: str
    approved_by: str | None
    cancelled_by: str | None
    cancel_reason: str | None
    version: Version
    created_at: datetime
    updated_at: datetime


class PriceScheduleRowOut(Output):
    sku_id: UUID
    sku_code: str
    min_quantity: int
    old_minor: MinorUnits | None = Field(description="When it was planned.")
    new_minor: MinorUnits | None
