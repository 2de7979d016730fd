"""Request and response shapes of templates of promotions, and of the schemas of rules."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.schemas.base import MAX_INT32, Code, Currency, Input, MinorUnits, Name, Output, SafeStr
from app.schemas.base import Version as VersionNumber
from app.schemas.promotions import Config, Limit
from app.services.promotions import NewPromotion, TemplateTerms

Json = Annotated[dict[str, Any], Field(max_length=100)]

_PARAMETERS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "least_minor": {"type": "integer", "minimum": 1, "x-ui": {"widget": "money"}},
        "rate_bps": {"type": "integer", "minimum": 1, "maximum": 5_000},
    },
    "required": ["rate_bps"],
    "additionalProperties": False,
}
_TERMS = {
    "stage": "order",
    "condition": {
        "all": [
            {
                "$when": "least_minor",
                "then": {"type": "min_amount", "amount_minor": {"$param": "least_minor"}},
            }
        ]
    },
    "action": {"type": "percent_off", "rate_bps": {"$param": "rate_bps"}},
}


class TemplatePut(Input):
    """`{"$param": "x"}` in `terms` stands for parameter `x`, or leaves the member out without it.

    `{"$when": "x", "then": …}` is there only when `x` is given.
    """

    name: Name
    description: Annotated[SafeStr, Field(max_length=2_000)] = ""
    terms: Json = Field(
        description="What of a promotion it settles: `stage` and `action`, perhaps `needs_coupon`,"
        " `priority`, `scope`, `condition`, `stack`, `limits`, `funding`, `refund`.",
        examples=[_TERMS],
    )
    parameters: Json = Field(
        description="JSON schema, draft 2020-12, of an object; `x-ui` is for the editor.",
        examples=[_PARAMETERS],
    )
    example: Json = Field(
        description="Parameters it works with.", examples=[{"least_minor": 10_000, "rate_bps": 1}]
    )
    is_active: bool = Field(default=True, description="Whether it is offered to staff.")

    def template(self) -> TemplateTerms:
        return TemplateTerms(**{name: getattr(self, name) for name in TemplatePut.model_fields})


class TemplateIn(TemplatePut):
    code: Code


class BuiltinTemplateOut(Output):
    """A template that comes with the shop and never changes."""

    id: UUID
    code: str
    name: str
    description: str
    terms: dict[str, Any]
    parameters: dict[str, Any]
    example: dict[str, Any]


class TemplateOut(BuiltinTemplateOut):
    is_active: bool
    version: VersionNumber
    created_at: datetime
    updated_at: datetime


class BuiltinTemplatesOut(Output):
    items: list[BuiltinTemplateOut]


class InstantiateIn(Input):
    """What no template settles, and the template's parameters."""

    code: Code
    merchant_id: UUID
    name: Name
    currency: Currency
    parameters: Config = Field(examples=[{"least_minor": 30_000, "off_minor": 4_000}])
    priority: int | None = Field(default=None, ge=-MAX_INT32, le=MAX_INT32)
    channel_ids: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)
    starts_at: datetime | None = None
    ends_at: datetime | None = Field(default=None, description="The first instant without it.")
    total_uses: Limit | None = None
    uses_per_member: Annotated[int, Field(ge=1, le=1_000)] | None = None
    uses_per_day: Limit | None = None
    uses_per_member_per_day: Annotated[int, Field(ge=1, le=1_000)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    budget_minor: MinorUnits | None = None

    def promotion(self) -> NewPromotion:
        values = {
            name: getattr(self, name) for name in InstantiateIn.model_fields if name != "parameters"
        }
        return NewPromotion(**values | {"channel_ids": tuple(self.channel_ids)})


class RuleSchemasOut(Output):
    """JSON schemas by what they describe.

    `x-ui` says how an editor asks for a member; `x-stages` of an action, which stages may have it.
    What depends on several members at once is in the descriptions, and checked when a draft is
    saved.
    """

    dialect: str
    actions: dict[str, dict[str, Any]]
    conditions: dict[str, dict[str, Any]]
    scope: dict[str, Any]
    stack: dict[str, Any]
    funding: dict[str, Any]
    refund: dict[str, Any]
    rule: dict[str, Any] = Field(description="A whole configuration.")
