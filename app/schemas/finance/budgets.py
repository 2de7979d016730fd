"""Shapes of budgets of cost centres."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.core.enums.finance import BudgetLevel, CostKind
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Currency, Input, Output
from app.services.finance import budgets

Amount = Annotated[int, Field(ge=1, le=MAX_MINOR, description="Minor units of `currency`.")]
WarnAt = Annotated[int, Field(ge=1, le=10_000, description="Warn from here on; 8000 is 80 %.")]


class BudgetIn(Input):
    """What a centre plans to spend. Costs above it are booked all the same; it warns."""

    centre: Code
    kind: CostKind | None = Field(default=None, description="Null: costs of every kind.")
    currency: Currency
    starts_at: AwareDatetime
    ends_at: AwareDatetime = Field(description="The first instant that is not in it any more.")
    amount_minor: Amount
    warn_bps: WarnAt = 8_000

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at comes after starts_at")
        return self

    def command(self) -> budgets.NewBudget:
        return budgets.NewBudget(
            **{name: getattr(self, name) for name in budgets.NewBudget.__slots__}
        )


class BudgetPatch(Input):
    amount_minor: Amount | None = Field(default=None, description="Null: as it is.")
    warn_bps: WarnAt | None = Field(default=None, description="Null: as it is.")


class BudgetOut(Output):
    id: UUID
    centre: str
    name: str
    budget_owner: str
    kind: CostKind | None
    currency: str
    starts_at: datetime
    ends_at: datetime
    amount_minor: int = Field(description="What was planned.")
    spent_minor: int = Field(description="What was booked in its window, less what came back.")
    left_minor: int = Field(description="Below zero: more was spent than planned.")
    by_kind: dict[str, int] = Field(description="What was spent on each kind of cost.")
    warn_bps: int
    level: BudgetLevel
    version: int
