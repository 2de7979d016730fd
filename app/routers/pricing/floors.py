"""Pages of floors."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.routers.deps import KeysetQuery
from app.routers.pages import Position, unknown_cursor
from app.schemas.base import Page
from app.schemas.price_policies import PriceFloorOut

SORT = "price_floors"


def position_of(keyset: KeysetQuery) -> tuple[UUID, str] | None:
    """The SKU and currency a page starts after. Raises what an unknown cursor is refused with."""
    position = keyset.after(SORT)
    if position is None:
        return None
    if not isinstance(position.key, str):
        raise unknown_cursor()
    return position.id, position.key


def page_of_floors(rows: Sequence[Any], limit: int) -> Page[PriceFloorOut]:
    """A page from one row more than it holds."""
    items = [PriceFloorOut.model_validate(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items=items, next_after=None)
    return Page(
        items=items,
        next_after=Position(SORT, items[-1].currency, UUID(str(items[-1].sku_id))).encode(),
    )
