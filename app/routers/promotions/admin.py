"""Promotions, as staff draft, approve, start and end them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.promotions import PromotionStatus
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.json import dump_bytes
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.promotions import (
    ActivatedPromotionOut,
    PromotionIn,
    PromotionOut,
    PromotionPut,
    RemarkOut,
    SimulateIn,
)
from app.schemas.quotes import QuoteOut
from app.services import catalog, pricing, promotions

router = Router(prefix="/promotions", tags=["promotions"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_WRITE])]
MOVED = problems(NotFound, StaleVersion, PreconditionRequired, promotions.IllegalPromotionStatus)


@router.get("")
async def list_promotions(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    status: PromotionStatus | None = None,
    merchant_id: UUID | None = None,
) -> Page[PromotionOut]:
    """Promotions, newest first."""
    views = await promotions.list_promotions(
        session, status=status, merchant_id=merchant_id, after=page.after, limit=page.limit + 1
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
    return _answer(response, view)


@router.post(
    "/simulate",
    response_model=QuoteOut,
    responses=problems(InvalidReference, pricing.NotForSale, promotions.TooManyCoupons),
)
async def simulate_promotions(body: SimulateIn, actor: Reader, session: ReaderDep) -> Response:
    """Quote a cart as a shopper would get it now, at another time, or with other promotions.

    Writes nothing.
    """
    quoted = await promotions.quote(
        session,
        promotions.QuoteRequest(
            channel=await catalog.channel(session, body.channel),
            member_id=body.member_id,
            lines=tuple(
                pricing.WantedLine(str(position), line.sku_id, line.quantity)
                for position, line in enumerate(body.lines, start=1)
            ),
            coupon_codes=tuple(body.coupon_codes),
            shipping_minor=body.shipping_minor,
            objective=body.objective,
            at=body.at,
            also=tuple(body.promotions),
        ),
    )
    return Response(dump_bytes(quoted.quote.to_dict()), media_type="application/json")


@router.get("/{promotion_id}", responses=problems(NotFound))
async def get_promotion(
    promotion_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PromotionOut:
    """One promotion and how far it is used."""
    return _answer(response, await promotions.get_promotion(session, promotion_id))


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
    return _answer(response, view)


@router.post("/{promotion_id}/approve", responses=MOVED)
async def approve_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Freeze the terms of a draft."""
    view = await promotions.approve(session, promotion_id, version=version, actor=actor)
    return _answer(response, view)


@router.post("/{promotion_id}/reopen", responses=MOVED)
async def reopen_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Make an approved promotion a draft again."""
    view = await promotions.reopen(session, promotion_id, version=version, actor=actor)
    return _answer(response, view)


@router.post(
    "/{promotion_id}/activate",
    responses=MOVED | problems(promotions.InvalidPromotion),
)
async def activate_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ActivatedPromotionOut:
    """Let an approved promotion run inside its window, and hear what to look at twice."""
    activated = await promotions.activate(session, promotion_id, version=version, actor=actor)
    return ActivatedPromotionOut(
        promotion=_answer(response, activated.view),
        remarks=[RemarkOut.model_validate(each) for each in activated.remarks],
    )


@router.post("/{promotion_id}/end", responses=MOVED)
async def end_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Stop a promotion for good. Orders placed with it keep what they were promised."""
    view = await promotions.end(session, promotion_id, version=version, actor=actor)
    return _answer(response, view)


def _answer(response: Response, view: promotions.PromotionView) -> PromotionOut:
    put_etag(response, view.promotion.version)
    return PromotionOut.of(view)
