"""Journal templates of top-ups: what is paid in, and what is given on top. Pure."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import AVAILABLE, Account, Entry, Journal, transfer
from app.services.payments.engine.journals import balance
from app.services.payments.engine.top_up_return import TakenBack


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


def taken_back(facts: TopUpFacts, number: str, taken: TakenBack) -> list[Journal]:
    """The balance goes back to being prepaid, which the refund `number` then gives back.

    What the member has spent of it meanwhile is owed.
    """
    own = balance(facts.member_id, AVAILABLE, facts.currency)
    debits = (
        (own, taken.paid_minor),
        (balance_debt(facts.member_id, facts.currency), taken.owed_minor),
    )
    entries = [Entry(account, minor) for account, minor in debits if minor]
    entries.append(Entry(_prepaid(facts), -(taken.paid_minor + taken.owed_minor)))
    posted = [
        Journal(
            key=f"top_up_back:{number}",
            kind="top_up_back",
            entries=tuple(entries),
            order_id=facts.id,
            member_id=facts.member_id,
        )
    ]
    if taken.bonus_minor:
        back = _journal("top_up_bonus_back", facts, own, _cost(facts), taken.bonus_minor)
        posted.append(replace(back, key=f"top_up_bonus_back:{number}"))
    return posted


def debt_repaid(facts: TopUpFacts, amount_minor: int) -> Journal:
    """A later top-up pays what was owed first."""
    debt = balance_debt(facts.member_id, facts.currency)
    own = balance(facts.member_id, AVAILABLE, facts.currency)
    return _journal("balance_debt_repaid", facts, own, debt, amount_minor)


def balance_debt(member_id: UUID, currency: str) -> Account:
    """What a member owes of top-ups that a bank took back."""
    return Account(AccountKind.BALANCE_DEBT, member_id, currency=currency)


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
