"""Facts of changes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.orders.events import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(OrderEvent):
    """An order is not what it was when it was placed.

    `fields` are what changed of it: address, note, invoice. `line_ids` and `quantities` go
    together: pieces that are not sent any more, for which `refund_minor` goes back.
    `charged_minor` was paid for it besides.
    """

    name: ClassVar[str] = "orders.changed.v1"

    change_id: UUID
    fields: tuple[str, ...]
    line_ids: tuple[UUID, ...]
    quantities: tuple[int, ...]
    refund_minor: int
    charged_minor: int
    is_by_staff: bool
