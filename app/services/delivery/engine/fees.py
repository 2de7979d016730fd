"""The zone an address lies in, and what goods cost to be sent there."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.enums.delivery import FreightBasis
from app.core.money import MAX_MINOR
from app.services.delivery.engine.types import Goods, Place, Template, Zone


class Fee(NamedTuple):
    """`fee_minor` has the surcharge in it; `units` is what was counted."""

    units: int
    fee_minor: int
    surcharge_minor: int
    is_free: bool


def zone_of(zones: Iterable[Zone], place: Place) -> Zone | None:
    """The zone that names the place most closely: the longest leading digits win.

    A country by its two letters is the widest. None where no zone reaches.
    """
    best: tuple[int, Zone] | None = None
    for zone in zones:
        for region in zone.regions:
            if _covers(region, place):
                length = len(region) if region.isdigit() else 0
                if best is None or length > best[0]:
                    best = (length, zone)
    return best[1] if best else None


def fee_of(zone: Zone, basis: FreightBasis, goods: Sequence[Goods]) -> Fee:
    """What goods that travel together cost to send to a zone.

    More of them never cost less, except where a threshold makes them free; no more than an amount
    may be.
    """
    units = sum(_units(basis, each) for each in goods)
    amount = sum(each.amount_minor for each in goods)
    pieces = sum(each.pieces for each in goods)
    is_free = _reaches(amount, zone.free_from_minor) or _reaches(pieces, zone.free_from_pieces)
    steps = -(-max(0, units - zone.first_units) // zone.step_units)
    fee = 0 if is_free else zone.first_minor + steps * zone.step_minor
    return Fee(units, at_most(fee + zone.surcharge_minor), zone.surcharge_minor, is_free)


def at_most(fee_minor: int) -> int:
    """A fee as an amount may be: who asks for more makes the order too dear, and no quote odd."""
    return min(fee_minor, MAX_MINOR)


def estimate(template: Template, place: Place, grams: int, volume: int) -> tuple[int, int]:
    """What a parcel to a place costs once, and about what a piece of that size adds.

    Every piece counts by the step, also those in the first units, so that it is a straight line;
    amounts add nothing. A zone that is not served counts nothing: the judgement refuses it.
    """
    zone = zone_of(template.zones, place)
    if zone is None or not zone.is_served:
        return 0, 0
    one = Goods(template.merchant_id, template.warehouse_id, 1, grams, volume, 0)
    units = _units(template.basis, one)
    step_minor = -(-units * zone.step_minor // zone.step_units)
    return at_most(zone.first_minor + zone.surcharge_minor), at_most(step_minor)


def _covers(region: str, place: Place) -> bool:
    if not region.isdigit():
        return region == place.country
    code = place.region_code
    return place.country == "CN" and code is not None and code.startswith(region)


def _units(basis: FreightBasis, goods: Goods) -> int:
    match basis:
        case FreightBasis.WEIGHT:
            return goods.weight_grams * goods.pieces
        case FreightBasis.VOLUME:
            return goods.volume_cm3 * goods.pieces
        case FreightBasis.PIECES:
            return goods.pieces
        case FreightBasis.AMOUNT:
            return goods.amount_minor


def _reaches(value: int, threshold: int | None) -> bool:
    return threshold is not None and value >= threshold
