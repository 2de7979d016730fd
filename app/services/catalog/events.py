"""Facts the catalog publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.enums.catalog import ProductStatus
from app.core.events import Event
from app.services.catalog.engine.lifecycle import ProductAction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductMoved(Event):
    """A product was submitted, approved, rejected, taken off sale…; `status` is what it is now."""

    name: ClassVar[str] = "catalog.product_moved.v1"

    product_id: UUID
    product_code: str
    merchant_id: UUID
    action: ProductAction
    status: ProductStatus

    @property
    @override
    def ordering_key(self) -> str:
        return f"product:{self.product_id}"
