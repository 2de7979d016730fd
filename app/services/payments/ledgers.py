"""What moved a member's balance, points and cards, line by line; and what ends soon."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.repositories.payments.expiring import ExpiringRepository
from app.repositories.payments.gift_cards import GiftCardRepository
from app.services import ledger
from app.services.payments.engine import journals

MOST_EXPIRING = 100


async def balance_ledger(
    session: AsyncSession, member_id: UUID, currency: str, span: ledger.StatementSpan, *, limit: int
) -> ledger.Statement:
    """What could be spent of a balance, and what changed it; oldest first, `limit` + 1 lines."""
    own = journals.balance(member_id, ledger.AVAILABLE, currency)
    return await _statement(session, own, span, limit)


async def points_ledger(
    session: AsyncSession, member_id: UUID, span: ledger.StatementSpan, *, limit: int
) -> ledger.Statement:
    """As `balance_ledger`, in points."""
    own = journals.points(member_id, ledger.AVAILABLE, ledger.POINTS)
    return await _statement(session, own, span, limit)


async def card_ledger(
    session: AsyncSession, member_id: UUID, card_id: UUID, span: ledger.StatementSpan, *, limit: int
) -> ledger.Statement:
    """As `balance_ledger`, of one of the member's gift cards. Raises `NotFound`."""
    cards = await GiftCardRepository(session).find(limit=1, id=card_id, member_id=member_id)
    if not cards:
        raise NotFound("No such gift card")
    own = journals.gift_card(card_id, ledger.AVAILABLE, cards[0].currency)
    return await _statement(session, own, span, limit)


async def expiring(session: AsyncSession, member_id: UUID, *, days: int) -> Sequence[Row[Any]]:
    """Lots of points and gift cards that end within `days`, the first to end first."""
    return await ExpiringRepository(session).soon(member_id, days=days, limit=MOST_EXPIRING)


async def _statement(
    session: AsyncSession, account: ledger.Account, span: ledger.StatementSpan, limit: int
) -> ledger.Statement:
    try:
        return await ledger.statement(session, account.id, span, limit=limit)
    except NotFound:  # nothing has ever moved it
        return ledger.Statement(
            account_id=account.id,
            code=account.code,
            currency=account.currency,
            side=account.side,
            opening_minor=0,
            lines=(),
        )
