"""Floors of a merchant's own goods. Those of others are not found."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.routers.catalog.callers import tenant
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep, SessionDep
from app.routers.identity import get_merchant
from app.routers.pricing.floors import page_of_floors, position_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.price_policies import PriceFloorOut, PriceFloorsChangedOut, PriceFloorsIn
from app.services import pricing

router = Router(prefix="/price-floors", tags=["pricing"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.PRICING_WRITE])]


@router.get("")
async def list_price_floors(
    actor: Reader, keyset: KeysetDep, session: ReaderDep, sku_id: UUID | None = None
) -> Page[PriceFloorOut]:
    """Floors of your goods in order of SKU and currency."""
    rows = await pricing.list_floors(
        session,
        merchant_id=tenant(actor),
        sku_id=sku_id,
        after=position_of(keyset),
        limit=keyset.limit + 1,
    )
    return page_of_floors(rows, keyset.limit)


@router.put("", responses=problems(pricing.UnknownSkus))
async def set_price_floors(
    body: PriceFloorsIn, actor: Writer, session: SessionDep
) -> PriceFloorsChangedOut:
    """Set floors of your goods, all or none. Nobody's discount goes under a floor."""
    changed = await pricing.set_floors(
        session, [each.row() for each in body.floors], actor=actor, merchant_id=tenant(actor)
    )
    return PriceFloorsChangedOut(changed=changed)
