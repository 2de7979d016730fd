"""Attribute sets and their attributes, as staff keep them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.taxonomy import (
    AttributeIn,
    AttributeOut,
    AttributePatch,
    AttributeSetIn,
    AttributeSetOut,
    AttributesOut,
)
from app.services import catalog

router = Router(tags=["catalog"])

EDITS = (NotFound, StaleVersion, PreconditionRequired)


@router.get("/attribute-sets")
async def list_attribute_sets(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[AttributeSetOut]:
    """Attribute sets, newest first."""
    found = await catalog.list_attribute_sets(session, after=page.after, limit=page.limit)
    return Page[AttributeSetOut].model_validate(found)


@router.post("/attribute-sets", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists))
async def create_attribute_set(
    body: AttributeSetIn, actor: Writer, session: SessionDep, response: Response
) -> AttributeSetOut:
    """Add an attribute set."""
    row = await catalog.create_attribute_set(session, body.model_dump(), actor=actor)
    put_etag(response, row.version)
    return AttributeSetOut.model_validate(row)


@router.put("/attribute-sets/{set_id}", responses=problems(*EDITS, AlreadyExists))
async def edit_attribute_set(
    set_id: UUID,
    body: AttributeSetIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AttributeSetOut:
    """Rename an attribute set."""
    row = await catalog.edit_attribute_set(
        session, set_id, body.model_dump(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return AttributeSetOut.model_validate(row)


@router.get("/attribute-sets/{set_id}/attributes", responses=problems(NotFound))
async def list_attributes(set_id: UUID, actor: Reader, session: ReaderDep) -> AttributesOut:
    """The attributes of a set in display order."""
    await catalog.get_attribute_set(session, set_id)
    rows = await catalog.attributes_of(session, set_id)
    return AttributesOut(items=[AttributeOut.model_validate(row) for row in rows])


@router.post(
    "/attribute-sets/{set_id}/attributes",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, AlreadyExists, catalog.TooManyAttributes),
)
async def add_attribute(
    set_id: UUID, body: AttributeIn, actor: Writer, session: SessionDep, response: Response
) -> AttributeOut:
    """Add an attribute to a set. Its code and kind stay as they are."""
    row = await catalog.add_attribute(session, set_id, body.model_dump(), actor=actor)
    put_etag(response, row.version)
    return AttributeOut.model_validate(row)


@router.patch("/attributes/{attribute_id}", responses=problems(*EDITS))
async def edit_attribute(
    attribute_id: UUID,
    body: AttributePatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AttributeOut:
    """Change an attribute."""
    row = await catalog.edit_attribute(
        session, attribute_id, body.changes(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return AttributeOut.model_validate(row)


@router.delete(
    "/attributes/{attribute_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(*EDITS)
)
async def delete_attribute(
    attribute_id: UUID, version: VersionDep, actor: Writer, session: SessionDep
) -> None:
    """Delete an attribute. Products keep values they have."""
    await catalog.delete_attribute(session, attribute_id, version=version, actor=actor)
