"""What people have to look at about payments, and what they do about it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response, Security

from app.core.actor import Actor
from app.core.enums.payments import ReviewKind, ReviewState
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.reviews import AssignReviewIn, CloseReviewIn, ReviewOut
from app.services import orders, payments
from app.services.payments import PaymentTerms

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
MOVED = (NotFound, StaleVersion, PreconditionRequired, payments.IllegalReviewTransition)


async def wanted_reviews(
    state: ReviewState = ReviewState.OPEN,
    kind: ReviewKind | None = None,
    order_id: UUID | None = None,
    assignee: UUID | None = None,
) -> payments.reviews.ReviewFilter:
    return payments.reviews.ReviewFilter(
        state=state, kind=kind, order_id=order_id, assignee=assignee
    )


ReviewFilterDep = Annotated[payments.reviews.ReviewFilter, Depends(wanted_reviews)]


@router.get("/payment-reviews")
async def list_payment_reviews(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: ReviewFilterDep
) -> Page[ReviewOut]:
    """Each matter that needs people, newest first, with what may be done about it.

    `retry_refund` and `fall_back` are done to the part of a refund that `part_id` names,
    `return_transfer` to the collection `collection_id`. Money that
    does not match is never taken, not even in part: it goes back to whoever paid it. Refunds that
    wait for a second person are under `/refunds`, payments a bank disputes under `/disputes`.
    """
    rows = await payments.reviews.list_reviews(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, ReviewOut)


@router.get("/payment-reviews/{review_id}", responses=problems(NotFound))
async def get_payment_review(
    review_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> ReviewOut:
    """One matter. `is_settled` once nothing of it is under way in the books."""
    return _answer(response, await payments.reviews.read_review(session, review_id))


@router.put("/payment-reviews/{review_id}/assignee", responses=problems(*MOVED, InvalidReference))
async def assign_payment_review(
    review_id: UUID,
    body: AssignReviewIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ReviewOut:
    """Hand a matter to a member of staff who may write payments, or to nobody."""
    review = await payments.reviews.assign_review(
        session, review_id, body.staff_id, version=version, actor=actor
    )
    return _answer(response, review)


@router.post(
    "/payment-reviews/{review_id}/ask",
    responses=problems(NotFound, payments.IllegalReviewTransition, payments.UnknownChannel),
)
async def ask_about_payment_review(
    review_id: UUID, actor: Writer, resources: ResourcesDep, response: Response
) -> ReviewOut:
    """Ask the gateway now: about the payment, and about money that is on its way back.

    Money kept apart is ordered back if it was not yet. What that settles is closed.
    """
    review = await payments.reviews.ask_again(
        resources.sessions,
        resources.gateways,
        orders.PLAN_OWNER,
        review_id,
        actor=actor,
        terms=PaymentTerms.of(resources.settings),
    )
    return _answer(response, review)


@router.post(
    "/payment-reviews/{review_id}/close", responses=problems(*MOVED, payments.ReviewUnsettled)
)
async def close_payment_review(
    review_id: UUID,
    body: CloseReviewIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ReviewOut:
    """Say why nothing is left to do. Refused while money of it is still under way."""
    review = await payments.reviews.close_review(
        session, review_id, body.reason, version=version, actor=actor, owner=orders.PLAN_OWNER
    )
    return _answer(response, review)


def _answer(response: Response, review: payments.reviews.ReviewView) -> ReviewOut:
    put_etag(response, review.version)
    return ReviewOut.model_validate(review)
