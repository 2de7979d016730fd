"""Journal templates of top-ups: what is paid in, and what is given on top. Pure."""

from typing import NamedTuple
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import AVAILABLE, Account, Journal, transfer
from app.services.payments.engine.journals import balance


class TopUpFacts(NamedTuple):
    """Amounts in minor units of `currency`."""

    id: UUID
    member_id: UUID
    currency: str
    pay_minor: int
    bonus_minor: int


def credited(facts: TopUpFacts) -> list[Journal]:
    """What its capture left as prepaid becomes balance; the bonus is a cost of ours."""
    own = balance(facts.member_id, AVAILABLE, facts.currency)
    posted = [_journal("top_up", facts, _prepaid(facts), own, facts.pay_minor)]
    if facts.bonus_minor:
        posted.append(_journal("top_up_bonus", facts, _cost(facts), own, facts.bonus_minor))
    return posted


def taken_back(facts: TopUpFacts) -> list[Journal]:
    """The balance goes back to being prepaid, which a refund may then give back."""
    own = balance(facts.member_id, AVAILABLE, facts.currency)
    posted = [_journal("top_up_back", facts, own, _prepaid(facts), facts.pay_minor)]
    if facts.bonus_minor:
        posted.append(_journal("top_up_bonus_back", facts, own, _cost(facts), facts.bonus_minor))
    return posted


def _prepaid(facts: TopUpFacts) -> Account:
    return Account(AccountKind.ORDER_PREPAID, facts.id, currency=facts.currency)


def _cost(facts: TopUpFacts) -> Account:
    return Account(AccountKind.GOODWILL_COST, currency=facts.currency)


def _journal(
    kind: str, facts: TopUpFacts, source: Account, target: Account, amount_minor: int
) -> Journal:
    return Journal(
        key=f"{kind}:{facts.id}",
        kind=kind,
        entries=transfer(source, target, amount_minor),
        order_id=facts.id,
        member_id=facts.member_id,
    )
