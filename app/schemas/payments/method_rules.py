"""Rules about ways to pay, and what they say of an order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from app.core.enums.payments import MethodEffect, TenderKind
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Currency, Id, Input, MinorUnits, Name, Output, SafeStr, Version
from app.schemas.payments.instalments import InstalmentOfferOut
from app.services.payments import MethodRuleTerms

Region = Annotated[
    SafeStr,
    Field(
        pattern=r"^[A-Z]{2}(/[^/]+){0,3}$",
        max_length=200,
        description="From the country down, as far as it matters.",
        examples=["CN/广东省/深圳市"],
    ),
]
Amount = Annotated[int, Field(ge=0, le=MAX_MINOR)]


class MethodConditionsIn(Input):
    """All that are set have to hold; without any they hold for every order."""

    regions: Annotated[list[Region], Field(max_length=100)] = []
    min_minor: Amount | None = None
    max_minor: Amount | None = None
    currency: Currency | None = None
    tiers: Annotated[list[Code], Field(max_length=50)] = []
    category_ids: Annotated[list[Id], Field(max_length=100)] = []
    product_ids: Annotated[list[Id], Field(max_length=100)] = []
    deliveries: Annotated[list[Code], Field(max_length=20)] = []
    channel_ids: Annotated[list[Id], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _amounts_have_a_currency(self) -> Self:
        amounts = [each for each in (self.min_minor, self.max_minor) if each is not None]
        if amounts and self.currency is None:
            raise ValueError("amounts are of a currency")
        if amounts != sorted(amounts):
            raise ValueError("min_minor is at most max_minor")
        return self


class MethodRuleIn(Input):
    """Refuses a way to pay where the conditions hold (`refuse`), or allows it only there (`only`).

    Of categories and products, one of the goods is enough to refuse; all of them have to be there
    to allow. `limit` is for points: they pay at most `limit_bps` of each of the goods that are in
    the categories and among the products, in orders where the other conditions hold; 0 keeps points
    from them. Of several limits the strictest counts.
    """

    name: Name = Field(description="Shoppers' clients read it as the reason.")
    method: TenderKind
    effect: MethodEffect
    conditions: MethodConditionsIn = MethodConditionsIn()
    limit_bps: Annotated[int, Field(ge=0, le=10_000)] | None = None
    is_enabled: bool = True

    @model_validator(mode="after")
    def _limits_points(self) -> Self:
        is_limit = self.effect is MethodEffect.LIMIT
        if is_limit != (self.limit_bps is not None):
            raise ValueError("limit_bps goes with the effect limit")
        if is_limit and self.method is not TenderKind.POINTS:
            raise ValueError("only points have limits")
        return self

    def terms(self) -> MethodRuleTerms:
        return MethodRuleTerms(
            name=self.name,
            method=self.method,
            effect=self.effect,
            conditions=self.conditions.model_dump(mode="json", exclude_defaults=True),
            is_enabled=self.is_enabled,
            limit_bps=self.limit_bps,
        )


class MethodConditionsOut(Output):
    """As they were said; what was not said is empty or null."""

    regions: list[str]
    min_minor: int | None
    max_minor: int | None
    currency: str | None
    tiers: list[str]
    category_ids: list[UUID]
    product_ids: list[UUID]
    deliveries: list[str]
    channel_ids: list[UUID]


class MethodRuleOut(Output):
    """A rule about a way to pay."""

    id: UUID
    name: str
    method: TenderKind
    effect: MethodEffect
    conditions: MethodConditionsOut
    limit_bps: int | None
    is_enabled: bool
    version: Version
    created_at: datetime
    updated_at: datetime

    @field_validator("conditions", mode="before")
    @classmethod
    def _whole(cls, said: Mapping[str, Any]) -> Mapping[str, Any]:
        unsaid = MethodConditionsIn().model_dump()
        return unsaid | dict(said)


class MethodReasonOut(Output):
    """`rule`: the conditions in `because` hold (`refuse`), or do not (`only`)."""

    code: Literal["not_offered", "rule"]
    rule_id: UUID | None
    name: str | None
    effect: MethodEffect | None
    because: list[str]

    @classmethod
    def of(cls, reason: Mapping[str, Any]) -> Self:
        unsaid: dict[str, Any] = {"rule_id": None, "name": None, "effect": None, "because": []}
        return cls.model_validate(unsaid | dict(reason))


class PointsLimitReasonOut(Output):
    """Why points may not pay all: of what the lines cost, they pay at most `limit_bps`.

    `rule` is a rule of staff about `lines`; `shipping` is about the fee, `order` about everything.
    """

    code: Literal["rule", "shipping", "order"]
    limit_bps: int
    rule_id: UUID | None
    name: str | None
    lines: list[UUID]


class PointsLimitOut(Output):
    """The most points may pay, in money, beside what goods cost in points alone; and why."""

    most_minor: MinorUnits
    reasons: list[PointsLimitReasonOut]


class PaymentMethodOut(Output):
    method: TenderKind
    is_allowed: bool
    reasons: list[MethodReasonOut]
    channels: list[str] = Field(description="What a `gateway` tender may name.")
    instalments: list[InstalmentOfferOut] = Field(
        description="The plans all of it may be paid by there. Where other tenders pay a part, the"
        " quote says which of them are left."
    )
    points_limit: PointsLimitOut | None = Field(description="Of `points`: how much they may pay.")


class PaymentMethodsOut(Output):
    """Every way to pay, in the order they pay."""

    items: list[PaymentMethodOut]
