"""The points mall: goods shoppers can have for points."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from app.core.errors import InvalidReference, NotFound
from app.routers.catalog.browse import ChannelDep
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep
from app.routers.problems import problems
from app.schemas.base import Page, WholeNumber
from app.schemas.exchange import MAX_POINTS, ExchangeGoodOut
from app.services import catalog, inventory, pricing

router = Router(prefix="/exchange", tags=["pricing"])

MaxPoints = Annotated[
    WholeNumber | None,
    Query(ge=1, le=MAX_POINTS, description="Only goods of at most so many points."),
]


@router.get("", responses=problems(InvalidReference))
async def list_exchange_goods(
    channel: ChannelDep,
    page: PageDep,
    resources: ResourcesDep,
    session: ReaderDep,
    max_points: MaxPoints = None,
) -> Page[ExchangeGoodOut]:
    """Goods that can be had for points now, the newest offer first."""
    facts = await catalog.channel(session, channel)
    rows = await pricing.exchange_goods(
        session,
        facts,
        point_value_minor=resources.settings.points.value_minor,
        max_points=max_points,
        after=page.after,
        limit=page.limit + 1,
    )
    shown = rows[: page.limit]
    return Page(
        items=await _goods(session, shown, facts.id),
        next_after=str(shown[-1].id) if len(rows) > page.limit else None,
    )


@router.get("/{offer_id}", responses=problems(NotFound, InvalidReference))
async def get_exchange_good(
    offer_id: UUID, channel: ChannelDep, resources: ResourcesDep, session: ReaderDep
) -> ExchangeGoodOut:
    """One of the goods that can be had for points now."""
    facts = await catalog.channel(session, channel)
    row = await pricing.exchange_good(
        session, offer_id, facts, point_value_minor=resources.settings.points.value_minor
    )
    return (await _goods(session, [row], facts.id))[0]


async def _goods(
    session: ReaderDep, rows: Sequence[Any], channel_id: UUID
) -> list[ExchangeGoodOut]:
    """What is left of an offer is worth no more than what is left of the goods."""
    stock = await inventory.available(session, [row.sku_id for row in rows], channel_id)
    return [
        ExchangeGoodOut.model_validate(
            row._asdict()
            | {
                "available": max(
                    0, stock[row.sku_id] if row.left is None else min(stock[row.sku_id], row.left)
                )
            }
        )
        for row in rows
    ]
