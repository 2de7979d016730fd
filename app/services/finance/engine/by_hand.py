"""Journals people write: what makes one fit to be posted. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.enums.finance import ManualKind
from app.core.enums.ledger import AccountKind
from app.services.finance.engine.sponsoring import receivable
from app.services.ledger.engine import Account, Entry, Journal, totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants posted. `lines` are entries of accounts that may be posted by hand.

    It counts at `effective_at`, or when it is posted; `concerns` names the month it is about.
    """

    reason: str
    lines: Sequence[Entry]
    kind: ManualKind = ManualKind.MANUAL
    attachment: str | None = None
    effective_at: datetime | None = None
    concerns: str | None = None
    reverses_id: UUID | None = None


def off_balance(lines: Iterable[Entry]) -> dict[str, int]:
    """What debits are more than credits, by currency; empty when a journal balances."""
    return {unit: total for unit, total in totals(lines).items() if total}


def receipt(
    funder: str, currency: str, amount_minor: int, bank_account: str
) -> tuple[Entry, Entry]:
    """A funder has paid: bank against what it owes."""
    bank = Account(AccountKind.BANK, bank_account, currency=currency)
    return Entry(bank, amount_minor), Entry(receivable(funder, currency), -amount_minor)


def settled_by(lines: Iterable[Entry]) -> dict[Account, int]:
    """What lines take off what funders owe."""
    return {
        each.account: -each.amount_minor
        for each in lines
        if each.account.kind == AccountKind.COUPON_RECEIVABLE and each.amount_minor < 0
    }


def journal_key(kind: str, number: str) -> str:
    """How the ledger knows a journal by hand."""
    return f"{kind}:{number}"


def journal_of(number: str, draft: Draft, reverses_number: str | None) -> Journal:
    return Journal(
        key=journal_key(draft.kind, number),
        kind=draft.kind.value,
        entries=tuple(draft.lines),
        reason=draft.reason,
        reverses_key=journal_key(draft.kind, reverses_number) if reverses_number else None,
        effective_at=draft.effective_at,
        concerns=draft.concerns,
    )
