"""Shapes and value types every endpoint shares.

Inputs are strict: a number is a JSON number without a fraction (`1.0` is refused), a text is a
JSON string, an instant is RFC 3339 with an offset. Nothing is guessed.
"""

import re
import unicodedata
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError
from typing_extensions import override

from app.core.cards import holds_card_number
from app.core.money import MAX_MINOR
from app.schemas.strictness import strict

MAX_INT32 = 2**31 - 1
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def _normal(text: str) -> str:
    """NFC, so that twins of one text compare equal; refuses NUL and lone surrogates."""
    if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("The text holds a character that cannot be stored")
    return unicodedata.normalize("NFC", text)


SafeStr = Annotated[str, AfterValidator(_normal), StringConstraints(max_length=2_000)]
"""Free text. Narrow it: `Annotated[SafeStr, Field(min_length=1, max_length=200)]`."""


def _no_card(text: str) -> str:
    if holds_card_number(text):
        raise PydanticCustomError(
            "card_data_not_allowed", "Numbers of payment cards are not written down here"
        )
    return text


Said = Annotated[SafeStr, AfterValidator(_no_card)]
"""Free text in which people say something: a card's number in it is refused, so none is kept."""

Name = Annotated[str, AfterValidator(_normal), StringConstraints(min_length=1, max_length=200)]
Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
Id = Annotated[UUID, Field(description="A UUIDv7.")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["CNY"])]
Quantity = Annotated[int, Field(ge=1, le=9_999, description="Pieces.")]
MinorUnits = Annotated[
    int, Field(ge=0, le=MAX_MINOR, description="Integer minor units of `currency`, e.g. cents.")
]
SignedMinorUnits = Annotated[
    int,
    Field(
        ge=-MAX_MINOR,
        le=MAX_MINOR,
        description="Integer minor units of `currency`; may be negative.",
    ),
]
BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="2500 is 25 %.")]
Version = Annotated[int, Field(ge=1, le=MAX_INT32, description="Moved by every change; the ETag.")]


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise PydanticCustomError("int_parsing", "Input should be a whole number in digits")
    return value


WholeNumber = Annotated[int, BeforeValidator(_digits)]
"""A number in a query or a path: ASCII digits only, while plain `int` takes `1_0` and `1.0` too."""


class Input(BaseModel):
    """A request body. Unknown fields are refused, values are never coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @classmethod
    @override
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler, /
    ) -> CoreSchema:
        return strict(handler(source))


class Output(BaseModel):
    """A response body. Outputs declare no defaults, so every field is `required`."""

    model_config = ConfigDict(from_attributes=True, frozen=True, defer_build=True)


T = TypeVar("T")


class Page(Output, Generic[T]):
    items: list[T]
    next_after: str | None = Field(
        description="Pass as `after` for the next page; null at the end."
    )
