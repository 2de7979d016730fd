"""Orders that are held until people decide about them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.contacts import InvalidContact
from app.core.db import unit_of_work
from app.core.enums.order_reviews import OrderReviewState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.core.regions import UnknownRegion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.orders.reviews import (
    ApproveOrderIn,
    CorrectOrderIn,
    OrderReviewCardOut,
    OrderReviewCountsOut,
    OrderReviewOut,
    RejectOrderIn,
    ReviewNoteIn,
)
from app.services import orders, payments

router = Router(tags=["order reviews"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.ORDERS_WRITE])]
MOVED = (
    NotFound,
    orders.review.IllegalOrderReviewTransition,
    orders.review.OrderReviewClaimed,
)
DECIDED = (*MOVED, StaleVersion, PreconditionRequired)


async def wanted_reviews(
    state: Annotated[list[OrderReviewState] | None, Query(max_length=8)] = None,
    claimed_by: UUID | None = None,
    order_id: UUID | None = None,
    label: Annotated[str | None, Query(max_length=64)] = None,
    is_overdue: bool | None = None,
) -> orders.review.OrderReviewFilter:
    return orders.review.OrderReviewFilter(
        states=state,
        claimed_by=claimed_by,
        order_id=order_id,
        label=label,
        is_overdue=is_overdue,
    )


FilterDep = Annotated[orders.review.OrderReviewFilter, Depends(wanted_reviews)]


@router.get("/order-reviews")
async def list_order_reviews(
    actor: Reader, page: PageDep, session: ReaderDep, wanted: FilterDep
) -> Page[OrderReviewCardOut]:
    """Orders held for review: the most urgent first, of those the one that waits longest.

    Without `state` only those people have something to do about. `claimed_by` is a member of
    staff.
    """
    rows = await orders.review.list_reviews(
        session, wanted, actor=actor, after=page.after, limit=page.limit
    )
    shown = [OrderReviewCardOut.model_validate(each) for each in rows]
    return page_of(shown, page.limit, OrderReviewCardOut)


@router.get("/order-review-counts")
async def count_order_reviews(actor: Reader, session: ReaderDep) -> OrderReviewCountsOut:
    """How many wait in each state."""
    counts = await orders.review.count_reviews(session, actor=actor)
    return OrderReviewCountsOut.model_validate(counts)


@router.get("/order-reviews/{review_id}", responses=problems(NotFound))
async def get_order_review(
    review_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> OrderReviewOut:
    """One review, with the rules that held and what happened to it."""
    return _answer(response, await orders.review.get_review(session, review_id, actor=actor))


@router.put("/order-reviews/{review_id}/claim", responses=problems(*MOVED))
async def claim_order_review(
    review_id: UUID,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> OrderReviewOut:
    """Work on it alone until `claimed_until`; again, that begins anew."""
    review = await orders.review.claim(
        session,
        review_id,
        actor=actor,
        seconds=resources.settings.order_reviews.claim_seconds,
    )
    return _answer(response, review)


@router.delete("/order-reviews/{review_id}/claim", responses=problems(*MOVED))
async def release_order_review(
    review_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> OrderReviewOut:
    """Leave it to others."""
    return _answer(response, await orders.review.release(session, review_id, actor=actor))


@router.post(
    "/order-reviews/{review_id}/notes",
    status_code=HTTPStatus.CREATED,
    response_model=OrderReviewOut,
    responses=problems(NotFound, orders.review.IllegalOrderReviewTransition),
)
async def note_on_order_review(
    review_id: UUID, body: ReviewNoteIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Tell whoever decides."""

    async def work() -> tuple[int, OrderReviewOut]:
        review = await orders.review.note(session, review_id, body.words, actor=actor)
        return HTTPStatus.CREATED, OrderReviewOut.model_validate(review)

    return await once(session, actor, work)


@router.put(
    "/order-reviews/{review_id}/correction",
    responses=problems(*DECIDED, orders.review.PlaceDiffers, InvalidContact, UnknownRegion),
)
async def correct_order(
    review_id: UUID,
    body: CorrectOrderIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> OrderReviewOut:
    """Correct the receiver, the phone, the street or the note of an order you have claimed."""
    review = await orders.review.correct_order(
        session, review_id, body.correction(), version=version, actor=actor
    )
    return _answer(response, review)


@router.post(
    "/order-reviews/{review_id}/approve",
    responses=problems(*DECIDED, SecondPersonNeeded),
)
async def approve_order_review(
    review_id: UUID,
    body: ApproveOrderIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
    response: Response,
) -> OrderReviewOut:
    """Let the order go. Where two people are needed the first approval makes it `second`."""
    review = await orders.review.approve(
        session,
        review_id,
        reason=body.reason,
        version=version,
        actor=actor,
        two_people_minor=resources.settings.order_reviews.two_people_minor,
    )
    return _answer(response, review)


@router.post(
    "/order-reviews/{review_id}/reject",
    responses=problems(
        *DECIDED,
        orders.AlreadyShipped,
        orders.IllegalTransition,
        payments.RefundRefused,
        payments.DisputeOpen,
    ),
)
async def reject_order_review(
    review_id: UUID,
    body: RejectOrderIn,
    version: VersionDep,
    actor: Writer,
    resources: ResourcesDep,
    response: Response,
) -> OrderReviewOut:
    """Cancel the order. What was paid goes back in full, and its goods are everybody's again.

    A review is rejected once, so repeating it does no harm.
    """
    async with unit_of_work(resources.sessions) as session:
        rejected = await orders.review.reject(
            session, review_id, reason=body.reason, version=version, actor=actor
        )
    if rejected.plan_id is not None:
        await payments.finish_close(
            resources.sessions,
            resources.gateways,
            orders.PAYMENT_OWNER,
            rejected.plan_id,
            terms=payments.PaymentTerms.of(resources.settings),
        )
    return _answer(response, rejected.review)


def _answer(response: Response, review: object) -> OrderReviewOut:
    shown = OrderReviewOut.model_validate(review)
    put_etag(response, shown.version)
    return shown
