"""Accounts at gateways and routes to them, as staff see them. No secret is ever part of it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import Scene
from app.schemas.base import Code, Currency, Input, Name, Output, Version
from app.services.payments import AccountView, RouteTerms


class GatewayAccountPut(Input):
    name: Name
    is_enabled: bool = Field(
        description="Whether it takes new payments. What it took is still asked about and given"
        " back."
    )


class GatewayAccountOut(Output):
    """An account of the settings. `kind` is the gateway, `merchant_id` who you are there.

    `is_offered` is what the settings say, `is_enabled` what staff say; it takes new payments when
    both do.
    """

    code: str
    kind: str
    merchant_id: str
    scenes: list[Scene]
    is_offered: bool
    name: str
    is_enabled: bool
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
            version=account.version,
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
