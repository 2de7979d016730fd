"""Shapes of recharge packages and top-ups."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from app.core.enums.payments import Scene, TopUpState
from app.core.money import MAX_MINOR
from app.schemas.base import MAX_INT32, Code, Input, MinorUnits, Name, Output, SafeStr
from app.schemas.cart.checkout import PayerId
from app.schemas.orders import PaymentPlanOut
from app.schemas.payments.money import MoneyCurrency
from app.services.payments import recharge_packages


class PackageIn(Input):
    """Pay `pay_minor`, get `bonus_minor` on top."""

    name: Name
    currency: MoneyCurrency = "CNY"
    pay_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    bonus_minor: MinorUnits = 0
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    per_member: Annotated[
        int | None, Field(ge=1, le=MAX_INT32, description="Null: as often as wanted.")
    ] = None
    is_active: bool = True

    @model_validator(mode="after")
    def _has_a_window(self) -> Self:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must come after starts_at")
        return self

    def terms(self) -> recharge_packages.PackageTerms:
        return recharge_packages.PackageTerms(**self.model_dump())


class OfferedPackageOut(Output):
    id: UUID
    name: str
    currency: str
    pay_minor: MinorUnits
    bonus_minor: MinorUnits
    ends_at: datetime | None
    per_member: int | None


class PackageOut(OfferedPackageOut):
    starts_at: datetime | None
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class OfferedPackagesOut(Output):
    items: list[OfferedPackageOut]


class TopUpIn(Input):
    """Name a package, or an amount of your own. `payer_id` is needed inside a gateway's app."""

    package_id: UUID | None = None
    amount_minor: Annotated[int | None, Field(ge=1, le=MAX_MINOR)] = None
    currency: Annotated[MoneyCurrency, Field(description="Of a free amount.")] = "CNY"
    channel: Code
    scene: Scene = Scene.PAGE
    payer_id: PayerId | None = None

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if (self.package_id is None) == (self.amount_minor is None):
            raise ValueError("name either package_id or amount_minor")
        return self


class TopUpOut(Output):
    id: UUID
    package_id: UUID | None
    currency: str
    pay_minor: MinorUnits
    bonus_minor: MinorUnits
    state: TopUpState
    close_reason: str | None
    expires_at: datetime
    created_at: datetime


class NewTopUpOut(TopUpOut):
    """A top-up, and what your client needs in order to pay it."""

    payment: PaymentPlanOut


class AdminTopUpOut(TopUpOut):
    member_id: UUID


class RefundTopUpIn(Input):
    reason: Annotated[SafeStr, Field(min_length=1, max_length=200)]
