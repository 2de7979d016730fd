"""Request and response shapes of transfers between warehouses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.core.enums.inventory import TransferState
from app.schemas.base import Input, Output, SafeStr, Version
from app.schemas.inventory import Note, Pieces
from app.schemas.serials import Serials
from app.services import inventory

Came = Annotated[int, Field(ge=0, le=10_000_000, description="Pieces.")]


class _OfSku(Protocol):
    @property
    def sku_id(self) -> UUID: ...


def _each_once(rows: Sequence[_OfSku]) -> Sequence[_OfSku]:
    if len({row.sku_id for row in rows}) != len(rows):
        raise ValueError("A SKU is named twice")
    return rows


class TransferRowIn(Input):
    sku_id: UUID
    quantity: Pieces


Rows = Annotated[
    list[TransferRowIn], Field(min_length=1, max_length=1_000), AfterValidator(_each_once)
]


class TransferIn(Input):
    """Goods that shall lie in another warehouse."""

    from_warehouse_id: UUID
    to_warehouse_id: UUID
    rows: Rows
    note: Note | None = None

    @model_validator(mode="after")
    def require_another_warehouse(self) -> Self:
        if self.from_warehouse_id == self.to_warehouse_id:
            raise ValueError("The goods lie there already")
        return self

    def command(self) -> inventory.transfers.NewTransfer:
        return inventory.transfers.NewTransfer(
            from_warehouse_id=self.from_warehouse_id,
            to_warehouse_id=self.to_warehouse_id,
            pieces={row.sku_id: row.quantity for row in self.rows},
            note=self.note,
        )


class ShipTransferIn(Input):
    rows: Rows | None = Field(
        default=None, description="What is sent; without it all that was asked for."
    )

    def pieces(self) -> dict[UUID, int] | None:
        return None if self.rows is None else {row.sku_id: row.quantity for row in self.rows}


class CameRowIn(Input):
    sku_id: UUID
    received: Came = Field(default=0, description="Pieces that may be sold.")
    damaged: Came = Field(default=0, description="Pieces that may not.")
    serials: Serials | None = Field(
        default=None, description="Of the pieces that were sent with one: each that came."
    )

    @model_validator(mode="after")
    def require_something(self) -> Self:
        if not self.received + self.damaged:
            raise ValueError("Nothing came")
        return self


class ReceiveTransferIn(Input):
    """A part of a transfer that arrived."""

    rows: Annotated[
        list[CameRowIn], Field(min_length=1, max_length=1_000), AfterValidator(_each_once)
    ]

    def came(self) -> dict[UUID, inventory.transfers.Came]:
        return {
            row.sku_id: inventory.transfers.Came(row.received, row.damaged, row.serials or ())
            for row in self.rows
        }


class PackTransferIn(Input):
    """Pieces that go with a transfer."""

    sku_id: UUID
    serials: Serials


class CloseTransferIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="What became of the pieces that are missing or over."
    )


class TransferLineOut(Output):
    sku_id: UUID
    sku_code: str
    quantity: int = Field(description="Asked for.")
    shipped: int
    received: int
    damaged: int
    over: int = Field(description="Came beyond what was sent; on stock once it is closed.")
    over_damaged: int = Field(description="Of those over, broken ones: on stock as damaged.")
    lost: int = Field(description="Written off.")


class TransferOut(Output):
    id: UUID
    number: str
    created_at: datetime
    updated_at: datetime
    from_warehouse_id: UUID
    to_warehouse_id: UUID
    state: TransferState
    note: str | None
    requested_by: str
    shipped_by: str | None
    shipped_at: datetime | None
    closed_by: str | None
    difference: str | None = Field(description="Why not all arrived that left, or more did.")
    version: Version
    lines: list[TransferLineOut]

    @classmethod
    def of(cls, view: inventory.transfers.TransferView) -> Self:
        names = cls.model_fields.keys() - {"lines"}
        lines = [TransferLineOut.model_validate(dict(each)) for each in view.lines]
        return cls(**{name: getattr(view.row, name) for name in names}, lines=lines)
