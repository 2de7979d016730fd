"""How many orders are over: folded once, since what was completed or cancelled stays so.

An order ends at the start of the transaction that ends it. What ended before every transaction
that is open began has ended for everybody, and is added up; the few that ended since are counted.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.order_lists import OrderTab
from app.core.enums.orders import OrderState
from app.repositories.horizon import HORIZON

EVERYBODY: Final = UUID(int=0)
"""Whose counts those of all orders are."""
ENDED_AT: Final[Mapping[OrderTab, str]] = {
    OrderTab.COMPLETED: "completed_at",
    OrderTab.CANCELLED: "cancelled_at",
}
BEFORE_IT_ENDS: Final[Mapping[OrderTab, OrderState]] = {
    OrderTab.COMPLETED: OrderState.OPEN,
    OrderTab.CANCELLED: OrderState.CANCELLING,
}
"""What else the tabs hold: orders that may still change."""
MARK: Final = "(SELECT at FROM order_end_marks)"

_LOCKED = text("SELECT at FROM order_end_marks FOR UPDATE")
_NEXT = text(
    "SELECT least(CAST(:until AS timestamptz), "
    + ", ".join(
        f"(SELECT {at} FROM orders WHERE {at} > :at ORDER BY {at} OFFSET :limit LIMIT 1)"
        for at in ENDED_AT.values()
    )
    + ")"
)
_MOVE = text("UPDATE order_end_marks SET at = :at")


def ends(condition: str) -> str:
    """Whose orders ended how, one row each; `condition` is about `orders o`, `{at}` its end."""
    return " UNION ALL ".join(
        _of(tab, f"o.state = '{tab}' AND {condition.format(at=f'o.{at}')}")
        for tab, at in ENDED_AT.items()
    )


def _of(tab: str, is_over: str) -> str:
    """Everybody's orders of a tab, and each merchant's that were paid, once an order."""
    return f"""
        SELECT CAST('{EVERYBODY}' AS uuid) AS of_id, '{tab}' AS tab FROM orders o WHERE {is_over}
        UNION ALL
        SELECT d.merchant_id, '{tab}' FROM (
            SELECT DISTINCT o.id, f.merchant_id
            FROM orders o JOIN fulfilments f ON f.order_id = o.id
            WHERE {is_over} AND o.paid_at IS NOT NULL) d
    """


def _added(condition: str) -> str:
    return f"""
        INSERT INTO order_end_counts (of_id, tab, orders)
        SELECT of_id, tab, count(*) FROM ({ends(condition)}) e GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (of_id, tab) DO UPDATE SET orders = order_end_counts.orders + excluded.orders
    """


_FOLD = text(_added("{at} > :at AND {at} <= :until"))
_FOLD_PAST = text(_added(f"o.id = ANY(:ids) AND {{at}} <= {MARK}"))


class EndedRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fold(self, limit: int) -> bool:
        """Add up the next that ended, about `limit` of each kind; whether there may be more.

        Whoever else would do so waits until commit.
        """
        at: datetime = (await self._session.execute(_LOCKED)).scalar_one()
        until: datetime = (await self._session.execute(HORIZON)).scalar_one()
        values = {"at": at, "until": until, "limit": limit}
        following: datetime = (await self._session.execute(_NEXT, values)).scalar_one()
        if following <= at:
            return False
        await self._session.execute(_FOLD, {"at": at, "until": following})
        await self._session.execute(_MOVE, {"at": following})
        return following < until

    async def fold_past(self, ids: Collection[UUID]) -> None:
        """Add orders that came in with an end before what is added up already."""
        await self._session.execute(_LOCKED)
        await self._session.execute(_FOLD_PAST, {"ids": list(ids)})
