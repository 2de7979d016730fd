"""Who may read and write the catalog."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from app.core.actor import Actor, Unauthenticated
from app.core.enums.scopes import Scope
from app.routers.identity import get_merchant, get_staff

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.CATALOG_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.CATALOG_WRITE])]
MerchantReader = Annotated[Actor, Security(get_merchant, scopes=[Scope.CATALOG_READ])]
MerchantWriter = Annotated[Actor, Security(get_merchant, scopes=[Scope.CATALOG_WRITE])]


def tenant(actor: Actor) -> UUID:
    """The merchant whose key was sent; nothing of anybody else is found."""
    if actor.merchant_id is None:
        raise Unauthenticated("Send a merchant's API key")
    return actor.merchant_id
