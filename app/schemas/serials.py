"""Request and response shapes of serial numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.core.enums.inventory import SerialState
from app.schemas.base import Input, Output, SafeStr
from app.schemas.inventory import Document
from app.services.inventory.serials import Scan

Serial = Annotated[SafeStr, Field(min_length=1, max_length=64)]


def _each_once(serials: Sequence[str]) -> Sequence[str]:
    if len(set(serials)) != len(serials):
        raise ValueError("A serial is named twice")
    return serials


Serials = Annotated[list[Serial], Field(min_length=1, max_length=500), AfterValidator(_each_once)]


class SerialTrackOut(Output):
    sku_id: UUID


class SerialsIn(Input):
    sku_id: UUID
    warehouse_id: UUID
    serials: Serials


class ScanIn(SerialsIn):
    """Pieces that lie in a warehouse, or do no more."""

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
    document: str = Field(
        description="What it last moved by, such as `shipment:<number>` or `transfer:<number>`."
    )
    owner: str | None = Field(
        description="Who it was sent to, such as `order:<id>`, or `pos:<number>` of a till's sale."
    )
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
