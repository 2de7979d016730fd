"""Exchange offers, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.exchange import ExchangeOfferIn, ExchangeOfferOut, ExchangeOfferPut
from app.services import pricing

router = Router(prefix="/exchange-offers", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]


@router.get("")
async def list_exchange_offers(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[ExchangeOfferOut]:
    """Every offer of goods for points, newest first."""
    rows = await pricing.list_exchange_offers(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, ExchangeOfferOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(InvalidReference, pricing.InvalidPriceList),
)
async def create_exchange_offer(
    body: ExchangeOfferIn, actor: Writer, session: SessionDep, response: Response
) -> ExchangeOfferOut:
    """Offer a SKU for points, with money beside them or without.

    It is open to shoppers while its points and money are worth no more than the list price.
    """
    row = await pricing.create_exchange_offer(
        session,
        body.terms(),
        sku_id=body.sku_id,
        channel_id=body.channel_id,
        currency=body.currency,
        actor=actor,
    )
    put_etag(response, row.version)
    return ExchangeOfferOut.model_validate(row)


@router.get("/{offer_id}", responses=problems(NotFound))
async def get_exchange_offer(
    offer_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> ExchangeOfferOut:
    """One offer and how much of it is taken."""
    row = await pricing.get_exchange_offer(session, offer_id)
    put_etag(response, row.version)
    return ExchangeOfferOut.model_validate(row)


@router.put(
    "/{offer_id}",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, pricing.InvalidPriceList, pricing.BelowSold
    ),
)
async def edit_exchange_offer(
    offer_id: UUID,
    body: ExchangeOfferPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ExchangeOfferOut:
    """Replace the terms of an offer; orders that were placed keep theirs."""
    row = await pricing.edit_exchange_offer(
        session, offer_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return ExchangeOfferOut.model_validate(row)
