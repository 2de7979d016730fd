"""Money that is moved by hand or bought: of a currency, and not of nothing."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.core.money import MAX_MINOR
from app.schemas.base import Currency
from app.services.ledger import POINTS


def _no_points(unit: str) -> str:
    if unit == POINTS:
        raise PydanticCustomError("not_a_currency", "Points are no money")
    return unit


def _some(amount_minor: int) -> int:
    if amount_minor == 0:
        raise PydanticCustomError("nothing_to_move", "No money is moved by nothing")
    return amount_minor


MoneyCurrency = Annotated[Currency, AfterValidator(_no_points)]
"""The ledger's unit of points looks like a currency and is none."""

MovedMinor = Annotated[
    int,
    Field(ge=-MAX_MINOR, le=MAX_MINOR, description="Above zero the member gets money."),
    AfterValidator(_some),
]
