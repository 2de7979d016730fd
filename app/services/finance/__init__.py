"""Finance: periods, settlement, receivables and reconciliation."""

from app.services.finance.periods import (
    EarlierPeriodOpen,
    LaterPeriodClosed,
    PeriodNotOpen,
    PeriodNotOver,
    PeriodView,
    close_period,
    finish_closing,
    list_periods,
    open_periods,
    period_balances,
    read_period,
    reopen_period,
)

__all__ = [
    "EarlierPeriodOpen",
    "LaterPeriodClosed",
    "PeriodNotOpen",
    "PeriodNotOver",
    "PeriodView",
    "close_period",
    "finish_closing",
    "list_periods",
    "open_periods",
    "period_balances",
    "read_period",
    "reopen_period",
]
