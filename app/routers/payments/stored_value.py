"""Gift cards, points and balances, as staff handle them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.payments import GiftCardState
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import IdempotencyKeyMissing, OnceDep
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.payments.admin import (
    ActivatedCardsOut,
    ActivateGiftCardsIn,
    AdjustBalanceIn,
    AdminGiftCardOut,
    GrantedPointsOut,
    GrantPointsIn,
    IssuedCardOut,
    IssuedCardsOut,
    IssueGiftCardsIn,
)
from app.schemas.payments.storefront import BalanceOut
from app.services import ledger, payments
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused

router = Router(tags=["payments"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PAYMENTS_WRITE])]
ONCE = (IdempotencyKeyMissing, IdempotencyInProgress, IdempotencyKeyReused)
CREATED = HTTPStatus.CREATED


@router.get("/gift-cards")
async def list_gift_cards(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: GiftCardState | None = None,
    batch: Annotated[str | None, Query(max_length=64)] = None,
    member_id: UUID | None = None,
) -> Page[AdminGiftCardOut]:
    """Gift cards with what is on them, newest first."""
    rows = await payments.list_gift_cards(
        session,
        after=page.after,
        limit=page.limit,
        state=state,
        batch=batch,
        member_id=member_id,
    )
    return page_of(rows, page.limit, AdminGiftCardOut)


@router.post("/gift-cards", status_code=CREATED, responses=problems(AlreadyExists))
async def issue_gift_cards(
    body: IssueGiftCardsIn, actor: Writer, session: SessionDep, resources: ResourcesDep
) -> IssuedCardsOut:
    """Make a batch of cards. Their codes are in this answer and nowhere else.

    The cards are worth nothing until they are activated. If the answer was lost, leave the batch
    as it is and issue another.
    """
    command = payments.IssueGiftCards(
        batch=body.batch,
        count=body.count,
        currency=body.currency,
        face_minor=body.face_minor,
        expires_at=body.expires_at,
    )
    issued = await payments.issue_gift_cards(
        session, command, actor=actor, terms=payments.PaymentTerms.of(resources.settings)
    )
    cards = [IssuedCardOut.model_validate(each) for each in issued]
    return IssuedCardsOut(batch=body.batch, cards=cards)


@router.post("/gift-cards/activate", response_model=ActivatedCardsOut, responses=problems(*ONCE))
async def activate_gift_cards(
    body: ActivateGiftCardsIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Put the face value on issued cards, of a batch or by id."""

    async def work() -> tuple[int, ActivatedCardsOut]:
        activated = await payments.activate_gift_cards(
            session, funding=body.funding, actor=actor, batch=body.batch, ids=body.ids
        )
        return HTTPStatus.OK, ActivatedCardsOut(activated=activated)

    return await once(session, actor, work)


@router.post(
    "/gift-cards/{card_id}/freeze", responses=problems(NotFound, payments.IllegalGiftCardTransition)
)
async def freeze_gift_card(card_id: UUID, actor: Writer, session: SessionDep) -> AdminGiftCardOut:
    """Keep a card from paying. What it holds already stays held."""
    row = await payments.freeze_gift_card(session, card_id, is_frozen=True, actor=actor)
    return AdminGiftCardOut.model_validate(row)


@router.post(
    "/gift-cards/{card_id}/unfreeze",
    responses=problems(NotFound, payments.IllegalGiftCardTransition),
)
async def unfreeze_gift_card(card_id: UUID, actor: Writer, session: SessionDep) -> AdminGiftCardOut:
    """Let a frozen card pay again."""
    row = await payments.freeze_gift_card(session, card_id, is_frozen=False, actor=actor)
    return AdminGiftCardOut.model_validate(row)


@router.post(
    "/points/grants",
    status_code=CREATED,
    response_model=GrantedPointsOut,
    responses=problems(*ONCE, NotFound, AlreadyExists),
)
async def grant_points(
    body: GrantPointsIn, actor: Writer, session: SessionDep, once: OnceDep, resources: ResourcesDep
) -> Response:
    """Give a member points. The same source is granted once, whatever the key."""
    command = payments.GrantPoints(
        member_id=body.member_id,
        quantity=body.quantity,
        source=body.source,
        currency=body.currency,
        expires_at=body.expires_at,
    )
    terms = payments.PaymentTerms.of(resources.settings)

    async def work() -> tuple[int, GrantedPointsOut]:
        lot = await payments.grant_points(session, command, actor=actor, terms=terms)
        return CREATED, GrantedPointsOut.model_validate(lot)

    return await once(session, actor, work)


@router.post(
    "/balance-adjustments",
    status_code=CREATED,
    response_model=BalanceOut,
    responses=problems(*ONCE, NotFound, ledger.InsufficientFunds),
)
async def adjust_balance(
    body: AdjustBalanceIn, actor: Writer, session: SessionDep, once: OnceDep
) -> Response:
    """Move a member's balance by hand. The reason is kept in the ledger."""
    command = payments.AdjustBalance(
        member_id=body.member_id,
        currency=body.currency,
        amount_minor=body.amount_minor,
        kind=body.kind,
        reason=body.reason,
    )

    async def work() -> tuple[int, BalanceOut]:
        row = await payments.adjust_balance(session, command, actor=actor)
        return CREATED, BalanceOut.model_validate(row)

    return await once(session, actor, work)
