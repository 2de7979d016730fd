"""Lists of returns, scoped to whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience, WrongAudience
from app.core.enums.after_sales import ReturnKind, ReturnState
from app.core.errors import NotFound
from app.repositories.orders import AfterSalesRepository
from app.services.orders.after_sales.follow import may_know, return_row


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFilter:
    """None does not filter; `is_open` keeps those that are not over."""

    state: ReturnState | None = None
    kind: ReturnKind | None = None
    order_id: UUID | None = None
    merchant_id: UUID | None = None
    member_id: UUID | None = None
    number: str | None = None
    is_open: bool | None = None


async def list_returns(
    session: AsyncSession,
    wanted: ReturnFilter,
    *,
    actor: Actor,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """One more than `limit`, newest first; shoppers and merchants see their own."""
    values = {name: getattr(wanted, name) for name in ReturnFilter.__dataclass_fields__}
    if actor.audience is Audience.STOREFRONT:
        values["member_id"] = actor.id
    if actor.audience is Audience.MERCHANT:
        if actor.merchant_id is None:
            raise WrongAudience("The caller is no merchant")
        values["merchant_id"] = actor.merchant_id
    return await AfterSalesRepository(session).page(after=after, limit=limit + 1, **values)


async def get_return(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """One return. Raises `NotFound`."""
    found = await return_row(session, return_id)
    if not may_know(found, actor):
        raise NotFound("No such return")
    return found
