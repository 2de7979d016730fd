"""What carriers would charge, cheapest first."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import CarrierSkill
from app.core.errors import DomainError, NotFound
from app.core.settings import CarrierSettings
from app.repositories.orders import CarrierRepository, LabelRepository
from app.services.orders.carriers.calls import Carriers, ask
from app.services.orders.carriers.labels import sender_of
from app.services.orders.carriers.ports import Rate, RateQuery

log = logging.getLogger(__name__)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CarrierRate:
    carrier_code: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Rates:
    """`silent` are carriers that gave no answer."""

    offers: tuple[CarrierRate, ...]
    silent: tuple[str, ...]


async def compare_rates(
    sessions: Sessions,
    carriers: Carriers,
    fulfilment_id: UUID,
    weight_grams: int,
    *,
    actor: Actor,
    settings: CarrierSettings,
) -> Rates:
    """Ask every carrier of the seller's that tells what a parcel of that weight costs.

    Cheapest first; of two at one price the one that is there sooner. Merchants ask for
    their own fulfilments. Raises `NotFound`.
    """
    async with unit_of_work(sessions) as session:
        part = await LabelRepository(session).part(fulfilment_id)
        if part is None or actor.merchant_id not in {None, part["merchant_id"]}:
            raise NotFound("No such fulfilment")
        known = await CarrierRepository(session).of_merchant(part["merchant_id"])
    offers: list[CarrierRate] = []
    silent: list[str] = []
    for each in known:
        port = carriers.get(each.adapter) if each.adapter is not None else None
        if port is None or CarrierSkill.RATE not in port.skills:
            continue
        query = RateQuery(
            carrier=each.tracking_code or each.code,
            sender=sender_of(part),
            recipient=part["address"] or {},
            weight_grams=weight_grams,
            currency=part["currency"],
        )
        try:
            rates = await ask(port.rate(query), settings)
        except DomainError as error:
            log.warning("rates of %s: %s", each.code, error)
            silent.append(each.code)
        else:
            offers += [CarrierRate(each.code, rate) for rate in rates]
    offers.sort(key=lambda each: (each.rate.cost_minor, each.rate.estimated_at or _NEVER))
    return Rates(tuple(offers), tuple(silent))
