"""Carriers merchants ship with."""

from typing import Annotated

from fastapi import Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import ReaderDep
from app.routers.identity import get_merchant
from app.schemas.orders.carriers import OwnCarrierOut, OwnCarriersOut
from app.services import orders

router = Router(tags=["shipping"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]


@router.get("/carriers")
async def list_carriers(actor: Reader, session: ReaderDep) -> OwnCarriersOut:
    """Carriers your parcels may name, by code: everybody's and your own."""
    if actor.merchant_id is None:
        raise WrongAudience("The key belongs to no merchant")
    rows = await orders.carriers.own_carriers(session, actor.merchant_id)
    return OwnCarriersOut(items=[OwnCarrierOut.model_validate(each) for each in rows])
