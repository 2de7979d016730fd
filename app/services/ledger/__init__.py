"""Ledger: double-entry accounts, journals and balances."""

from app.services.ledger.engine import (
    AVAILABLE,
    HELD,
    POINTS,
    Account,
    Entry,
    Journal,
    transfer,
)
from app.services.ledger.post import InsufficientFunds, JournalConflict, post
from app.services.ledger.read import (
    AccountFilter,
    JournalFilter,
    TrialLine,
    balances,
    list_accounts,
    list_journals,
    trial_balance,
)

__all__ = [
    "AVAILABLE",
    "HELD",
    "POINTS",
    "Account",
    "AccountFilter",
    "Entry",
    "InsufficientFunds",
    "Journal",
    "JournalConflict",
    "JournalFilter",
    "TrialLine",
    "balances",
    "list_accounts",
    "list_journals",
    "post",
    "transfer",
    "trial_balance",
]
