"""Pages of stock, whose rows are told apart by SKU and warehouse."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.routers.pages import Position, unknown_cursor
from app.schemas.base import Page
from app.schemas.inventory import LowStockOut, StockOut

SORT = "stock"


def after_pair(position: Position | None) -> tuple[UUID, UUID] | None:
    """The SKU and warehouse a page ended with."""
    if position is None:
        return None
    try:
        return UUID(str(position.key)), position.id
    except ValueError as error:
        raise unknown_cursor() from error


def low_page(rows: Sequence[Any], limit: int) -> Page[LowStockOut]:
    """As `stock_page`, of what runs low."""
    items = [LowStockOut.model_validate(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items=items, next_after=None)
    last = items[-1]
    return Page(
        items=items,
        next_after=Position(SORT, str(last.sku_id), UUID(str(last.warehouse_id))).encode(),
    )


def stock_page(rows: Sequence[Any], limit: int) -> Page[StockOut]:
    """The first `limit` rows; a row beyond them says that there is a next page."""
    items = [StockOut.model_validate(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items=items, next_after=None)
    last = items[-1]
    return Page(
        items=items,
        next_after=Position(SORT, str(last.sku_id), UUID(str(last.warehouse_id))).encode(),
    )
