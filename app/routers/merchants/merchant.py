"""What a merchant's system may know about itself."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor, Unauthenticated
from app.core.enums.scopes import Scope
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep
from app.routers.identity import KeyDep, get_merchant
from app.routers.pages import page_of
from app.schemas.base import Page
from app.schemas.merchants import ApiKeyOut, MerchantOut
from app.services import merchants

router = Router(tags=["merchant"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.MERCHANTS_READ])]


@router.get("/me")
async def get_own_merchant(actor: KeyDep, session: ReaderDep) -> MerchantOut:
    """The merchant this key belongs to."""
    row = await merchants.get_merchant(session, _merchant_id(actor))
    return MerchantOut.model_validate(row)


@router.get("/api-keys")
async def list_own_api_keys(actor: Reader, page: PageDep, session: ReaderDep) -> Page[ApiKeyOut]:
    """Your keys, newest first, ended ones too."""
    rows = await merchants.list_keys(
        session, _merchant_id(actor), after=page.after, limit=page.limit
    )
    return page_of(rows, page.limit, ApiKeyOut)


def _merchant_id(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise Unauthenticated("Send an API key")
    return actor.merchant_id
