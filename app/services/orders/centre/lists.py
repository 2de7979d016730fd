"""Lists of orders, scoped to whoever asks. Documents are JSON text that PostgreSQL built."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.order_lists import OrderSort, OrderTab
from app.repositories.orders import Counted, EndedRepository, Listed, ListReader, OrderFilter
from app.services.orders.centre.errors import CurrencyNeeded


@dataclass(frozen=True, slots=True)
class TabCount:
    """How many orders a tab holds; where it is not exact there are more."""

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class ListedOrders:
    """A page; `last` is the place of its last order where more follow."""

    documents: Sequence[str]
    last: tuple[int, UUID] | None

    def page(self, next_after: str | None) -> str:
        """The page as JSON, with a text by which to ask for the next one."""
        after = "null" if next_after is None else f'"{next_after}"'
        return f'{{"items":[{",".join(self.documents)}],"next_after":{after}}}'

    def page_by_id(self) -> str:
        """The page as JSON, where the next one is asked for by id."""
        return self.page(str(self.last[1]) if self.last else None)


async def list_orders(
    session: AsyncSession,
    *,
    actor: Actor,
    after: UUID | None,
    limit: int,
    tab: OrderTab | None = None,
    looked_for: str | None = None,
) -> str:
    """A page of the actor's own orders, newest first.

    `looked_for` is the number of one, or part of the name of something in it.
    """
    rows = await ListReader(session).page(
        OrderFilter(member_id=actor.id, tab=tab),
        sort=OrderSort.NEWEST,
        after=(0, after) if after else None,
        limit=limit + 1,
        is_staff=False,
        looked_for=looked_for,
    )
    return _page(rows, limit).page_by_id()


async def search_orders(
    session: AsyncSession,
    wanted: OrderFilter,
    *,
    after: tuple[int, UUID] | None,
    limit: int,
    sort: OrderSort = OrderSort.NEWEST,
) -> ListedOrders:
    """A page of all orders as staff see them. Raises `CurrencyNeeded`."""
    require_currency(wanted, sort)
    rows = await ListReader(session).page(
        wanted, sort=sort, after=after, limit=limit + 1, is_staff=True
    )
    return _page(rows, limit)


async def list_merchant_orders(
    session: AsyncSession,
    wanted: OrderFilter,
    *,
    merchant_id: UUID,
    after: UUID | None,
    limit: int,
) -> str:
    """A page of paid orders the merchant ships something of, newest first."""
    rows = await ListReader(session).of_merchant(merchant_id, wanted, after=after, limit=limit + 1)
    return _page(rows, limit).page_by_id()


async def count_own(session: AsyncSession, *, actor: Actor) -> dict[OrderTab, TabCount]:
    """How many of the actor's orders wait for what."""
    return _told(await ListReader(session).counts(OrderFilter(member_id=actor.id)))


async def count_orders(session: AsyncSession, wanted: OrderFilter) -> dict[OrderTab, TabCount]:
    """How many of the orders staff look for wait for what. Raises `CurrencyNeeded`."""
    require_currency(wanted, OrderSort.NEWEST)
    return _told(await ListReader(session).counts(wanted))


async def count_of_merchant(
    session: AsyncSession, wanted: OrderFilter, *, merchant_id: UUID
) -> dict[OrderTab, TabCount]:
    """How many of the paid orders a merchant ships something of wait for what."""
    return _told(await ListReader(session).counts(wanted, merchant_id=merchant_id))


async def fold_ended(session: AsyncSession, *, limit: int) -> bool:
    """Add up the next orders that are over, for counts to know; whether there may be more."""
    return await EndedRepository(session).fold(limit)


def require_currency(wanted: OrderFilter, sort: OrderSort) -> None:
    """Raise `CurrencyNeeded` where amounts are compared and no currency is named."""
    is_compared = (
        wanted.payable_min is not None
        or wanted.payable_max is not None
        or sort in {OrderSort.HIGHEST, OrderSort.LOWEST}
    )
    if is_compared and wanted.currency is None:
        raise CurrencyNeeded("Name the currency", field="currency")


def _told(counts: dict[OrderTab, Counted]) -> dict[OrderTab, TabCount]:
    return {tab: TabCount(each.orders, is_exact=each.is_exact) for tab, each in counts.items()}


def _page(rows: Sequence[Listed], limit: int) -> ListedOrders:
    """One row more than the limit was read to see whether there is more."""
    shown = rows[:limit]
    last = (shown[-1].key, shown[-1].id) if len(rows) > limit else None
    return ListedOrders([row.document for row in shown], last)
