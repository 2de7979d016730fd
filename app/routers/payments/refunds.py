"""Refunds that need people: a second person, a gateway that failed, a bank that disputes."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.db import unit_of_work
from app.core.enums.payments import DisputeState
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.refunds import (
    AdminRefundOut,
    CloseDisputeIn,
    DisputeOut,
    FallbackIn,
    OpenDisputeIn,
    RejectIn,
)
from app.services import orders, payments
from app.services.payments import PaymentTerms, RefundView

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
MOVED = (NotFound, StaleVersion, PreconditionRequired, payments.IllegalRefundTransition)


@router.get("/refunds/waiting")
async def list_refunds_waiting(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[AdminRefundOut]:
    """Refunds that need a second person, newest first."""
    rows = await payments.list_waiting_refunds(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, AdminRefundOut)


@router.get("/refunds/{refund_id}", responses=problems(NotFound))
async def get_refund(
    refund_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> AdminRefundOut:
    """A refund with its parts and the units that came back with it."""
    return _answer(response, await payments.read_refund(session, refund_id))


@router.post(
    "/refunds/{refund_id}/approve",
    responses=problems(*MOVED, SecondPersonNeeded, payments.DisputeOpen),
)
async def approve_refund(
    refund_id: UUID, version: VersionDep, actor: Writer, session: SessionDep, response: Response
) -> AdminRefundOut:
    """Let a waiting refund go, as somebody else than who asked for it."""
    refund = await orders.approve_refund(session, refund_id, version=version, actor=actor)
    return _answer(response, refund)


@router.post("/refunds/{refund_id}/reject", responses=problems(*MOVED))
async def reject_refund(
    refund_id: UUID,
    body: RejectIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> AdminRefundOut:
    """Refuse a waiting refund, or give up your own: it is `cancelled` then."""
    refund = await orders.reject_refund(
        session, refund_id, version=version, reason=body.reason, actor=actor
    )
    return _answer(response, refund)


@router.post(
    "/refunds/parts/{part_id}/retry",
    responses=problems(NotFound, payments.IllegalRefundTransition),
)
async def retry_refund_part(
    part_id: UUID, actor: Writer, resources: ResourcesDep
) -> AdminRefundOut:
    """Order a part that failed for good at its gateway again, under the same number."""
    await payments.refund_rescue.retry_part(
        resources.sessions, part_id, actor=actor, owner=orders.PLAN_OWNER
    )
    return await _of_part(resources, part_id)


@router.post(
    "/refunds/parts/{part_id}/fallback",
    responses=problems(
        NotFound,
        payments.IllegalRefundTransition,
        payments.RefundNotFailed,
        payments.UnknownChannel,
        payments.GatewayUnreachable,
    ),
)
async def fall_back(
    part_id: UUID, body: FallbackIn, actor: Writer, resources: ResourcesDep
) -> AdminRefundOut:
    """Pay a failed part to the balance, or book a bank transfer, with the shopper's consent.

    The gateway is asked once more before: while it may still give the money back, it is refused.
    Above what one person may refund alone the wish is kept: `fallback_asked` of the part, until
    somebody else approves it. The last wish counts.
    """
    await payments.refund_rescue.fall_back(
        resources.sessions,
        resources.gateways,
        part_id,
        payments.refund_rescue.FallBack(
            kind=body.kind, consent=body.consent, reference=body.reference
        ),
        actor=actor,
        owner=orders.PLAN_OWNER,
        terms=PaymentTerms.of(resources.settings),
    )
    return await _of_part(resources, part_id)


@router.post(
    "/refunds/parts/{part_id}/fallback/approve",
    responses=problems(
        NotFound,
        SecondPersonNeeded,
        payments.IllegalRefundTransition,
        payments.RefundNotFailed,
        payments.UnknownChannel,
        payments.GatewayUnreachable,
    ),
)
async def approve_fallback(part_id: UUID, actor: Writer, resources: ResourcesDep) -> AdminRefundOut:
    """Agree to the other way somebody else asked for; the gateway is asked once more before."""
    await payments.refund_rescue.approve_fallback(
        resources.sessions,
        resources.gateways,
        part_id,
        actor=actor,
        owner=orders.PLAN_OWNER,
        terms=PaymentTerms.of(resources.settings),
    )
    return await _of_part(resources, part_id)


@router.post(
    "/payments/{payment_id}/disputes",
    status_code=HTTPStatus.CREATED,
    response_model=DisputeOut,
    responses=problems(NotFound, AlreadyExists, payments.RefundRefused, payments.RefundExceeds),
)
async def open_payment_dispute(
    payment_id: UUID, body: OpenDisputeIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Note that the payer's bank asks for the money of an order or of a top-up.

    Nothing of it is refunded until that is closed. What a lost one takes from a top-up leaves the
    balance, as far as it is there; the rest is owed, and the next top-ups pay it first.
    """

    async def work() -> tuple[int, DisputeOut]:
        row = await payments.disputes.open_dispute(
            session, body.command(payment_id), actor=actor, owner=orders.PLAN_OWNER
        )
        return HTTPStatus.CREATED, DisputeOut.model_validate(dict(row))

    return await once(session, actor, work)


@router.get("/disputes")
async def list_disputes(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: DisputeState | None = None,
    order_id: UUID | None = None,
) -> Page[DisputeOut]:
    """Payments that banks dispute or disputed, newest first."""
    rows = await payments.disputes.list_disputes(
        session, after=page.after, limit=page.limit, state=state, order_id=order_id
    )
    return page_of(rows, page.limit, DisputeOut)


@router.post(
    "/disputes/{dispute_id}/close",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        payments.IllegalDisputeTransition,
        payments.RefundExceeds,
    ),
)
async def close_dispute(
    dispute_id: UUID,
    body: CloseDisputeIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> DisputeOut:
    """Say what became of it. The money of a lost one is booked as a refund that has arrived."""
    row = await orders.close_dispute(
        session, dispute_id, body.outcome, version=version, actor=actor
    )
    found = DisputeOut.model_validate(dict(row))
    put_etag(response, found.version)
    return found


def _answer(response: Response, refund: RefundView) -> AdminRefundOut:
    put_etag(response, refund.version)
    return AdminRefundOut.model_validate(refund)


async def _of_part(resources: ResourcesDep, part_id: UUID) -> AdminRefundOut:
    async with unit_of_work(resources.sessions) as session:
        return AdminRefundOut.model_validate(await payments.read_refund_of(session, part_id))
