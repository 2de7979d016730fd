"""Whoever works at the desk: looks at what there is, and chooses by a lot."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.core.actor import Actor
from tests.property.order_desk import OrderDesk

Act = Callable[[], Awaitable[object]]


class Hands:
    """Methods look at what there is and return what to do, or nothing."""

    def __init__(self, desk: OrderDesk) -> None:
        self.desk = desk

    @property
    def clerk(self) -> Actor:
        return self.desk.clerks[0]

    async def one(self, lot: int, statement: str) -> Any:
        """One of the rows; of the first two, as a rule, which come first because it fits them."""
        rows: Sequence[Any] = await self.desk.rows(statement)
        among = len(rows) if lot % 5 == 0 else min(len(rows), 2)
        return rows[lot % among] if rows else None

    async def order(self, lot: int, where: str = "true") -> Any:
        return await self.one(lot, f"SELECT * FROM orders WHERE {where} ORDER BY id")
