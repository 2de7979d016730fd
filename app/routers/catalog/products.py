"""Products, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.enums.catalog import ProductStatus
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.generate import GeneratedOut, GenerateSkusIn
from app.schemas.catalog.products import (
    AdminProductIn,
    AdminProductOut,
    ProductActionIn,
    ProductPatch,
)
from app.services import catalog, merchants, pricing

router = Router(prefix="/products", tags=["catalog"])

EDITS = (NotFound, StaleVersion, PreconditionRequired)
REFUSALS = (InvalidReference, catalog.InvalidAttributes, catalog.InvalidOptions)


@router.get("")
async def list_products(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    *,
    merchant_id: UUID | None = None,
    status: ProductStatus | None = None,
    category_id: UUID | None = None,
    brand_id: UUID | None = None,
    q: Annotated[
        str | None, Query(min_length=1, max_length=200, description="In the name or code.")
    ] = None,
) -> Page[AdminProductOut]:
    """Products of every merchant, newest first."""
    wanted = catalog.ProductFilter(
        merchant_id=merchant_id, status=status, category_id=category_id, brand_id=brand_id, text=q
    )
    found = await catalog.list_products(session, wanted, after=page.after, limit=page.limit)
    return Page[AdminProductOut].model_validate(found)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists, NotFound, *REFUSALS)
)
async def create_product(
    body: AdminProductIn, actor: Writer, session: SessionDep, response: Response
) -> AdminProductOut:
    """Start a product as a draft."""
    if body.merchant_id is None:
        owner = await merchants.ensure_platform(session)
    else:
        owner = await merchants.get_merchant(session, body.merchant_id)
    row = await catalog.create_product(
        session, body.model_dump(exclude={"merchant_id"}), merchant_id=owner.id, actor=actor
    )
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)


@router.get("/{product_id}", responses=problems(NotFound))
async def get_product(
    product_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> AdminProductOut:
    """One product."""
    row = await catalog.get_product(session, product_id, merchant_id=None)
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
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminProductOut:
    """Change a product that is not archived."""
    row = await catalog.edit_product(
        session, product_id, body.changes(), merchant_id=None, version=version, actor=actor
    )
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)


@router.post(
    "/{product_id}/skus/generate",
    responses=problems(
        NotFound,
        AlreadyExists,
        InvalidReference,
        catalog.ProductLocked,
        catalog.InvalidOptions,
        catalog.InvalidTemplate,
        catalog.SkuConflicts,
        pricing.BelowSold,
    ),
)
async def generate_skus(
    product_id: UUID, body: GenerateSkusIn, actor: Writer, session: SessionDep
) -> GeneratedOut:
    """Make and change SKUs until the product has one for every wanted combination.

    Sending it again changes nothing. SKUs that exist keep their code and barcode. With `dry_run`
    the answer tells what would happen, conflicts included; without, a conflict refuses the whole
    run. SKUs and prices are written together or not at all.
    """
    for rule in body.prices:
        await pricing.get_price_list(session, rule.price_list_id)
    if body.dry_run:
        preview = await catalog.preview_skus(session, product_id, body.command())
        return GeneratedOut.of(preview, body, None)
    made = await catalog.generate_skus(session, product_id, body.command(), actor=actor)
    changed = 0
    for list_id, prices in sorted(made.prices.items()):
        rows = [pricing.PriceRow(sku_id, minor) for sku_id, minor in prices]
        changed += await pricing.set_prices(session, list_id, rows, actor=actor)
    return GeneratedOut.of(made, body, changed)


@router.post(
    "/{product_id}/{action}",
    responses=problems(*EDITS, catalog.IllegalProductTransition, catalog.ProductIncomplete),
)
async def move_product(
    product_id: UUID,
    action: catalog.ProductAction,
    body: ProductActionIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminProductOut:
    """Submit for review, approve, reject, take off sale, put back on, archive or restore.

    A draft is submitted and approved before it is on sale; only then do shoppers see it.
    """
    row = await catalog.move_product(
        session,
        product_id,
        action,
        merchant_id=None,
        version=version,
        actor=actor,
        reason=body.reason,
    )
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)
