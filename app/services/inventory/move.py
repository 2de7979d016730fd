"""What moves of stock."""

from dataclasses import dataclass
from uuid import UUID

from app.core.enums.inventory import StockGrade


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces of a SKU into (positive) or out of (negative) a warehouse, of one grade.

    `batch_id` names the batch they are of; without it the batches that expire first.
    """

    sku_id: UUID
    warehouse_id: UUID
    quantity: int
    note: str | None = None
    grade: StockGrade = StockGrade.SELLABLE
    batch_id: UUID | None = None
