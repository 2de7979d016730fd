"""Facts inventory publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.enums.inventory import AlertKind, FindingKind, StockGrade
from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEvent(Event):
    """Something about a SKU in a warehouse."""

    sku_id: UUID
    warehouse_id: UUID

    @property
    @override
    def ordering_key(self) -> str:
        return f"stock:{self.sku_id}:{self.warehouse_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceFound(StockEvent):
    """Counts do not agree: `expected` follows from what was written down, `found` is there.

    Told once, and anew when the difference has become another one. What a till sold that could not
    be sold is a difference of so many `found` pieces from none.
    """

    name: ClassVar[str] = "inventory.difference_found.v1"

    finding_id: UUID
    kind: FindingKind
    grade: StockGrade
    expected: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LowStock(StockEvent):
    """No more is free than `threshold`. Told once, until there was more and it came down again.

    `available` is what was free; `days_of_cover` how long that lasts, null where nothing was sold.
    """

    name: ClassVar[str] = "inventory.low_stock.v1"

    alert_id: UUID
    available: int
    threshold: int
    days_of_cover: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAlerted(StockEvent):
    """There is more than `threshold` pieces, or none was sold for `threshold` days; told once."""

    name: ClassVar[str] = "inventory.stock_alerted.v1"

    alert_id: UUID
    kind: AlertKind
    available: int
    threshold: int
    days_of_cover: int | None
