"""Facts inventory publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.enums.inventory import FindingKind, StockGrade
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

    Told once, and anew when the difference has become another one.
    """

    name: ClassVar[str] = "inventory.difference_found.v1"

    finding_id: UUID
    kind: FindingKind
    grade: StockGrade
    expected: int
    found: int
