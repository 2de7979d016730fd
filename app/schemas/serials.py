"""Request and response shapes of serial numbers."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.inventory import SerialState
from app.schemas.base import Input, Output, SafeStr
from app.schemas.inventory import Document
from app.services.inventory.serials import Scan

Serial = Annotated[SafeStr, Field(min_length=1, max_length=64)]


class SerialTrackOut(Output):
    sku_id: UUID


class SerialsIn(Input):
    sku_id: UUID
    warehouse_id: UUID
    serials: Annotated[list[Serial], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def require_each_once(self) -> Self:
        if len(set(self.serials)) != len(self.serials):
            raise ValueError("A serial is named twice")
        return self


class ScanInIn(SerialsIn):
    """Pieces that lie in a warehouse: received, back, moved there, or unpacked."""

    document: Document

    def scan(self) -> Scan:
        return Scan(
            sku_id=self.sku_id,
            warehouse_id=self.warehouse_id,
            document=f"scan:{self.document}",
            serials=self.serials,
        )


class ScanForIn(SerialsIn):
    """Pieces that are in a parcel."""

    shipment_number: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z-]+$")]

    def scan(self) -> Scan:
        return Scan(
            sku_id=self.sku_id,
            warehouse_id=self.warehouse_id,
            document=f"shipment:{self.shipment_number}",
            serials=self.serials,
        )


class ScannedOut(Output):
    serials: list[str]


class SerialOut(Output):
    id: UUID
    created_at: datetime
    sku_id: UUID
    sku_code: str
    serial: str
    state: SerialState
    warehouse_id: UUID | None
    document: str = Field(description="What it last moved by, such as `shipment:<number>`.")
    owner: str | None = Field(description="Who it was sent to, such as `order:<id>`.")
    order_number: str | None
    member_id: UUID | None
    changed_at: datetime


class SerialMoveOut(Output):
    id: UUID
    created_at: datetime
    state: SerialState
    warehouse_id: UUID | None
    document: str
    owner: str | None
    actor: str | None


class SerialHistoryOut(SerialOut):
    moves: list[SerialMoveOut] = Field(description="Where it was seen, the last first.")
