"""Views: filters of the order list that staff name and keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.order_lists import OrderSort
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.order_views import OrderView
from app.repositories.orders import OrderFilter
from app.repositories.orders.views import ViewRepository
from app.services import system
from app.services.orders.centre.lists import require_currency

_FILTER: Final = TypeAdapter(OrderFilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewTerms:
    """What may be said of a view."""

    name: str
    is_shared: bool
    is_default: bool
    sort: OrderSort
    wanted: OrderFilter


async def create_view(session: AsyncSession, terms: ViewTerms, *, actor: Actor) -> OrderView:
    """A view of the actor's own. Raises `AlreadyExists` and `CurrencyNeeded`."""
    row = OrderView(id=new_id(), staff_id=actor.id, version=1)
    row = await _save(session, row, terms)
    await system.record(session, actor, "orders.create_view", "order_view", row.id)
    return row


async def edit_view(
    session: AsyncSession, view_id: UUID, terms: ViewTerms, *, version: int, actor: Actor
) -> OrderView:
    """Replace an own view. Raises `NotFound`, `StaleVersion`, `AlreadyExists`, `CurrencyNeeded`."""
    row = await _own(session, view_id, version, actor)
    row.version += 1
    row.updated_at = now()
    row = await _save(session, row, terms)
    await system.record(session, actor, "orders.edit_view", "order_view", row.id)
    return row


async def delete_view(session: AsyncSession, view_id: UUID, *, version: int, actor: Actor) -> None:
    """Delete an own view. Raises `NotFound` and `StaleVersion`."""
    row = await _own(session, view_id, version, actor)
    await ViewRepository(session).delete(row)
    await system.record(session, actor, "orders.delete_view", "order_view", view_id)


async def list_views(
    session: AsyncSession, *, actor: Actor, after: UUID | None, limit: int
) -> Sequence[OrderView]:
    """The actor's own views and those others share, newest first."""
    return await ViewRepository(session).page(actor.id, after=after, limit=limit)


async def get_view(session: AsyncSession, view_id: UUID, *, actor: Actor) -> OrderView:
    """Raises `NotFound`, also for what others do not share."""
    row = await ViewRepository(session).seen(actor.id, view_id)
    if row is None:
        raise NotFound("No such view")
    return row


async def through_view(
    session: AsyncSession, view_id: UUID | None, more: OrderFilter, *, actor: Actor
) -> tuple[OrderFilter, OrderSort]:
    """The filter of a view with what is asked for beside it, which wins; and its sort.

    Without a view just what is asked for. Raises `NotFound`.
    """
    if view_id is None:
        return more, OrderSort.NEWEST
    found = await ViewRepository(session).wanted_of(actor.id, view_id)
    if found is None:
        raise NotFound("No such view")
    wanted, sort = found
    return _FILTER.validate_python(wanted | stored(more)), OrderSort(sort)


def stored(wanted: OrderFilter) -> dict[str, Any]:
    """A filter as it is kept: what filters, by name, as JSON has it."""
    kept: Mapping[str, Any] = _FILTER.dump_python(wanted, mode="json")
    return {name: value for name, value in kept.items() if value is not None}


async def _own(session: AsyncSession, view_id: UUID, version: int, actor: Actor) -> OrderView:
    row = await ViewRepository(session).own(actor.id, view_id)
    if row is None:
        raise NotFound("No such view of yours")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row


async def _save(session: AsyncSession, row: OrderView, terms: ViewTerms) -> OrderView:
    require_currency(terms.wanted, terms.sort)
    repository = ViewRepository(session)
    if terms.is_default:
        await repository.no_default(row.staff_id, but=row.id)
    row.name, row.sort = terms.name, terms.sort
    row.is_shared, row.is_default = terms.is_shared, terms.is_default
    row.wanted = stored(terms.wanted)
    try:
        return await repository.save(row)
    except IntegrityError as error:
        field = "is_default" if "uq_order_views_default" in str(error.orig) else "name"
        raise AlreadyExists("You have such a view", field=field) from error
