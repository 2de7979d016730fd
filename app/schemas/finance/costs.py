"""Shapes of cost centres and costs."""

from pydantic import Field

from app.core.enums.finance import CostKind
from app.schemas.base import Code, Input, Name, Output


class CostCentreIn(Input):
    name: Name
    budget_owner: Name = Field(description="Whose budget bears the costs.")


class CostCentreOut(Output):
    code: str
    name: str
    budget_owner: str


class CostCentresOut(Output):
    items: list[CostCentreOut]


class CostAssignmentIn(Input):
    """From now on `centre` bears what `subject` costs."""

    kind: CostKind
    subject: Code = Field(
        description="A promotion's id; for points the word their source begins with; for goodwill"
        " the kind of the journal."
    )
    centre: Code


class CostOut(Output):
    centre: str
    name: str
    budget_owner: str
    kind: CostKind
    subject: str
    currency: str
    amount_minor: int = Field(description="Costs less what was taken back.")
    bookings: int


class CostsOut(Output):
    lines: list[CostOut]
