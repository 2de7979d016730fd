"""Tags, as staff keep them and hang them on products."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.products import AdminProductOut
from app.schemas.catalog.tags import ProductTagsIn, TagIn, TagOut, TagPatch
from app.services import catalog, recommendations

router = Router(tags=["catalog"])

EDITS = problems(NotFound, StaleVersion, PreconditionRequired)


@router.get("/tags")
async def list_tags(actor: Reader, page: PageDep, session: ReaderDep) -> Page[TagOut]:
    """Tags, newest first."""
    found = await catalog.list_tags(session, after=page.after, limit=page.limit)
    return Page[TagOut].model_validate(found)


@router.post(
    "/tags",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference),
)
async def create_tag(body: TagIn, actor: Writer, session: SessionDep, response: Response) -> TagOut:
    """Add a tag. One with a rule is hung on products within a minute, or at once by a refresh."""
    values = body.model_dump()
    await recommendations.check_rule(session, values["rule"])
    row = await catalog.create_tag(session, values, actor=actor)
    put_etag(response, row.version)
    return TagOut.model_validate(row)


@router.patch(
    "/tags/{tag_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, InvalidReference),
)
async def edit_tag(
    tag_id: UUID,
    body: TagPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> TagOut:
    """Rename a tag or change its rule.

    Without its rule, products lose at once what the rule gave them. Another rule is followed within
    a minute, or at once by a refresh.
    """
    values = body.changes()
    await recommendations.check_rule(session, values.get("rule"))
    row = await catalog.edit_tag(session, tag_id, values, version=version, actor=actor)
    put_etag(response, row.version)
    return TagOut.model_validate(row)


@router.post("/tags/{tag_id}/refresh", responses=problems(NotFound, catalog.TagHasNoRule))
async def refresh_tag(
    tag_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> TagOut:
    """Let the tag's rule say now which products wear it.

    The worker does so every minute, for top sellers every quarter of an hour. Tags that staff hung
    are left alone.
    """
    row = await recommendations.refresh_tag(session, tag_id, actor=actor)
    put_etag(response, row.version)
    return TagOut.model_validate(row)


@router.delete("/tags/{tag_id}", status_code=HTTPStatus.NO_CONTENT, responses=EDITS)
async def delete_tag(tag_id: UUID, version: VersionDep, actor: Writer, session: SessionDep) -> None:
    """Delete a tag; products lose it."""
    await catalog.delete_tag(session, tag_id, version=version, actor=actor)


@router.put(
    "/products/{product_id}/tags",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, InvalidReference),
)
async def set_product_tags(
    product_id: UUID,
    body: ProductTagsIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminProductOut:
    """Let these be exactly the tags that staff hung on the product, each until its instant.

    Tags that rules hung stay, unless they are named here: what staff say of a tag outranks its
    rule, also when it is over, so an instant in the past keeps the product out of the rule.
    """
    tags = {each.tag_id: each.expires_at for each in body.tags}
    row = await catalog.set_product_tags(session, product_id, tags, version=version, actor=actor)
    put_etag(response, row.version)
    return AdminProductOut.model_validate(row)
