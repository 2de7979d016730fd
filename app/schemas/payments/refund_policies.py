"""What stores have decided about refunds."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.payments import PointsShortfall, RefundPolicy, RefundReason, Valuation
from app.schemas.base import Input, Output
from app.services.payments import RefundRules
from app.services.payments.refund_policies import StoreRules


class RefundPolicyIn(Input):
    """Where money goes back to, what units are worth, and what follows.

    Points that are spent when what earned them goes back are a `debt`, or are `withheld` from the
    refund at their value. Cards, points and coupons that are given back live `grace_days` at
    least. For the reasons in `shop_pays` the shipping fee of what has left comes back too.
    """

    policy: RefundPolicy
    valuation: Valuation
    shortfall: PointsShortfall
    grace_days: Annotated[int, Field(ge=0, le=3650)]
    shop_pays: Annotated[list[RefundReason], Field(max_length=20)]

    def rules(self) -> RefundRules:
        return RefundRules(
            policy=self.policy,
            valuation=self.valuation,
            shortfall=self.shortfall,
            grace_days=self.grace_days,
            shop_pays=frozenset(self.shop_pays),
        )


class RefundRulesOut(Output):
    """Rules of refunds. `version` is that of the decision of the store, null of the settings."""

    policy: RefundPolicy
    valuation: Valuation
    shortfall: PointsShortfall
    grace_days: int
    shop_pays: list[RefundReason]
    decided_by: Literal["store", "settings"]
    version: int | None

    @model_validator(mode="before")
    @classmethod
    def _of(cls, rules: Any) -> Any:
        if not isinstance(rules, RefundRules):
            return rules
        return {
            "policy": rules.policy,
            "valuation": rules.valuation,
            "shortfall": rules.shortfall,
            "grace_days": rules.grace_days,
            "shop_pays": sorted(rules.shop_pays),
            "decided_by": "settings" if rules.version is None else "store",
            "version": rules.version,
        }


class StoreRefundPolicyOut(Output):
    """A channel with the rules that orders placed there get."""

    id: UUID = Field(description="The channel's.")
    name: str
    rules: RefundRulesOut
    version: int = Field(description="0 as long as it has not decided.")

    @classmethod
    def of(cls, store: StoreRules) -> Self:
        return cls.model_validate(store)
