"""Accounts at gateways and routes to them, as staff see them. No secret is ever part of it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.payments import FeeBearer, Scene
from app.schemas.base import Code, Currency, Input, Name, Output, Version
from app.schemas.payments.instalments import InstalmentPlanIn, InstalmentPlanOut
from app.services.payments import AccountView, RouteTerms
from app.services.payments import instalments as plans


class GatewayAccountPut(Input):
    name: Name
    is_enabled: bool = Field(
        description="Whether it takes new payments. What it took is still asked about and given"
        " back."
    )
    instalments: Annotated[list[InstalmentPlanIn], Field(max_length=20)] = Field(
        default=[],
        description="What it offers from now on; without any, payments there are made at once.",
    )

    @model_validator(mode="after")
    def _offers_each_once(self) -> Self:
        kinds = [(each.count, each.currency) for each in self.instalments]
        if len(set(kinds)) < len(kinds):
            raise ValueError("instalments: each count once a currency")
        return self

    def offered(self) -> list[plans.InstalmentPlan]:
        return [plans.InstalmentPlan(**each.model_dump()) for each in self.instalments]


class InstalmentSkillsOut(Output):
    """What the gateway could do, whatever was contracted. `currencies` null: any."""

    counts: list[int]
    fee_bearers: list[FeeBearer]
    currencies: list[str] | None


class GatewayAccountOut(Output):
    """An account of the settings. `kind` is the gateway, `merchant_id` who you are there.

    `is_offered` is what the settings say, `is_enabled` what staff say; it takes new payments when
    both do. `instalments` are the plans it offers; `can_instalments` is what its gateway could do,
    null where it takes none.
    """

    code: str
    kind: str
    merchant_id: str
    scenes: list[Scene]
    is_offered: bool
    name: str
    is_enabled: bool
    instalments: list[InstalmentPlanOut]
    can_instalments: InstalmentSkillsOut | None
    version: int = Field(ge=0, description="0: staff have said nothing of it yet.")

    @classmethod
    def of(cls, account: AccountView) -> Self:
        facts = account.facts
        return cls(
            code=facts.code,
            kind=facts.kind,
            merchant_id=facts.merchant_id,
            scenes=sorted(facts.scenes),
            is_offered=facts.is_offered,
            name=account.name,
            is_enabled=account.is_enabled,
            instalments=[InstalmentPlanOut.model_validate(each) for each in account.instalments],
            can_instalments=_skills(facts.instalments),
            version=account.version,
        )


def _skills(skills: plans.InstalmentSkills | None) -> InstalmentSkillsOut | None:
    if skills is None:
        return None
    return InstalmentSkillsOut(
        counts=sorted(skills.counts),
        fee_bearers=sorted(skills.bearers),
        currencies=None if skills.currencies is None else sorted(skills.currencies),
    )


class GatewayAccountsOut(Output):
    items: list[GatewayAccountOut]


class PaymentRouteIn(Input):
    """Leads what shoppers name as `channel` to an account, where all that is set holds.

    Lower priorities come first; of equal ones the route with more conditions.
    """

    method: Annotated[Code, Field(description="What shoppers name as `channel`, e.g. `wechatpay`.")]
    account: Annotated[Code, Field(description="An account of the settings.")]
    priority: Annotated[int, Field(ge=0, le=1_000)] = 100
    channel_id: Annotated[UUID | None, Field(description="Orders of this sales channel only.")] = (
        None
    )
    scene: Scene | None = None
    currency: Currency | None = None
    merchant_id: Annotated[
        UUID | None, Field(description="Orders whose goods are all sold by this merchant.")
    ] = None
    is_enabled: bool = True

    def terms(self) -> RouteTerms:
        return RouteTerms(**self.model_dump())


class PaymentRouteOut(Output):
    id: UUID
    method: str
    account: str
    priority: int
    channel_id: UUID | None
    scene: Scene | None
    currency: str | None
    merchant_id: UUID | None
    is_enabled: bool
    version: Version
    created_at: datetime
    updated_at: datetime
