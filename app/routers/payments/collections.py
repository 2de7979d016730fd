"""Cash and bank transfers, recorded by one member of staff and settled by another."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, SecondPersonNeeded
from app.core.enums.payments import CollectionState
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.collections import (
    CollectIn,
    CollectionOut,
    RejectCollectionIn,
    ReturnCollectionIn,
)
from app.services import orders, payments
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
ONCE = (IdempotencyKeyMissing, IdempotencyInProgress, IdempotencyKeyReused)
MOVED = (NotFound, StaleVersion, PreconditionRequired, payments.IllegalCollectionTransition)


@router.get("/collections")
async def list_collections(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: CollectionState | None = None,
    order_id: UUID | None = None,
) -> Page[CollectionOut]:
    """Money taken by hand, newest first; `recorded` and `apart` wait for somebody."""
    wanted = payments.CollectionFilter(state=state, order_id=order_id)
    rows = await payments.list_collections(session, wanted, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, CollectionOut)


@router.get("/collections/{collection_id}", responses=problems(NotFound))
async def get_collection(
    collection_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> CollectionOut:
    """Money that came in, and who saw to it."""
    return _answer(response, await payments.read_collection(session, collection_id))


@router.post(
    "/payments/{payment_id}/collections",
    status_code=HTTPStatus.CREATED,
    response_model=CollectionOut,
    responses=problems(
        *ONCE,
        NotFound,
        AlreadyExists,
        payments.NotPaidByHand,
        payments.NotAwaitingPayment,
        payments.CollectionMismatch,
    ),
)
async def record_collection(
    payment_id: UUID, body: CollectIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Record what came in for an order that is paid by cash on delivery or by bank transfer.

    Cash pays the order at once and has to be what is due. A transfer pays when somebody else has
    confirmed it. One reference counts once, whatever the key.
    """
    command = payments.RecordCollection(
        plan_id=payment_id, amount_minor=body.amount_minor, reference=body.reference
    )

    async def work() -> tuple[int, CollectionOut]:
        row = await payments.record_collection(
            session, command, actor=actor, owner=orders.PLAN_OWNER
        )
        return HTTPStatus.CREATED, CollectionOut.model_validate(row)

    return await once(session, actor, work)


@router.post("/collections/{collection_id}/confirm", responses=problems(*MOVED, SecondPersonNeeded))
async def confirm_collection(
    collection_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CollectionOut:
    """Say, as somebody else, that the cash is handed in or the transfer is on the account.

    A transfer of exactly what is due pays the order; any other is `apart` until it is sent back.
    """
    row = await payments.confirm_collection(
        session, collection_id, version=version, actor=actor, owner=orders.PLAN_OWNER
    )
    return _answer(response, row)


@router.post("/collections/{collection_id}/reject", responses=problems(*MOVED))
async def reject_collection(
    collection_id: UUID,
    body: RejectCollectionIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CollectionOut:
    """Say that a recorded transfer is not there; its reference may be recorded anew."""
    row = await payments.reject_collection(
        session,
        collection_id,
        version=version,
        reason=body.reason,
        actor=actor,
        owner=orders.PLAN_OWNER,
    )
    return _answer(response, row)


@router.post("/collections/{collection_id}/return", responses=problems(*MOVED, SecondPersonNeeded))
async def return_collection(
    collection_id: UUID,
    body: ReturnCollectionIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CollectionOut:
    """Say, as somebody else than who confirmed it, that a transfer kept apart was sent back."""
    row = await payments.return_collection(
        session,
        collection_id,
        version=version,
        reference=body.reference,
        actor=actor,
        owner=orders.PLAN_OWNER,
    )
    return _answer(response, row)


def _answer(response: Response, row: object) -> CollectionOut:
    found = CollectionOut.model_validate(row)
    put_etag(response, found.version)
    return found
