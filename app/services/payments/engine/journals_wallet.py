"""Journal templates of withdrawals: balance that goes to a bank."""

from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import AVAILABLE, HELD, Account, Journal, transfer
from app.services.payments.engine.journals import balance


def withdrawal_asked(withdrawal_id: UUID, member_id: UUID, amount_minor: int, unit: str) -> Journal:
    """Held until it is paid out or given up."""
    sides = balance(member_id, AVAILABLE, unit), balance(member_id, HELD, unit)
    return _journal("withdrawal_asked", withdrawal_id, member_id, sides, amount_minor)


def withdrawal_given_up(
    withdrawal_id: UUID, member_id: UUID, amount_minor: int, unit: str
) -> Journal:
    sides = balance(member_id, HELD, unit), balance(member_id, AVAILABLE, unit)
    return _journal("withdrawal_given_up", withdrawal_id, member_id, sides, amount_minor)


def withdrawal_paid(withdrawal_id: UUID, member_id: UUID, amount_minor: int, unit: str) -> Journal:
    """What we owed the member has left our bank account."""
    bank = Account(AccountKind.BANK, "withdrawals", currency=unit)
    sides = balance(member_id, HELD, unit), bank
    return _journal("withdrawal_paid", withdrawal_id, member_id, sides, amount_minor)


def _journal(
    kind: str, withdrawal_id: UUID, member_id: UUID, sides: tuple[Account, Account], minor: int
) -> Journal:
    return Journal(
        key=f"{kind}:{withdrawal_id}",
        kind=kind,
        entries=transfer(*sides, minor),
        member_id=member_id,
    )
