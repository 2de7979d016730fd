"""Ledger: double-entry accounts, journals and balances."""

from app.repositories.ledger.reading import StatementSpan
from app.services.ledger.by_hand import account_by_hand
from app.services.ledger.chart import CHART, AccountClass, ChartLine
from app.services.ledger.engine import (
    AVAILABLE,
    HELD,
    POINTS,
    Account,
    Entry,
    Journal,
    transfer,
)
from app.services.ledger.post import InsufficientFunds, JournalConflict, lock, post
from app.services.ledger.read import (
    AccountFilter,
    JournalFilter,
    Statement,
    StatementLine,
    TrialLine,
    balances,
    list_accounts,
    list_journals,
    statement,
    trial_balance,
)
from app.services.ledger.roll_up import roll_up
from app.services.ledger.seal import PositionsWentBack, continue_positions, seal

__all__ = [
    "AVAILABLE",
    "CHART",
    "HELD",
    "POINTS",
    "Account",
    "AccountClass",
    "AccountFilter",
    "ChartLine",
    "Entry",
    "InsufficientFunds",
    "Journal",
    "JournalConflict",
    "JournalFilter",
    "PositionsWentBack",
    "Statement",
    "StatementLine",
    "StatementSpan",
    "TrialLine",
    "account_by_hand",
    "balances",
    "continue_positions",
    "list_accounts",
    "list_journals",
    "lock",
    "post",
    "roll_up",
    "seal",
    "statement",
    "transfer",
    "trial_balance",
]
