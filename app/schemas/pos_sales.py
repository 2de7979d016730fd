"""Request and response shapes of sales of tills, and of what channels may promise."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.core.enums.inventory import PosSaleState
from app.schemas.base import BasisPoints, Input, Output, SafeStr
from app.schemas.inventory import Pieces
from app.schemas.serials import Serials
from app.services.inventory.pos_sales import NewPosSale, Uploaded
from app.services.inventory.shares import Share


class PosLineIn(Input):
    sku_id: UUID
    quantity: Pieces
    serials: Serials | None = Field(
        default=None, description="Of a SKU that has serials: each piece's."
    )

    @model_validator(mode="after")
    def require_pieces(self) -> Self:
        if len(self.serials or ()) > self.quantity:
            raise ValueError("There are more serials than pieces")
        return self


class PosSaleOfIn(Input):
    """What a till sold."""

    number: Annotated[SafeStr, Field(min_length=1, max_length=64)] = Field(
        description="The till's own number of the sale; it counts once in a warehouse."
    )
    sold_at: AwareDatetime
    lines: Annotated[list[PosLineIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def require_serials_once(self) -> Self:
        named = [(line.sku_id, each) for line in self.lines for each in line.serials or ()]
        if len(set(named)) != len(named):
            raise ValueError("A serial is named twice")
        return self

    def serials(self) -> dict[UUID, list[str]]:
        found: dict[UUID, list[str]] = {}
        for line in self.lines:
            if line.serials:
                found.setdefault(line.sku_id, []).extend(line.serials)
        return found

    def pieces(self) -> dict[UUID, int]:
        pieces: dict[UUID, int] = {}
        for line in self.lines:
            pieces[line.sku_id] = pieces.get(line.sku_id, 0) + line.quantity
        return pieces


class PosSaleIn(PosSaleOfIn):
    warehouse_id: UUID = Field(description="The store.")
    channel_id: UUID = Field(description="A channel of kind `point_of_sale`.")

    def sale(self) -> NewPosSale:
        return NewPosSale(
            warehouse_id=self.warehouse_id,
            channel_id=self.channel_id,
            number=self.number,
            sold_at=self.sold_at,
            pieces=self.pieces(),
            serials=self.serials(),
        )


class PosUploadIn(Input):
    """Sales that were made while the till was offline."""

    warehouse_id: UUID
    channel_id: UUID
    sales: Annotated[list[PosSaleOfIn], Field(min_length=1, max_length=100)]

    def all(self) -> list[NewPosSale]:
        return [
            NewPosSale(
                warehouse_id=self.warehouse_id,
                channel_id=self.channel_id,
                number=each.number,
                sold_at=each.sold_at,
                pieces=each.pieces(),
                serials=each.serials(),
                is_offline=True,
            )
            for each in self.sales
        ]


class PosLineOut(Output):
    sku_id: UUID
    quantity: int
    short: int = Field(description="Pieces that were sold and not free on the shelf.")
    unfit: int = Field(description="Pieces of batches that could not be sold on that day.")
    serials: list[str]


class PosSaleOut(Output):
    id: UUID
    created_at: datetime
    number: str
    warehouse_id: UUID
    channel_id: UUID
    till_number: str
    sold_at: datetime
    is_offline: bool
    is_short: bool = Field(description="Pieces were sold that orders were promised: count them.")
    is_unfit: bool = Field(description="Pieces were sold that had expired or were kept back.")
    state: PosSaleState
    sold_by: str
    undone_by: str | None
    undone_at: datetime | None
    reason: str | None
    lines: list[PosLineOut]


class UploadedOut(Output):
    number: str
    is_new: bool = Field(description="False for one that was known, or was refused.")
    sale: PosSaleOut | None
    problem: str | None = Field(description="Why it was refused, such as `unknown-stock`.")
    detail: str | None

    @classmethod
    def of(cls, done: Uploaded) -> Self:
        sale: Any = None if done.sale is None else dict(done.sale)
        return cls(
            number=done.number,
            is_new=done.is_new,
            sale=None if sale is None else PosSaleOut.model_validate(sale),
            problem=None if done.refusal is None else done.refusal.slug,
            detail=None if done.refusal is None else str(done.refusal),
        )


class AllUploadedOut(Output):
    items: list[UploadedOut]


class UndoIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=500)]


class ShareRowIn(Input):
    sku_id: UUID
    leaves: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
        default=0, description="The last pieces, which the channel leaves to the others."
    )
    share_bps: BasisPoints = Field(
        default=10_000, description="Its part of what is free, in basis points."
    )


class SharesIn(Input):
    """What a channel may promise of SKUs in a warehouse; 0 and 10000 is all there is."""

    warehouse_id: UUID
    rows: Annotated[list[ShareRowIn], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def require_each_once(self) -> Self:
        if len({row.sku_id for row in self.rows}) != len(self.rows):
            raise ValueError("A SKU is named twice")
        return self

    def shares(self) -> dict[UUID, Share]:
        return {row.sku_id: Share(row.leaves, row.share_bps) for row in self.rows}


class ShareOut(Output):
    sku_id: UUID
    warehouse_id: UUID
    leaves: int
    share_bps: int


class SharesOut(Output):
    items: list[ShareOut]
