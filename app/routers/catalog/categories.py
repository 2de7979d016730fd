"""The category tree, as staff grow it."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.catalog.cached import MemoryDep
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.catalog.taxonomy import (
    CategoryBranchOut,
    CategoryIn,
    CategoryOut,
    CategoryPatch,
    CategoryTreeOut,
    MoveCategoryIn,
)
from app.services import catalog

router = Router(prefix="/categories", tags=["catalog"])

EDITS = (NotFound, StaleVersion, PreconditionRequired)


@router.get("")
async def list_categories(actor: Reader, session: ReaderDep) -> CategoryTreeOut:
    """The whole tree, inactive categories included."""
    roots = await catalog.category_tree(session, active_only=False)
    return CategoryTreeOut(items=[_branch(node) for node in roots])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference, catalog.CategoryTooDeep),
)
async def create_category(
    body: CategoryIn, actor: Writer, session: SessionDep, response: Response, memory: MemoryDep
) -> CategoryOut:
    """Add a category below another or as a root."""
    row = await catalog.create_category(session, body.model_dump(), actor=actor)
    memory.trees.clear()
    put_etag(response, row.version)
    return CategoryOut.model_validate(row)


@router.get("/{category_id}", responses=problems(NotFound))
async def get_category(
    category_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> CategoryOut:
    """One category."""
    row = await catalog.get_category(session, category_id)
    put_etag(response, row.version)
    return CategoryOut.model_validate(row)


@router.patch("/{category_id}", responses=problems(*EDITS, AlreadyExists, InvalidReference))
async def edit_category(
    category_id: UUID,
    body: CategoryPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
    memory: MemoryDep,
) -> CategoryOut:
    """Change a category where it is."""
    row = await catalog.edit_category(
        session, category_id, body.changes(), version=version, actor=actor
    )
    memory.trees.clear()
    put_etag(response, row.version)
    return CategoryOut.model_validate(row)


@router.post(
    "/{category_id}/move",
    responses=problems(*EDITS, InvalidReference, catalog.CategoryCycle, catalog.CategoryTooDeep),
)
async def move_category(
    category_id: UUID,
    body: MoveCategoryIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
    memory: MemoryDep,
) -> CategoryOut:
    """Hang it, with everything below it, somewhere else."""
    row = await catalog.move_category(
        session, category_id, body.parent_id, version=version, actor=actor
    )
    memory.trees.clear()
    put_etag(response, row.version)
    return CategoryOut.model_validate(row)


@router.delete(
    "/{category_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(*EDITS, catalog.CategoryNotEmpty),
)
async def delete_category(
    category_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, memory: MemoryDep
) -> None:
    """Delete a category that holds neither categories nor products."""
    await catalog.delete_category(session, category_id, version=version, actor=actor)
    memory.trees.clear()


def _branch(node: catalog.CategoryNode) -> CategoryBranchOut:
    shown = CategoryOut.model_validate(node.category)
    return CategoryBranchOut(
        **shown.model_dump(), children=[_branch(child) for child in node.children]
    )
