"""Coupons, as staff issue and void them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.promotions import CouponState
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.coupons import AdminCouponOut, IssueCouponsIn, IssuedOut
from app.services import promotions, system

router = Router(prefix="/coupons", tags=["promotions"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PROMOTIONS_WRITE])]


@router.get("")
async def list_coupons(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    promotion_id: UUID | None = None,
    member_id: UUID | None = None,
    state: CouponState | None = None,
) -> Page[AdminCouponOut]:
    """Coupons, newest first."""
    wanted = promotions.CouponFilter(promotion_id, member_id, state)
    rows = await promotions.list_coupons(session, wanted, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, AdminCouponOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=IssuedOut,
    responses=problems(
        NotFound,
        InvalidReference,
        promotions.InvalidPromotion,
        promotions.IllegalPromotionStatus,
        system.IdempotencyInProgress,
        system.IdempotencyKeyReused,
    ),
)
async def issue_coupons(
    body: IssueCouponsIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Make coupons whose codes nobody can guess, for members named or for whoever types one."""

    async def work() -> tuple[int, IssuedOut]:
        codes = await promotions.issue_coupons(session, body.command(), actor=actor)
        return HTTPStatus.CREATED, IssuedOut(codes=list(codes))

    return await once(session, actor, work)


@router.post("/{coupon_id}/void", status_code=HTTPStatus.NO_CONTENT, responses=problems(NotFound))
async def void_coupon(coupon_id: UUID, actor: Writer, session: SessionDep) -> None:
    """Make a coupon worthless that no order holds."""
    await promotions.void_coupon(session, coupon_id, actor=actor)
