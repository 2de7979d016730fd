"""How far a warehouse is from an address, in steps of administration. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

NEAR, IN_CITY, IN_PROVINCE, IN_COUNTRY, ABROAD = range(5)
_DIGITS = 6


class Destination(NamedTuple):
    """Where goods go: a country, and in China a GB/T 2260 code where it is known."""

    country: str
    region_code: str | None


def steps_between(
    country: str,
    region_code: str | None,
    service_regions: Sequence[Mapping[str, Any]],
    to: Destination | None,
) -> int:
    """Steps from a warehouse to where goods go: 0 next door to 9; 0 where it is not known whither.

    What is said of the warehouse's `service_regions` goes first (`regions` are leading digits of
    codes, or countries; the longest that fits wins, of those the first). Otherwise divisions that
    both lie in count, GB/T 2260: district 0, city 1, province 2, country 3, abroad 4.
    """
    if to is None:
        return NEAR
    said = [
        (-len(region) if region.isdigit() else 0, place, int(each["steps"]))
        for place, each in enumerate(service_regions)
        for region in each["regions"]
        if _covers(region, to)
    ]
    if said:
        return min(said)[2]
    if country != to.country:
        return ABROAD
    here, there = region_code or "", to.region_code or ""
    if not (_is_code(here) and _is_code(there)) or here[:2] != there[:2]:
        return IN_COUNTRY
    if here[:4] != there[:4]:
        return IN_PROVINCE
    return NEAR if here == there else IN_CITY


def _covers(region: str, to: Destination) -> bool:
    if not region.isdigit():
        return region == to.country
    return to.country == "CN" and (to.region_code or "").startswith(region)


def _is_code(code: str) -> bool:
    return len(code) == _DIGITS and code.isdigit()
