"""SKUs and media of products, as staff keep them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.enums.catalog import SkuStatus
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.products import (
    AdminMediaOut,
    MediaIn,
    MediaListOut,
    SkuPatch,
    StaffSkuIn,
    StaffSkuOut,
)
from app.services import catalog

router = Router(tags=["catalog"])

EDITS = problems(NotFound, StaleVersion, PreconditionRequired, catalog.ProductLocked)


@router.get("/products/{product_id}/skus", responses=problems(NotFound))
async def list_skus(
    product_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[StaffSkuOut]:
    """SKUs of a product, newest first."""
    found = await catalog.list_skus(
        session, product_id, merchant_id=None, after=page.after, limit=page.limit
    )
    return Page[StaffSkuOut].model_validate(found)


@router.post(
    "/products/{product_id}/skus",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, AlreadyExists, catalog.InvalidOptions, catalog.ProductLocked),
)
async def create_sku(
    product_id: UUID, body: StaffSkuIn, actor: Writer, session: SessionDep, response: Response
) -> StaffSkuOut:
    """Add a SKU that chooses one value of every option of the product."""
    row = await catalog.create_sku(
        session, product_id, body.model_dump(), merchant_id=None, actor=actor
    )
    put_etag(response, row.version)
    return StaffSkuOut.model_validate(row)


@router.get("/skus/{sku_id}", responses=problems(NotFound))
async def get_sku(
    sku_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> StaffSkuOut:
    """One SKU."""
    row = await catalog.get_sku(session, sku_id, merchant_id=None)
    put_etag(response, row.version)
    return StaffSkuOut.model_validate(row)


@router.patch("/skus/{sku_id}", responses=EDITS)
async def edit_sku(
    sku_id: UUID,
    body: SkuPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> StaffSkuOut:
    """Change name, barcode, weight or cost. Code and options of a SKU stay as they are."""
    row = await catalog.edit_sku(
        session, sku_id, body.changes(), merchant_id=None, version=version, actor=actor
    )
    put_etag(response, row.version)
    return StaffSkuOut.model_validate(row)


@router.post("/skus/{sku_id}/activate", responses=EDITS)
async def activate_sku(
    sku_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> StaffSkuOut:
    """Let it be bought again."""
    row = await catalog.set_sku_status(
        session, sku_id, SkuStatus.ACTIVE, merchant_id=None, version=version, actor=actor
    )
    put_etag(response, row.version)
    return StaffSkuOut.model_validate(row)


@router.post("/skus/{sku_id}/deactivate", responses=EDITS)
async def deactivate_sku(
    sku_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> StaffSkuOut:
    """Stop selling it. Orders that hold it are not touched."""
    row = await catalog.set_sku_status(
        session, sku_id, SkuStatus.INACTIVE, merchant_id=None, version=version, actor=actor
    )
    put_etag(response, row.version)
    return StaffSkuOut.model_validate(row)


@router.get("/products/{product_id}/media", responses=problems(NotFound))
async def list_media(product_id: UUID, actor: Reader, session: ReaderDep) -> MediaListOut:
    """Pictures and films of a product and its SKUs in display order."""
    rows = await catalog.list_media(session, product_id, merchant_id=None)
    return MediaListOut(items=[AdminMediaOut.model_validate(row) for row in rows])


@router.post(
    "/products/{product_id}/media",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, InvalidReference, catalog.ProductLocked, catalog.TooManyMedia),
)
async def add_media(
    product_id: UUID, body: MediaIn, actor: Writer, session: SessionDep
) -> AdminMediaOut:
    """Add a picture or film by its address. The service never fetches it."""
    row = await catalog.add_media(
        session, product_id, body.model_dump(), merchant_id=None, actor=actor
    )
    return AdminMediaOut.model_validate(row)


@router.delete(
    "/products/{product_id}/media/{media_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, catalog.ProductLocked),
)
async def remove_media(
    product_id: UUID, media_id: UUID, actor: Writer, session: SessionDep
) -> None:
    """Take a picture or film off the product."""
    await catalog.remove_media(session, product_id, media_id, merchant_id=None, actor=actor)
