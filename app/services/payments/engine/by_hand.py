"""Money taken by hand: what it means for a plan, and its journals."""

from enum import StrEnum
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.core.enums.payments import TenderKind
from app.services.ledger.engine import Account, Journal, transfer
from app.services.payments.engine.journals import clearing, suspense
from app.services.payments.engine.states import PAID, UNPAID
from app.services.payments.engine.types import Plan, Tender

CASH = TenderKind.CASH_ON_DELIVERY
TRANSFER = TenderKind.BANK_TRANSFER


class Meaning(StrEnum):
    """What a transfer that is on the account is worth to a plan."""

    PAYS = "pays"
    AMOUNT_MISMATCH = "amount_mismatch"
    SECOND = "second"
    LATE = "late"


def meaning(plan: Plan, tender: Tender, amount_minor: int) -> Meaning:
    """Only the very amount pays, and only what still waits for it."""
    if plan.state in PAID:
        return Meaning.SECOND
    if plan.state not in UNPAID:
        return Meaning.LATE
    return Meaning.PAYS if amount_minor == tender.amount_minor else Meaning.AMOUNT_MISMATCH


def received(kind: TenderKind, currency: str) -> Account:
    """Where it is when it comes in: cash with who collected it, a transfer on the bank account."""
    if kind is CASH:
        return clearing(CASH, currency)
    return Account(AccountKind.BANK, "transfers", currency=currency)


def handed_in(plan: Plan, collection_id: UUID, amount_minor: int) -> Journal:
    """The cash leaves who collected it."""
    return _journal(
        plan,
        f"handed_in:{collection_id}",
        "cash_handed_in",
        (received(CASH, plan.currency), Account(AccountKind.BANK, "cash", currency=plan.currency)),
        amount_minor,
    )


def kept_apart(plan: Plan, collection_id: UUID, amount_minor: int) -> Journal:
    """A transfer that pays nothing here."""
    sides = (suspense(TRANSFER, plan.currency), received(TRANSFER, plan.currency))
    return _journal(plan, f"suspense:{TRANSFER}:{collection_id}", "suspense", sides, amount_minor)


def given_back(plan: Plan, collection_id: UUID, amount_minor: int) -> Journal:
    return _journal(
        plan,
        f"return:{TRANSFER}:{collection_id}",
        "suspense_return",
        (received(TRANSFER, plan.currency), suspense(TRANSFER, plan.currency)),
        amount_minor,
        reverses_key=f"suspense:{TRANSFER}:{collection_id}",
    )


def _journal(
    plan: Plan,
    key: str,
    kind: str,
    sides: tuple[Account, Account],
    amount_minor: int,
    reverses_key: str | None = None,
) -> Journal:
    """Credits the first of `sides` and debits the other."""
    credited, debited = sides
    return Journal(
        key=key,
        kind=kind,
        entries=transfer(debited, credited, amount_minor),
        order_id=plan.order_id,
        member_id=plan.member_id,
        reverses_key=reverses_key,
    )
