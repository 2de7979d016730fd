"""Facts pricing publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesChanged(Event):
    """Prices of these SKUs changed on a list; what they are now is read from it."""

    name: ClassVar[str] = "pricing.prices_changed.v1"

    price_list_id: UUID
    sku_ids: tuple[UUID, ...]

    @property
    @override
    def ordering_key(self) -> str:
        return f"price_list:{self.price_list_id}"
