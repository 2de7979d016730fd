"""Pages of orders as JSON text, and how many orders wait for what."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.order_lists import OrderSort, OrderTab
from app.repositories.orders.documents import MERCHANT, card
from app.repositories.orders.ended import BEFORE_IT_ENDS, ENDED_AT, EVERYBODY, MARK
from app.repositories.orders.filters import (
    MERCHANT_TABS,
    OWN_PART,
    OWN_SKU,
    TABS,
    OrderFilter,
    conditions_of,
)

COUNTED: Final = 1_000
"""Counted to here; more are told as more: a badge needs no more, and statistics know the rest."""


class Counted(NamedTuple):
    """How many orders there are; without `is_exact` there are more."""

    orders: int
    is_exact: bool


class Listed(NamedTuple):
    """An order of a page: its place in the list, and its document."""

    id: UUID
    key: int
    document: str


_SORTS: Final = {
    OrderSort.NEWEST: ("o.id DESC", "o.id < :after_id"),
    OrderSort.OLDEST: ("o.id", "o.id > :after_id"),
    OrderSort.HIGHEST: (
        "o.payable_minor DESC, o.id DESC",
        "(o.payable_minor, o.id) < (:after_key, :after_id)",
    ),
    OrderSort.LOWEST: (
        "o.payable_minor, o.id",
        "(o.payable_minor, o.id) > (:after_key, :after_id)",
    ),
}
_BY_ID: Final = (OrderSort.NEWEST, OrderSort.OLDEST)
_NAMED: Final = (
    "(o.number = :looked_for OR EXISTS (SELECT FROM order_lines l"
    " WHERE l.order_id = o.id AND l.name ILIKE :like))"
)


class ListReader:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self,
        wanted: OrderFilter,
        *,
        sort: OrderSort,
        after: tuple[int, UUID] | None,
        limit: int,
        is_staff: bool,
        looked_for: str | None = None,
    ) -> Sequence[Listed]:
        """Orders from after a place on. `looked_for` is a number, or part of a product's name."""
        conditions, values = conditions_of(wanted)
        if looked_for is not None:
            conditions.append(_NAMED)
            values |= {"looked_for": looked_for, "like": _contains(looked_for)}
        return await self._read(card(is_staff=is_staff), conditions, values, sort, after, limit)

    async def of_merchant(
        self, merchant_id: UUID, wanted: OrderFilter, *, after: UUID | None, limit: int
    ) -> Sequence[Listed]:
        """Paid orders the merchant ships something of, newest first."""
        conditions, values = _of_merchant(wanted, merchant_id)
        return await self._read(
            MERCHANT,
            conditions,
            values,
            OrderSort.NEWEST,
            (0, after) if after else None,
            limit,
        )

    async def counts(
        self, wanted: OrderFilter, *, merchant_id: UUID | None = None
    ) -> dict[OrderTab, Counted]:
        """How many orders of the filter wait for what, in one statement.

        Above `COUNTED` nothing is counted, but what is over and was added up before, where nothing
        is filtered. With a merchant: of those paid that it ships.
        """
        tabs = TABS
        conditions, values = conditions_of(wanted)
        if merchant_id is not None:
            tabs = MERCHANT_TABS
            conditions, values = _of_merchant(wanted, merchant_id)
        known = {} if wanted.chosen() else ENDED_AT
        counted = [
            f"{_known(tab) if tab in known else 0} AS {tab}_known, (SELECT count(*) FROM ("
            f"{_some(tab, condition, conditions, is_known=tab in known)}) x) AS {tab}"
            for tab, condition in tabs.items()
        ]
        values |= {"of_id": merchant_id or EVERYBODY} if known else {}
        found = await self._session.execute(text(f"SELECT {', '.join(counted)}"), values)
        row = found.mappings().one()
        return {
            tab: Counted(row[f"{tab}_known"] + min(row[tab], COUNTED), row[tab] <= COUNTED)
            for tab in tabs
        }

    async def _read(
        self,
        document: str,
        conditions: list[str],
        values: dict[str, Any],
        sort: OrderSort,
        after: tuple[int, UUID] | None,
        limit: int,
    ) -> Sequence[Listed]:
        """`limit` is written out: a bound one keeps PostgreSQL planning anew."""
        order, beyond = _SORTS[sort]
        if after is not None:
            conditions = [*conditions, beyond]
            values = values | {"after_id": after[1]}
            if sort not in _BY_ID:
                values |= {"after_key": after[0]}
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        found = await self._session.execute(
            text(
                f"SELECT o.id, o.payable_minor, ({document})::text FROM orders o {where}"
                f" ORDER BY {order} LIMIT {int(limit)}"
            ),
            values,
        )
        # The driver's own kind of UUID is none that goes into a cursor.
        return [Listed(UUID(int=row[0].int), row[1], row[2]) for row in found]


def _known(tab: OrderTab) -> str:
    """What is added up already."""
    return (
        "coalesce((SELECT e.orders FROM order_end_counts e"
        f" WHERE e.of_id = :of_id AND e.tab = '{tab}'), 0)"
    )


def _some(tab: OrderTab, condition: str, conditions: list[str], *, is_known: bool) -> str:
    """Orders of a tab, up to what is counted; where some are known, what of it is not."""

    def read(*more: str) -> str:
        where = " AND ".join([*conditions, *more])
        return f"(SELECT FROM orders o WHERE {where} LIMIT {COUNTED + 1})"

    if not is_known:
        return read(condition)
    # Of a span without an end PostgreSQL expects a third of all orders as long as it does not know
    # where it begins, and reads all; of one with an end, few.
    at = f"o.{ENDED_AT[tab]}"
    since = read(f"o.state = '{tab}'", f"{at} > {MARK}", f"{at} < 'infinity'")
    still = read(condition, f"o.state = '{BEFORE_IT_ENDS[tab]}'")
    return f"{since} UNION ALL {still}"


def _of_merchant(wanted: OrderFilter, merchant_id: UUID) -> tuple[list[str], dict[str, Any]]:
    """Conditions by what the merchant itself ships; what others sell is not its business."""
    sku_code = wanted.sku_code
    conditions, values = conditions_of(replace(wanted, sku_code=None), MERCHANT_TABS)
    values["merchant_id"] = merchant_id
    if sku_code is not None:
        conditions.append(OWN_SKU)
        values["own_sku_code"] = sku_code
    return ["o.paid_at IS NOT NULL", OWN_PART, *conditions], values


def _contains(looked_for: str) -> str:
    """A pattern for texts that hold another one, taken to the letter."""
    plain = looked_for.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{plain}%"
