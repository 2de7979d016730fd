"""Value types of the catalog."""

import re
import unicodedata
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.schemas.base import MAX_INT32, Input, SafeStr

_URL = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?", re.ASCII | re.IGNORECASE)
_SLUG = re.compile(r"\w+(?:-\w+)*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _text(text: str) -> str:
    if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("The text holds a character that cannot be stored")
    return unicodedata.normalize("NFC", text)


def _url(text: str) -> str:
    if not _URL.fullmatch(text) or not text.isprintable():
        raise ValueError("Send an http or https address without user name")
    return text


def _slug(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not _SLUG.fullmatch(folded) or _UUID.fullmatch(folded):
        raise ValueError("Use words of letters and digits joined by hyphens, not an id")
    return folded


Url = Annotated[
    SafeStr,
    Field(max_length=2_000, examples=["https://img.example/shirt.jpg"]),
    AfterValidator(_url),
]
Slug = Annotated[
    SafeStr, Field(min_length=1, max_length=200, examples=["t-shirt"]), AfterValidator(_slug)
]
Grams = Annotated[int, Field(ge=0, le=MAX_INT32)]
Volume = Annotated[int, Field(ge=1, le=MAX_INT32, description="Of one piece as packed, in cm³.")]
Position = Annotated[int, Field(ge=0, le=MAX_INT32, description="Smaller comes first.")]
OptionCode = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
ShortText = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Line = Annotated[SafeStr, Field(max_length=500)]
LongText = Annotated[str, AfterValidator(_text), StringConstraints(max_length=50_000)]


class Patch(Input):
    """A partial change: what is left out stays. `NOT_NULL` names what cannot be emptied."""

    NOT_NULL: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _refuse_null(self) -> Self:
        for name in self.model_fields_set & self.NOT_NULL:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)
