"""What moved a shopper's balance, points and gift cards."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep
from app.routers.identity import SignedInDep
from app.routers.ledger.statements import page_of_statement, span_of
from app.routers.problems import problems
from app.schemas.base import WholeNumber
from app.schemas.payments.ledgers import ExpiringListOut, ExpiringOut, LedgerLineOut, LedgerOut
from app.services import ledger, payments

router = Router(prefix="/me", tags=["me"])


@router.get("/balance/ledger")
async def read_balance_ledger(
    actor: SignedInDep,
    keyset: KeysetDep,
    session: ReaderDep,
    currency: Annotated[str, Query(pattern=r"^[A-Z]{3}$")] = "CNY",
) -> LedgerOut:
    """What moved your balance, oldest first, with what each move left."""
    span = span_of(keyset, None, None)
    found = await payments.ledgers.balance_ledger(
        session, actor.id, currency, span, limit=keyset.limit
    )
    return _page(found, keyset.limit)


@router.get("/points/ledger")
async def read_points_ledger(
    actor: SignedInDep, keyset: KeysetDep, session: ReaderDep
) -> LedgerOut:
    """What moved your points, oldest first, with what each move left."""
    span = span_of(keyset, None, None)
    found = await payments.ledgers.points_ledger(session, actor.id, span, limit=keyset.limit)
    return _page(found, keyset.limit)


@router.get("/gift-cards/{card_id}/ledger", responses=problems(NotFound))
async def read_gift_card_ledger(
    card_id: UUID, actor: SignedInDep, keyset: KeysetDep, session: ReaderDep
) -> LedgerOut:
    """What moved one of your gift cards, oldest first, with what each move left."""
    span = span_of(keyset, None, None)
    found = await payments.ledgers.card_ledger(session, actor.id, card_id, span, limit=keyset.limit)
    return _page(found, keyset.limit)


@router.get("/expiring")
async def list_expiring(
    actor: SignedInDep,
    session: ReaderDep,
    days: Annotated[WholeNumber, Query(ge=1, le=365)] = 30,
) -> ExpiringListOut:
    """Your points and gift cards that end within so many days, the first to end first."""
    rows = await payments.ledgers.expiring(session, actor.id, days=days)
    return ExpiringListOut(items=[ExpiringOut.model_validate(each) for each in rows])


def _page(found: ledger.Statement, limit: int) -> LedgerOut:
    """Without what only staff should read: reasons and keys."""
    page = page_of_statement(found, limit)
    return LedgerOut(
        currency=page.currency,
        opening_minor=page.opening_minor,
        lines=[LedgerLineOut.model_validate(each) for each in page.lines],
        next_after=page.next_after,
    )
