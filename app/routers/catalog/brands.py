"""Brands, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.taxonomy import BrandIn, BrandOut, BrandPatch
from app.services import catalog

router = Router(prefix="/brands", tags=["catalog"])

EDITS = (NotFound, StaleVersion, PreconditionRequired)


@router.get("")
async def list_brands(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    initial: Annotated[str | None, Query(max_length=8)] = None,
    is_active: bool | None = None,
) -> Page[BrandOut]:
    """Brands, newest first."""
    found = await catalog.list_brands(
        session, initial=initial, is_active=is_active, after=page.after, limit=page.limit
    )
    return Page[BrandOut].model_validate(found)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists))
async def create_brand(
    body: BrandIn, actor: Writer, session: SessionDep, response: Response
) -> BrandOut:
    """Add a brand."""
    row = await catalog.create_brand(session, body.model_dump(), actor=actor)
    put_etag(response, row.version)
    return BrandOut.model_validate(row)


@router.get("/{brand_id}", responses=problems(NotFound))
async def get_brand(
    brand_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BrandOut:
    """One brand."""
    row = await catalog.get_brand(session, brand_id)
    put_etag(response, row.version)
    return BrandOut.model_validate(row)


@router.patch("/{brand_id}", responses=problems(*EDITS, AlreadyExists))
async def edit_brand(
    brand_id: UUID,
    body: BrandPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> BrandOut:
    """Change a brand."""
    row = await catalog.edit_brand(session, brand_id, body.changes(), version=version, actor=actor)
    put_etag(response, row.version)
    return BrandOut.model_validate(row)


@router.delete(
    "/{brand_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(*EDITS, catalog.BrandInUse),
)
async def delete_brand(
    brand_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Delete a brand that no product carries."""
    await catalog.delete_brand(session, brand_id, version=version, actor=actor)
