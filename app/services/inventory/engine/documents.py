"""What stocktakes and adjustments may become, and who may decide them. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeVar

from app.core.enums.inventory import AdjustmentState, StocktakeState

State = TypeVar("State", bound=StrEnum)


class StocktakeAction(StrEnum):
    COUNT = "count"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"


class AdjustmentAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"


_S, _A = StocktakeState, AdjustmentState

STOCKTAKE: Mapping[StocktakeState, Mapping[StrEnum, StocktakeState]] = {
    _S.COUNTING: {
        StocktakeAction.COUNT: _S.COUNTING,
        StocktakeAction.SUBMIT: _S.SUBMITTED,
        StocktakeAction.CANCEL: _S.CANCELLED,
    },
    # Who does not believe a count has it counted again.
    _S.SUBMITTED: {
        StocktakeAction.APPROVE: _S.POSTED,
        StocktakeAction.REJECT: _S.COUNTING,
        StocktakeAction.CANCEL: _S.CANCELLED,
    },
    _S.POSTED: {},
    _S.CANCELLED: {},
}

ADJUSTMENT: Mapping[AdjustmentState, Mapping[StrEnum, AdjustmentState]] = {
    _A.WAITING: {
        AdjustmentAction.APPROVE: _A.POSTED,
        AdjustmentAction.REJECT: _A.REJECTED,
        AdjustmentAction.CANCEL: _A.CANCELLED,
    },
    _A.POSTED: {},
    _A.REJECTED: {},
    _A.CANCELLED: {},
}


def following(
    table: Mapping[State, Mapping[StrEnum, State]], state: State, action: StrEnum
) -> State | None:
    """The state an action leads to; None where the table does not know the action."""
    return table[state].get(action)


class Difference(NamedTuple):
    """Pieces more or less of a SKU; what one costs, where that is known."""

    quantity: int
    cost_minor: int | None
    currency: str | None


def needs_second(differences: Iterable[Difference], *, units: int, value_minor: int) -> bool:
    """Whether differences are so large that a second person has to agree.

    What is missing and what is too much add up: an exchange of goods is two errors. `units` and
    `value_minor` (of each currency) are what one person decides alone; pieces of unknown cost count
    as units only.
    """
    pieces = 0
    values: dict[str, int] = {}
    for each in differences:
        pieces += abs(each.quantity)
        if each.cost_minor is not None and each.currency is not None:
            value = abs(each.quantity) * each.cost_minor
            values[each.currency] = values.get(each.currency, 0) + value
    return pieces > units or any(value > value_minor for value in values.values())
