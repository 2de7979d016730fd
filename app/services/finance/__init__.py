"""Finance: periods, settlement, receivables and reconciliation."""

from app.services.finance.exports import (
    export_csv,
    export_xlsx,
    list_exports,
    read_export,
    record_export,
)
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
from app.services.finance.recognise import (
    NothingPaidInAdvance,
    Recognise,
    UnitsNotLeft,
    list_recognitions,
    recognise,
)
from app.services.finance.sponsor import give_back_sponsored, sponsor_paid

__all__ = [
    "EarlierPeriodOpen",
    "LaterPeriodClosed",
    "NothingPaidInAdvance",
    "PeriodNotOpen",
    "PeriodNotOver",
    "PeriodView",
    "Recognise",
    "UnitsNotLeft",
    "close_period",
    "export_csv",
    "export_xlsx",
    "finish_closing",
    "give_back_sponsored",
    "list_exports",
    "list_periods",
    "list_recognitions",
    "open_periods",
    "period_balances",
    "read_export",
    "read_period",
    "recognise",
    "record_export",
    "reopen_period",
    "sponsor_paid",
]
