"""What goods cost everybody over time, as staff see it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference
from app.routers.declared import Router
from app.routers.deps import KeysetDep, KeysetQuery, Position, ReaderDep
from app.routers.identity import get_staff
from app.routers.pages import unknown_cursor
from app.routers.problems import problems
from app.schemas.base import Code
from app.schemas.price_explanations import PresentPriceOut, PriceSpanOut, PriceTimelineOut
from app.services import catalog, pricing

router = Router(prefix="/price-timelines", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
SORT = "price_timeline"


@router.get("/{sku_id}", responses=problems(InvalidReference))
async def get_price_timeline(
    sku_id: UUID,
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    channel: Annotated[Code | None, Query(description="Null: the default channel.")] = None,
) -> PriceTimelineOut:
    """What one piece of a SKU costs everybody in a channel, and cost before.

    `present.lowest_before_minor` is what a reduction is told against.
    """
    found = await catalog.channel(session, channel)
    present = await pricing.present_price(session, sku_id, channel=found)
    rows = await pricing.price_timeline(
        session, sku_id, channel=found, before=_before(keyset), limit=keyset.limit + 1
    )
    items = [PriceSpanOut.model_validate(row) for row in rows[: keyset.limit]]
    after = None
    if len(rows) > keyset.limit:
        after = Position(SORT, items[-1].valid_from.isoformat(), sku_id).encode()
    return PriceTimelineOut(
        currency=found.currency,
        present=PresentPriceOut.model_validate(present) if present else None,
        items=items,
        next_after=after,
    )


def _before(keyset: KeysetQuery) -> datetime | None:
    position = keyset.after(SORT)
    if position is None:
        return None
    try:
        return datetime.fromisoformat(str(position.key))
    except ValueError:
        raise unknown_cursor() from None
