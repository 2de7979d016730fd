"""Rules that review orders, and the blacklist."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, JsonValue, field_validator, model_validator

from app.core.contacts import phone_of
from app.core.enums.order_reviews import BlacklistKind, ReviewEffect
from app.schemas.base import Code, Input, Name, Output, SafeStr, Version
from app.services import orders

Priority = Annotated[int, Field(ge=0, le=1_000)]
_LONGEST = 200
Words = Annotated[SafeStr, Field(min_length=1, max_length=_LONGEST)]


class OrderReviewRuleIn(Input):
    """Of all rules whose every condition holds the hardest effect counts: reject, hold, pass."""

    name: Name
    reason_zh: Name
    reason_en: Name
    effect: ReviewEffect
    priority: Priority = Field(default=100, description="Reasons are listed by it, 0 first.")
    conditions: dict[str, JsonValue] = Field(
        default={}, description="As `GET /order-review-schema` says; none holds for every order."
    )
    labels: Annotated[list[Code], Field(max_length=20)] = Field(
        default=[], description="What orders of which it holds are labelled with."
    )
    order_priority: Priority = Field(
        default=0, description="How urgent they are; the highest of all rules counts."
    )
    sla_minutes: Annotated[int, Field(ge=1, le=43_200)] | None = Field(
        default=None, description="How soon people have to decide."
    )
    needs_two: bool = Field(default=False, description="Two people have to approve it.")
    is_enabled: bool = True

    @field_validator("conditions")
    @classmethod
    def _known(cls, said: dict[str, Any]) -> dict[str, Any]:
        if (problem := orders.review.problem_of(said)) is not None:
            raise ValueError(problem)
        return said

    @field_validator("labels")
    @classmethod
    def _once(cls, said: list[str]) -> list[str]:
        return list(dict.fromkeys(said))

    def terms(self) -> orders.review.RuleTerms:
        return orders.review.RuleTerms(**dict(self))


class OrderReviewRuleOut(Output):
    id: UUID
    name: str
    reason_zh: str
    reason_en: str
    effect: ReviewEffect
    priority: int
    conditions: dict[str, JsonValue]
    labels: list[str]
    order_priority: int
    sla_minutes: int | None
    needs_two: bool
    is_enabled: bool
    version: Version
    created_at: datetime
    updated_at: datetime


class OrderReviewSchemaOut(Output):
    """`conditions` is a JSON schema, draft 2020-12."""

    conditions: dict[str, JsonValue]

    @classmethod
    def of(cls, conditions: Mapping[str, Any]) -> Self:
        return cls(conditions=dict(conditions))


class BlacklistEntryIn(Input):
    """`value` is a member's id, a phone number, or a part of an address."""

    kind: BlacklistKind
    value: Words
    reason: Words

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.kind is BlacklistKind.MEMBER:
            UUID(self.value)
        if not 0 < len(orders.review.key_of(self.value)) <= _LONGEST:
            raise ValueError("value says nothing, or too much")
        return self

    def kept(self) -> str:
        """As orders have it. Raises `InvalidContact`."""
        match self.kind:
            case BlacklistKind.MEMBER:
                return str(UUID(self.value))
            case BlacklistKind.PHONE:
                return phone_of(self.value, "CN")
        return self.value


class BlacklistEntryOut(Output):
    id: UUID
    kind: BlacklistKind
    value: str
    reason: str
    added_by: str
    created_at: datetime
