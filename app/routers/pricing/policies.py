"""What channels allow of discounts, and floors of goods, as staff keep them."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pricing.floors import page_of_floors, position_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.price_policies import (
    PriceFloorOut,
    PriceFloorsChangedOut,
    PriceFloorsIn,
    PricePolicyOut,
    PricePolicyPut,
)
from app.services import pricing

router = Router(tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]
ChannelOrAll = UUID | Literal["default"]


@router.get("/price-policies/{channel}")
async def get_price_policy(
    channel: ChannelOrAll, actor: Reader, session: ReaderDep, response: Response
) -> PricePolicyOut:
    """What a channel allows of discounts; `default` is what all allow that say nothing else."""
    view = await pricing.price_policy(session, _named(channel))
    put_etag(response, view.version)
    return PricePolicyOut.of(view)


@router.put(
    "/price-policies/{channel}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, pricing.InvalidPricePolicy),
)
async def edit_price_policy(
    channel: ChannelOrAll,
    body: PricePolicyPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PricePolicyOut:
    """Replace what a channel allows. Every quote made after this keeps to it.

    A first policy is set with `If-Match: "0"`.
    """
    view = await pricing.edit_price_policy(
        session, _named(channel), body.terms(), version=version, actor=actor
    )
    put_etag(response, view.version)
    return PricePolicyOut.of(view)


@router.get("/price-floors")
async def list_price_floors(
    actor: Reader, keyset: KeysetDep, session: ReaderDep, sku_id: UUID | None = None
) -> Page[PriceFloorOut]:
    """Floors in order of SKU and currency."""
    rows = await pricing.list_floors(
        session, sku_id=sku_id, after=position_of(keyset), limit=keyset.limit + 1
    )
    return page_of_floors(rows, keyset.limit)


@router.put("/price-floors", responses=problems(pricing.UnknownSkus))
async def set_price_floors(
    body: PriceFloorsIn, actor: Writer, session: SessionDep
) -> PriceFloorsChangedOut:
    """Set up to a thousand floors, all or none; SKUs not named stay as they are.

    No discount takes a piece under its floor; the price itself may be lower.
    """
    changed = await pricing.set_floors(session, [each.row() for each in body.floors], actor=actor)
    return PriceFloorsChangedOut(changed=changed)


def _named(channel: ChannelOrAll) -> UUID | None:
    return channel if isinstance(channel, UUID) else None
