"""Price lists and their prices, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import KeysetDep, PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import Position, page_of, unknown_cursor
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.pricing import (
    PriceChangeOut,
    PriceHistoryOut,
    PriceListIn,
    PriceListOut,
    PriceListPut,
    PriceOut,
    PricesChangedOut,
    PricesIn,
)
from app.services import pricing

router = Router(prefix="/price-lists", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]
SORT = "prices"


@router.get("")
async def list_price_lists(actor: Reader, page: PageDep, session: ReaderDep) -> Page[PriceListOut]:
    """Price lists, newest first."""
    rows = await pricing.list_price_lists(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, PriceListOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference, pricing.InvalidPriceList),
)
async def create_price_list(
    body: PriceListIn, actor: Writer, session: SessionDep, response: Response
) -> PriceListOut:
    """Start a price list. The lowest price open to a shopper wins."""
    row = await pricing.create_price_list(
        session,
        body.terms(),
        code=body.code,
        kind=body.kind,
        currency=body.currency,
        actor=actor,
    )
    put_etag(response, row.version)
    return PriceListOut.model_validate(row)


@router.get("/{price_list_id}", responses=problems(NotFound))
async def get_price_list(
    price_list_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PriceListOut:
    """One price list."""
    row = await pricing.get_price_list(session, price_list_id)
    put_etag(response, row.version)
    return PriceListOut.model_validate(row)


@router.put(
    "/{price_list_id}",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, InvalidReference, pricing.InvalidPriceList
    ),
)
async def edit_price_list(
    price_list_id: UUID,
    body: PriceListPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PriceListOut:
    """Replace everything about a list but its code, kind and currency; schedule its window."""
    row = await pricing.edit_price_list(
        session, price_list_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return PriceListOut.model_validate(row)


@router.delete(
    "/{price_list_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, StaleVersion, PreconditionRequired),
)
async def close_price_list(
    price_list_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Take a list out of use; its prices and their history stay."""
    await pricing.close_price_list(session, price_list_id, version=version, actor=actor)


@router.get("/{price_list_id}/prices", responses=problems(NotFound))
async def list_prices(
    price_list_id: UUID,
    actor: Reader,
    keyset: KeysetDep,
    session: ReaderDep,
    sku_id: UUID | None = None,
) -> Page[PriceOut]:
    """Prices of a list in order of SKU and quantity."""
    position = keyset.after(SORT)
    if position is not None and not isinstance(position.key, int):
        raise unknown_cursor()
    rows = await pricing.list_prices(
        session,
        price_list_id,
        sku_id=sku_id,
        after=(position.id, int(position.key or 0)) if position else None,
        limit=keyset.limit + 1,
    )
    items = [PriceOut.model_validate(row) for row in rows[: keyset.limit]]
    if len(rows) <= keyset.limit:
        return Page(items=items, next_after=None)
    last = Position(SORT, items[-1].min_quantity, UUID(str(items[-1].sku_id)))
    return Page(items=items, next_after=last.encode())


@router.put(
    "/{price_list_id}/prices",
    responses=problems(
        NotFound, pricing.UnknownSkus, pricing.BelowSold, pricing.PricesNeedApproval
    ),
)
async def set_prices(
    price_list_id: UUID, body: PricesIn, actor: Writer, session: SessionDep
) -> PricesChangedOut:
    """Set up to a thousand prices of a list, all or none; prices not named stay as they are.

    What falls further than the price policy lets pass is planned instead, for somebody's approval.
    """
    changed = await pricing.change_prices(
        session, price_list_id, [price.row() for price in body.prices], actor=actor
    )
    return PricesChangedOut(changed=changed)


@router.get("/{price_list_id}/prices/{sku_id}/history", responses=problems(NotFound))
async def get_price_history(
    price_list_id: UUID, sku_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> PriceHistoryOut:
    """What a SKU cost on a list, newest change first, and the lowest price of 30 days."""
    rows = await pricing.price_history(
        session, price_list_id, sku_id, after=page.after, limit=page.limit + 1
    )
    lowest = (await pricing.lowest_prices(session, price_list_id, [sku_id]))[sku_id]
    changes = page_of(rows, page.limit, PriceChangeOut)
    return PriceHistoryOut(
        current_minor=lowest.current_minor,
        lowest_minor=lowest.lowest_minor,
        since_at=lowest.since_at,
        items=changes.items,
        next_after=changes.next_after,
    )
