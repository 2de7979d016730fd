"""Shapes of accounting periods."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.finance import PeriodState
from app.schemas.base import Input, Output, SafeStr


class PeriodOut(Output):
    """A month of the books. Unless it is open, no journal may count within it."""

    id: UUID
    name: str = Field(examples=["2026-10"])
    starts_at: datetime
    ends_at: datetime = Field(description="The first instant that is not in it any more.")
    state: PeriodState = Field(
        description="`closing`: refuses journals already, waits for those under way."
    )
    closed_at: datetime | None
    closed_by: str | None
    version: int


class ReopenPeriodIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=500)]


class PeriodBalanceOut(Output):
    """A control account; opening and closing are signed, debit positive."""

    control: str = Field(examples=["revenue:goods"])
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int


class PeriodBalancesOut(Output):
    lines: list[PeriodBalanceOut]
