"""Instalments: what accounts offer, and what a shopper may choose."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import Field

from app.core.enums.payments import FeeBearer, Scene
from app.core.money import MAX_MINOR
from app.schemas.base import Currency, Input, MinorUnits, Output
from app.services.payments import instalments as plans

Count = Annotated[int, Field(ge=2, le=36, description="In how many parts the payer pays.")]
Bearer = Annotated[
    FeeBearer, Field(description="Who pays the gateway's fee for it: `payer` or `seller`.")
]


class InstalmentPlanIn(Input):
    """One plan an account offers."""

    count: Count
    fee_bearer: Bearer
    currency: Currency
    min_minor: Annotated[
        int, Field(ge=0, le=MAX_MINOR, description="The least that may be paid this way.")
    ] = 0


class InstalmentPlanOut(Output):
    """A plan as the account offers it."""

    count: int
    fee_bearer: FeeBearer
    currency: str
    min_minor: MinorUnits


class InstalmentOfferOut(InstalmentPlanOut):
    """A plan the amount may be paid by: as `instalments` of a `gateway` tender in such a scene."""

    channel: str
    scenes: list[Scene]

    @classmethod
    def of(cls, offer: plans.InstalmentOffer) -> Self:
        return cls.model_validate(
            asdict(offer.plan) | {"channel": offer.channel, "scenes": offer.scenes}
        )


class InstalmentOffersOut(Output):
    """What the gateway's part of an order may be paid by, or nothing."""

    amount_minor: MinorUnits
    items: list[InstalmentOfferOut]
