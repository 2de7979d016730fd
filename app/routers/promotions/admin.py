"""Promotions, as staff draft and try them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.promotions import PromotionPhase, PromotionStatus
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.promotion_reviews import ClonePromotionIn
from app.schemas.promotions import (
    PromotionIn,
    PromotionOut,
    PromotionPut,
)
from app.services import promotions

router = Router(prefix="/promotions", tags=["promotions"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_WRITE])]


@router.get("")
async def list_promotions(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    status: PromotionStatus | None = None,
    phase: Annotated[
        PromotionPhase | None, Query(description="The status as the clock sees it.")
    ] = None,
    merchant_id: UUID | None = None,
    is_archived: Annotated[bool, Query(description="Those put away, and no others.")] = False,
) -> Page[PromotionOut]:
    """Promotions, newest first."""
    views = await promotions.list_promotions(
        session,
        status=status,
        phase=phase,
        is_archived=is_archived,
        merchant_id=merchant_id,
        after=page.after,
        limit=page.limit + 1,
    )
    items = [PromotionOut.of(view) for view in views[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(views) > page.limit else None)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference, promotions.InvalidPromotion),
)
async def create_promotion(
    body: PromotionIn, actor: Writer, session: SessionDep, response: Response
) -> PromotionOut:
    """Draft a promotion. What the engine cannot work with is refused at once."""
    view = await promotions.create_promotion(
        session, body.terms(), code=body.code, merchant_id=body.merchant_id, actor=actor
    )
    return answer(response, view)


@router.get("/{promotion_id}", responses=problems(NotFound))
async def get_promotion(
    promotion_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PromotionOut:
    """One promotion and how far it is used."""
    return answer(response, await promotions.get_promotion(session, promotion_id))


@router.put(
    "/{promotion_id}",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        InvalidReference,
        promotions.InvalidPromotion,
        promotions.IllegalPromotionStatus,
    ),
)
async def edit_promotion(
    promotion_id: UUID,
    body: PromotionPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Replace the terms of a draft; code and merchant are fixed."""
    view = await promotions.edit_promotion(
        session, promotion_id, body.terms(), version=version, actor=actor
    )
    return answer(response, view)


@router.post(
    "/{promotion_id}/clone",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, AlreadyExists, InvalidReference, promotions.InvalidPromotion),
)
async def clone_promotion(
    promotion_id: UUID,
    body: ClonePromotionIn,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Draft the same terms anew under another code, whatever became of the original."""
    view = await promotions.clone_promotion(session, promotion_id, code=body.code, actor=actor)
    return answer(response, view)


def answer(response: Response, view: promotions.PromotionView) -> PromotionOut:
    """The promotion, its version as the ETag."""
    put_etag(response, view.promotion.version)
    return PromotionOut.of(view)
