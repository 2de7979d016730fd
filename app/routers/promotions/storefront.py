"""A member's coupons."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response

from app.core.enums.promotions import CouponState
from app.core.errors import NotFound
from app.routers.code_tries import CODE_TRIES
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import KeyringDep, MemberDep, SignedInDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.coupons import ClaimableOut, ClaimCouponIn, ClaimOfferIn, CouponOut
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


@router.get("/claimable")
async def list_claimable_coupons(
    member: MemberDep, page: PageDep, session: ReaderDep
) -> Page[ClaimableOut]:
    """The coupon centre: what may be claimed, newest first, and what keeps you from it."""
    rows = await promotions.list_claimable(
        session, member_id=member.id, after=page.after, limit=page.limit + 1
    )
    items = [ClaimableOut.of(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post(
    "/claim",
    response_model=CouponOut,
    responses=problems(
        NotFound,
        promotions.CouponsNotOpen,
        promotions.NotForThisMember,
        promotions.CouponLimitReached,
        promotions.CouponsGone,
        system.IdempotencyInProgress,
        system.IdempotencyKeyReused,
    ),
)
async def claim_offered_coupon(
    body: ClaimOfferIn, member: SignedInDep, once: OnceDep, session: SessionDep
) -> Response:
    """Take one coupon of an offer of the coupon centre."""

    async def work() -> tuple[int, CouponOut]:
        row = await promotions.claim_offer(session, body.batch_id, actor=member)
        return HTTPStatus.OK, CouponOut.model_validate(row)

    return await once(session, member, work)


@router.post(
    "",
    dependencies=CODE_TRIES,
    responses=problems(
        NotFound,
        promotions.CouponsNotOpen,
        promotions.NotForThisMember,
        promotions.CouponLimitReached,
        promotions.CouponsGone,
        system.TooManyRequests,
    ),
)
async def claim_coupon(
    body: ClaimCouponIn, member: SignedInDep, keyring: KeyringDep, session: SessionDep
) -> CouponOut:
    """Put the coupon of a code into your wallet. Claiming your own again changes nothing.

    The answer's own `code` is what a cart takes. A code that is wrong, used, over or somebody
    else's is answered alike.
    """
    row = await promotions.claim_coupon(session, body.code, actor=member, pepper=keyring.pepper)
    return CouponOut.model_validate(row)
