"""A member's coupons."""

from typing import Annotated

from fastapi import Depends, Query

from app.core.enums.promotions import CouponState
from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.identity import SignedInDep
from app.routers.limits import Limited
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.promotions import ClaimCouponIn, CouponOut
from app.services import promotions, system

router = Router(prefix="/me/coupons", tags=["promotions"])


@router.get("")
async def list_own_coupons(
    member: SignedInDep,
    page: PageDep,
    session: ReaderDep,
    state: Annotated[CouponState | None, Query(description="Null: all of them.")] = None,
) -> Page[CouponOut]:
    """Your coupons, newest first."""
    wanted = promotions.CouponFilter(member_id=member.id, state=state)
    rows = await promotions.list_coupons(session, wanted, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, CouponOut)


@router.post(
    "",
    dependencies=[Depends(Limited("coupon-claim", 20))],
    responses=problems(NotFound, system.TooManyRequests),
)
async def claim_coupon(body: ClaimCouponIn, member: SignedInDep, session: SessionDep) -> CouponOut:
    """Put the coupon of a code into your wallet. Claiming your own again changes nothing."""
    row = await promotions.claim_coupon(session, body.code, actor=member)
    return CouponOut.model_validate(row)
