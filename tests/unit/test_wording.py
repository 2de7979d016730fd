"""What callers read about a request that does not match the contract."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.routers.problems.validation import invalid_request
from app.schemas.base import SafeStr
from app.schemas.catalog.storefront import ProductSort


class Way(StrEnum):
    PICKUP = "pickup"
    SAME_CITY = "same_city"


Many = StrEnum("Many", {f"M{i}": f"a-long-name-of-a-value-{i:03}" for i in range(40)})


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    phone: Annotated[SafeStr, Field(min_length=3, max_length=5)] = "123"
    tags: list[str] = Field(default=["a"], min_length=1, max_length=2)
    way: Literal[Way.PICKUP, Way.SAME_CITY] = Way.PICKUP
    sort: ProductSort = ProductSort.NEWEST
    many: Many = Many.M0  # type: ignore[valid-type]
    limit: int = Field(default=1, ge=1, le=100)


def told(values: dict[str, Any], *, in_chinese: bool = False) -> tuple[str, list[str]]:
    """The detail, and the messages of the fields."""
    with pytest.raises(ValidationError) as caught:
        Asked.model_validate(values)
    found = invalid_request(RequestValidationError(caught.value.errors()), in_chinese=in_chinese)
    return found.detail, [each["message"] for each in found.context["errors"]]


@pytest.mark.parametrize(
    ("values", "english", "chinese"),
    [
        ({"phone": "1"}, "Should be at least 3 characters long", "至少需要 3 个字符"),
        ({"phone": "123456"}, "Should be at most 5 characters long", "最多 5 个字符"),
        ({"tags": []}, "List should have at least 1 item after validation, not 0", "至少需要 1 项"),
        (
            {"tags": ["a"] * 3},
            "List should have at most 2 items after validation, not 3",
            "最多 2 项",
        ),
        (
            {"way": "x"},
            "Input should be 'pickup' or 'same_city'",
            "应为 'pickup'、'same_city' 之一",
        ),
        ({"limit": 0}, "Input should be greater than or equal to 1", "应大于或等于 1"),
        ({"limit": "1.5"}, "Input should be a valid integer", "应为整数"),
        ({"colour": 1}, "Extra inputs are not permitted", "没有这个字段"),
    ],
)
def test_a_field_is_refused_in_words_of_its_caller(
    values: dict[str, Any], english: str, chinese: str
) -> None:
    detail, messages = told(values)
    assert detail == "1 field(s) are invalid"
    assert len(messages) == 1
    assert messages[0].startswith(english)
    assert told(values, in_chinese=True) == ("有 1 个字段无效", [chinese])


@pytest.mark.parametrize("in_chinese", [False, True])
def test_a_long_list_of_values_ends_with_a_whole_one(in_chinese: bool) -> None:
    _, (message,) = told({"many": "x"}, in_chinese=in_chinese)
    assert len(message) <= 300
    named = message.split("'")[1::2]
    assert named == [f"a-long-name-of-a-value-{i:03}" for i in range(len(named))]
    assert "…" in message


def test_words_without_a_translation_stay_as_they_are() -> None:
    assert told({"phone": "a\x00b"}, in_chinese=True)[1] == [
        "The text holds a character that cannot be stored"
    ]
