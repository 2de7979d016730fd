"""Large batches of gift cards, and what staff do for cards in use."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security
from fastapi.responses import StreamingResponse

from app.core.actor import Actor
from app.core.db import unit_of_work
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, Resources, ResourcesDep, SessionDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.admin import AdminGiftCardOut, IssuedCardOut
from app.schemas.payments.card_batches import (
    ActivateCardBatchIn,
    CardBatchIn,
    CardBatchOut,
    RenewGiftCardIn,
    ReplaceGiftCardIn,
)
from app.services import payments

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
CSV = {
    "content": {"text/csv": {"schema": {"type": "string"}}},
    "description": "`number,code`, a line each.",
}


@router.get("/gift-card-batches")
async def list_card_batches(actor: Reader, page: PageDep, session: ReaderDep) -> Page[CardBatchOut]:
    """Batches that were ordered as a whole, newest first."""
    rows = await payments.list_card_batches(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, CardBatchOut)


@router.post(
    "/gift-card-batches", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists)
)
async def open_card_batch(body: CardBatchIn, actor: Writer, session: SessionDep) -> CardBatchOut:
    """Order up to a million cards. They are made in the background, `made` says how far.

    Then export their codes, once, and activate them when they are sold or given away: until then
    they are worth nothing. The name of the batch is taken once, so nothing is ordered twice.
    """
    row = await payments.open_card_batch(session, body.command(), actor=actor)
    return CardBatchOut.model_validate(row)


@router.get("/gift-card-batches/{batch_id}", responses=problems(NotFound))
async def get_card_batch(batch_id: UUID, actor: Reader, session: ReaderDep) -> CardBatchOut:
    """One batch."""
    return CardBatchOut.model_validate(await payments.get_card_batch(session, batch_id))


@router.post(
    "/gift-card-batches/{batch_id}/activate",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems(NotFound, payments.CardBatchNotReady),
)
async def activate_card_batch(
    batch_id: UUID, body: ActivateCardBatchIn, actor: Writer, session: SessionDep
) -> CardBatchOut:
    """Put the face value on every card of the batch, in the background; again changes nothing."""
    row = await payments.activate_card_batch(session, batch_id, funding=body.funding, actor=actor)
    return CardBatchOut.model_validate(row)


@router.post(
    "/gift-card-batches/{batch_id}/export",
    response_class=StreamingResponse,
    responses=problems(NotFound, payments.CardBatchNotReady) | {HTTPStatus.OK.value: CSV},
)
async def export_card_codes(
    batch_id: UUID, actor: Writer, resources: ResourcesDep, session: SessionDep
) -> Response:
    """The codes of a batch as CSV, once: only hashes of them are kept.

    Broken off, it may be asked for again five minutes later; once it was sent whole, never.
    """
    terms = payments.PaymentTerms.of(resources.settings)
    export = await payments.begin_card_export(session, batch_id, actor=actor, terms=terms)
    return StreamingResponse(
        _codes(resources, export, terms),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="gift-cards-{batch_id}.csv"',
            "cache-control": "no-store",
        },
    )


@router.post(
    "/gift-cards/{card_id}/renew",
    responses=problems(NotFound, payments.IllegalGiftCardTransition),
)
async def renew_gift_card(
    card_id: UUID, body: RenewGiftCardIn, actor: Writer, session: SessionDep
) -> AdminGiftCardOut:
    """Let a card live longer, also one that expired with money left."""
    row = await payments.renew_gift_card(session, card_id, expires_at=body.expires_at, actor=actor)
    return AdminGiftCardOut.model_validate(row)


@router.post(
    "/gift-cards/{card_id}/replace",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, payments.IllegalGiftCardTransition, payments.GiftCardHeld),
)
async def replace_gift_card(
    card_id: UUID,
    body: ReplaceGiftCardIn,
    actor: Writer,
    session: SessionDep,
    resources: ResourcesDep,
) -> IssuedCardOut:
    """Close a lost or damaged card; what is on it moves to a new one of the same owner.

    The new code is in this answer and nowhere else. If the answer was lost, replace the new card.
    """
    issued = await payments.replace_gift_card(
        session,
        card_id,
        reason=body.reason,
        actor=actor,
        terms=payments.PaymentTerms.of(resources.settings),
    )
    return IssuedCardOut.model_validate(issued)


async def _codes(
    resources: Resources, export: payments.CardExport, terms: payments.PaymentTerms
) -> AsyncIterator[bytes]:
    for block in export.blocks(terms):
        yield block
    async with unit_of_work(resources.sessions) as session:
        await payments.finish_card_export(session, export.batch_id)
