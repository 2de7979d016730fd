"""What can no longer be used becomes income (payments specification 3.2)."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.ledger import AccountKind
from app.repositories.payments.breakage import BreakageRepository
from app.services import ledger
from app.services.payments.engine import journals
from app.services.payments.terms import DEVELOPMENT_TERMS, PaymentTerms


async def expire_points(
    session: AsyncSession, *, limit: int, terms: PaymentTerms = DEVELOPMENT_TERMS
) -> int:
    """Empty expired lots of points, the value of what remained becomes income; how many lots.

    A lot that got points back and lives longer for it can expire again; each time is booked once.
    """
    lots = await BreakageRepository(session).empty_lots(limit=limit)
    posted = []
    for lot in lots:
        own = journals.points(lot.member_id, ledger.AVAILABLE, lot.currency)
        quantity = journals.points(lot.member_id, ledger.AVAILABLE, ledger.POINTS)
        income = ledger.Account(AccountKind.BREAKAGE_INCOME, "points", currency=lot.currency)
        posted.append(
            ledger.Journal(
                key=f"points_expired:{lot.id}:{lot.expires_at:%Y%m%d%H%M%S}",
                kind="points_expired",
                entries=(
                    *ledger.transfer(own, income, lot.remaining * terms.point_value_minor),
                    *ledger.transfer(quantity, journals.OUTSTANDING, lot.remaining),
                ),
                member_id=lot.member_id,
            )
        )
    await ledger.post(session, posted)
    return len(lots)


async def close_expired_cards(
    session: AsyncSession, *, limit: int, terms: PaymentTerms = DEVELOPMENT_TERMS
) -> int:
    """Close gift cards that may not be renewed any more, what is left becomes income; how many.

    Without a limit of renewal no card is ever closed: its money stays owed.
    """
    if terms.card_renewal_days is None:
        return 0
    cards = await BreakageRepository(session).close_cards(
        renewable_days=terms.card_renewal_days, limit=limit
    )
    posted = [
        ledger.Journal(
            key=f"gift_card_expired:{card.id}",
            kind="gift_card_expired",
            entries=ledger.transfer(
                journals.gift_card(card.id, ledger.AVAILABLE, card.currency),
                ledger.Account(AccountKind.BREAKAGE_INCOME, "gift_cards", currency=card.currency),
                card.left_minor,
            ),
        )
        for card in cards
        if card.left_minor
    ]
    await ledger.post(session, posted)
    return len(cards)
