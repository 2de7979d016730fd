"""Exclusion groups: what staff call them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Response

from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.routers.promotions.admin import Reader, Writer
from app.schemas.promotion_groups import (
    GroupIn,
    GroupPut,
    GroupsOut,
    ListedGroupOut,
    PromotionGroupOut,
)
from app.services import promotions

router = Router(prefix="/promotion-groups", tags=["promotions"])

GroupCode = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


@router.get("")
async def list_promotion_groups(actor: Reader, session: ReaderDep) -> GroupsOut:
    """Every group by code, named or only used, at most 500: no two of one share an order."""
    rows = await promotions.list_groups(session)
    return GroupsOut(items=[ListedGroupOut.model_validate(row) for row in rows])


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists))
async def name_promotion_group(
    body: GroupIn, actor: Writer, session: SessionDep, response: Response
) -> PromotionGroupOut:
    """Say what a group is called, before promotions are in it or after."""
    row = await promotions.name_group(
        session, body.code, name=body.name, description=body.description, actor=actor
    )
    await session.refresh(row)
    put_etag(response, row.version)
    return PromotionGroupOut.model_validate(row)


@router.put("/{code}", responses=problems(NotFound, StaleVersion, PreconditionRequired))
async def rename_promotion_group(
    code: GroupCode,
    body: GroupPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionGroupOut:
    """Say it differently. Its code, and with it who is in it, stays."""
    row = await promotions.rename_group(
        session,
        code,
        name=body.name,
        description=body.description,
        version=version,
        actor=actor,
    )
    put_etag(response, row.version)
    return PromotionGroupOut.model_validate(row)
