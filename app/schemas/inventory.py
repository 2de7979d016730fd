"""Request and response shapes of warehouses and stock."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.inventory import MovementKind, ReservationState, StockGrade
from app.schemas.base import MAX_INT32, Code, Input, Name, Output, SafeStr, Version
from app.services.inventory import Move, WarehouseChange, WarehouseView, batches

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
Region = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[0-9A-Za-z-]+$")]
Pieces = Annotated[int, Field(ge=1, le=10_000_000, description="Pieces.")]
Difference = Annotated[
    int, Field(ge=-10_000_000, le=10_000_000, description="Pieces more or less.")
]
Note = Annotated[SafeStr, Field(max_length=500)]
Document = Annotated[
    SafeStr,
    Field(
        min_length=1, max_length=100, description="The paper it is on, such as a receipt number."
    ),
]


class ServiceRegionIn(Input):
    """How far a warehouse counts as being from some regions, whatever their codes say."""

    regions: Annotated[
        list[Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[A-Z]{2})$")]],
        Field(min_length=1, max_length=100),
    ] = Field(description="Leading digits of GB/T 2260 codes, or countries. The longest wins.")
    steps: Annotated[int, Field(ge=0, le=9)] = Field(
        description="0 next door; without this: district 0, city 1, province 2, country 3, else 4."
    )


class WarehousePut(Input):
    """Everything that may change about a warehouse."""

    name: Name
    country: Country
    region_code: Region | None = None
    priority: int = Field(
        default=100,
        ge=0,
        le=MAX_INT32,
        description="Of warehouses that cost the same the lowest fills an order.",
    )
    is_active: bool = Field(default=True, description="A closed warehouse sells nothing.")
    service_regions: Annotated[list[ServiceRegionIn], Field(max_length=50)] = Field(
        default_factory=list
    )
    handling_minor: Annotated[int, Field(ge=0, le=MAX_INT32)] = Field(
        default=0, description="What an order from there costs to pick and pack, in minor units."
    )
    channel_ids: list[UUID] = Field(
        default_factory=list,
        max_length=100,
        description="Channels it serves by name. A channel no warehouse names is served by all.",
    )

    def change(self) -> WarehouseChange:
        return WarehouseChange(
            name=self.name,
            country=self.country,
            region_code=self.region_code,
            priority=self.priority,
            is_active=self.is_active,
            service_regions=tuple(each.model_dump() for each in self.service_regions),
            handling_minor=self.handling_minor,
            channel_ids=tuple(self.channel_ids),
        )


class WarehouseIn(WarehousePut):
    code: Code
    merchant_id: UUID


class ServiceRegionOut(Output):
    regions: list[str]
    steps: int


class OwnWarehouseOut(Output):
    """A warehouse as the merchant sees it whose goods lie there."""

    id: UUID
    code: str
    name: str
    country: str
    region_code: str | None
    is_active: bool


class WarehouseOut(Output):
    id: UUID
    merchant_id: UUID
    code: str
    name: str
    country: str
    region_code: str | None
    priority: int
    is_active: bool
    service_regions: list[ServiceRegionOut]
    handling_minor: int
    channel_ids: list[UUID]
    version: Version
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: WarehouseView) -> Self:
        row = view.warehouse
        return cls(
            id=row.id,
            merchant_id=row.merchant_id,
            code=row.code,
            name=row.name,
            country=row.country,
            region_code=row.region_code,
            priority=row.priority,
            is_active=row.is_active,
            service_regions=[ServiceRegionOut(**each) for each in row.service_regions],
            handling_minor=row.handling_minor,
            channel_ids=list(view.channel_ids),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class StockOut(Output):
    sku_id: UUID
    sku_code: str
    spu_id: UUID
    name: str
    merchant_id: UUID
    warehouse_id: UUID
    warehouse_code: str
    on_hand: int
    reserved: int = Field(description="Promised to orders.")
    available: int = Field(description="What can still be promised.")
    safety: int = Field(description="The last pieces, which shoppers are not promised.")
    waiting: int = Field(description="Sold before they are there; they come before shoppers.")
    damaged: int = Field(description="Lies there and is not for sale.")
    frozen: int = Field(description="Kept back, for an inspection or a dispute.")
    in_transit: int = Field(description="On its way here from another warehouse.")


BatchNumber = Annotated[
    SafeStr, Field(min_length=1, max_length=64, description="Of a SKU that is tracked by batch.")
]
BatchIds = Mapping[tuple[UUID, str], UUID]
"""Batches by SKU and number."""


class BatchIn(Input):
    """The batch goods are of. Its dates are those of the first receipt that names them."""

    number: BatchNumber
    made_on: date | None = None
    expires_on: date | None = None

    @model_validator(mode="after")
    def require_made_before(self) -> Self:
        if self.made_on and self.expires_on and self.made_on > self.expires_on:
            raise ValueError("It would expire before it was made")
        return self


class ReceiptRowIn(Input):
    sku_id: UUID
    quantity: Pieces
    note: Note | None = None
    batch: BatchIn | None = Field(
        default=None, description="Of a SKU that is tracked by batch; unknown without it."
    )


class ReceiptIn(Input):
    """Goods that arrived in one warehouse."""

    warehouse_id: UUID
    document: Document
    rows: Annotated[list[ReceiptRowIn], Field(min_length=1, max_length=1_000)]

    def batches(self) -> dict[tuple[UUID, str], batches.BatchOf]:
        return {
            (row.sku_id, row.batch.number): batches.BatchOf(**row.batch.model_dump())
            for row in self.rows
            if row.batch is not None
        }

    def moves(self, ids: BatchIds) -> list[Move]:
        return [
            Move(
                row.sku_id,
                self.warehouse_id,
                row.quantity,
                row.note,
                batch_id=None if row.batch is None else ids[row.sku_id, row.batch.number],
            )
            for row in self.rows
        ]


class SafetyRowIn(Input):
    sku_id: UUID
    safety: Annotated[int, Field(ge=0, le=10_000_000, description="Pieces.")]


class SafetyIn(Input):
    """The last pieces of a warehouse that shoppers are not promised; the rest stays."""

    warehouse_id: UUID
    rows: Annotated[list[SafetyRowIn], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def require_each_once(self) -> Self:
        if len({row.sku_id for row in self.rows}) != len(self.rows):
            raise ValueError("A SKU is named twice")
        return self

    def pieces(self) -> dict[UUID, int]:
        return {row.sku_id: row.safety for row in self.rows}


class SafetyOut(Output):
    sku_id: UUID
    safety: int


class SafetiesOut(Output):
    items: list[SafetyOut]


class LowStockOut(Output):
    sku_id: UUID
    sku_code: str
    warehouse_id: UUID
    warehouse_code: str
    on_hand: int
    reserved: int
    safety: int
    in_days: int = Field(description="Over how many days sales were counted.")
    sold: int = Field(description="Pieces that left for orders in these days.")
    days_of_cover: int | None = Field(
        description="How long what is not promised lasts if it goes on so; null without sales."
    )


class RegradeRowIn(Input):
    sku_id: UUID
    grade: StockGrade = Field(description="What the pieces are until now.")
    quantity: Pieces
    note: Note | None = None
    batch: BatchNumber | None = Field(
        default=None, description="Without it those that expire first."
    )


class RegradeIn(Input):
    """Pieces of one warehouse that are of another grade from now on."""

    warehouse_id: UUID
    document: Document
    to: StockGrade
    rows: Annotated[list[RegradeRowIn], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def require_another_grade(self) -> Self:
        if any(row.grade == self.to for row in self.rows):
            raise ValueError("The pieces are of that grade already")
        return self

    def batches(self) -> set[tuple[UUID, str]]:
        return {(row.sku_id, row.batch) for row in self.rows if row.batch is not None}

    def moves(self, ids: BatchIds) -> list[Move]:
        return [
            Move(
                row.sku_id,
                self.warehouse_id,
                row.quantity,
                row.note,
                row.grade,
                batch_id=None if row.batch is None else ids[row.sku_id, row.batch],
            )
            for row in self.rows
        ]


class MovementOut(Output):
    id: UUID
    created_at: datetime
    sku_id: UUID
    warehouse_id: UUID
    kind: MovementKind
    grade: StockGrade
    quantity: int = Field(description="Negative for what left.")
    on_hand_after: int = Field(description="Pieces of this grade then.")
    cause: str
    actor: str | None
    note: str | None


class MovementsOut(Output):
    items: list[MovementOut]


class ReservationOut(Output):
    id: UUID
    created_at: datetime
    owner: str = Field(examples=["order:019a0000-0000-7000-8000-000000000000"])
    member_id: UUID
    sku_id: UUID
    warehouse_id: UUID
    quantity: int
    shipped: int = Field(description="Pieces of it that have left.")
    freed: int = Field(description="Pieces of it that were given back while others stayed.")
    state: ReservationState
    expires_at: datetime | None = Field(description="When a hold ends; null once it is paid for.")
    changed_at: datetime
