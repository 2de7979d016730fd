"""A merchant's own products. Those of others are not found."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.enums.catalog import ProductStatus
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import MerchantReader, MerchantWriter, tenant
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.products import (
    AdminProductOut,
    AdminSkuOut,
    ProductActionIn,
    ProductIn,
    ProductPatch,
    SkuIn,
)
from app.services import catalog

router = Router(prefix="/products", tags=["catalog"])

EDITS = (NotFound, StaleVersion, PreconditionRequired)
REFUSALS = (InvalidReference, catalog.InvalidAttributes, catalog.InvalidOptions)


@router.get("")
async def list_products(
    actor: MerchantReader,
    page: PageDep,
    session: ReaderDep,
    status: ProductStatus | None = None,
    q: Annotated[
        str | None, Query(min_length=1, max_length=200, description="In the name or code.")
    ] = None,
) -> Page[AdminProductOut]:
    """Your products, newest first."""
    wanted = catalog.ProductFilter(merchant_id=tenant(actor), status=status, text=q)
    found = await catalog.list_products(session, wanted, after=page.after, limit=page.limit)
    return Page[AdminProductOut].model_validate(found)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists, *REFUSALS))
async def create_product(
    body: ProductIn, actor: MerchantWriter, session: SessionDep, response: Response
) -> AdminProductOut:
    """Start a product as a draft."""
    row = await catalog.create_product(
        session, body.model_dump(), merchant_id=tenant(actor), actor=actor
    )
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)


@router.get("/{product_id}", responses=problems(NotFound))
async def get_product(
    product_id: UUID, actor: MerchantReader, session: ReaderDep, response: Response
) -> AdminProductOut:
    """One of your products."""
    row = await catalog.get_product(session, product_id, merchant_id=tenant(actor))
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)


@router.patch(
    "/{product_id}",
    responses=problems(*EDITS, *REFUSALS, AlreadyExists, catalog.ProductLocked),
)
async def edit_product(
    product_id: UUID,
    body: ProductPatch,
    version: VersionDep,
    actor: MerchantWriter,
    session: SessionDep,
    response: Response,
) -> AdminProductOut:
    """Change one of your drafts."""
    row = await catalog.edit_product(
        session,
        product_id,
        body.changes(),
        merchant_id=tenant(actor),
        version=version,
        actor=actor,
    )
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)


@router.post("/{product_id}/submit", responses=problems(*EDITS, catalog.IllegalProductTransition))
async def submit_product(
    product_id: UUID,
    body: ProductActionIn,
    version: VersionDep,
    actor: MerchantWriter,
    session: SessionDep,
    response: Response,
) -> AdminProductOut:
    """Ask for the review of a draft; while it lasts the product cannot be changed."""
    row = await catalog.move_product(
        session,
        product_id,
        catalog.ProductAction.SUBMIT,
        merchant_id=tenant(actor),
        version=version,
        actor=actor,
        reason=body.reason,
    )
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)


@router.get("/{product_id}/skus", responses=problems(NotFound))
async def list_skus(
    product_id: UUID, actor: MerchantReader, page: PageDep, session: ReaderDep
) -> Page[AdminSkuOut]:
    """SKUs of one of your products, newest first."""
    found = await catalog.list_skus(
        session, product_id, merchant_id=tenant(actor), after=page.after, limit=page.limit
    )
    return Page[AdminSkuOut].model_validate(found)


@router.post(
    "/{product_id}/skus",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, AlreadyExists, catalog.InvalidOptions, catalog.ProductLocked),
)
async def create_sku(
    product_id: UUID, body: SkuIn, actor: MerchantWriter, session: SessionDep, response: Response
) -> AdminSkuOut:
    """Add a SKU to one of your drafts."""
    row = await catalog.create_sku(
        session, product_id, body.model_dump(), merchant_id=tenant(actor), actor=actor
    )
    put_etag(response, row.version)
    return AdminSkuOut.model_validate(row)
