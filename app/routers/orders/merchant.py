"""Orders, as the systems of merchants see them: their own part of what is paid."""

from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep
from app.routers.identity import get_merchant
from app.routers.orders.answers import document
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders import MerchantOrderOut
from app.services import orders

router = Router(prefix="/orders", tags=["orders"])

OrdersReader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]


@router.get("", response_model=Page[MerchantOrderOut])
async def list_orders(page: PageDep, actor: OrdersReader, session: ReaderDep) -> Response:
    """Paid orders you ship something of, newest first."""
    return document(
        await orders.list_merchant_orders(
            session, merchant_id=_merchant(actor), after=page.after, limit=page.limit
        )
    )


@router.get("/{order_id}", response_model=MerchantOrderOut, responses=problems(NotFound))
async def get_order(order_id: UUID, actor: OrdersReader, session: ReaderDep) -> Response:
    """Your part of a paid order."""
    return document(
        await orders.get_merchant_order(session, order_id, merchant_id=_merchant(actor))
    )


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
