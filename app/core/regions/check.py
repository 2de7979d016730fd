"""Whether province, city, district and code of an address fit together."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from app.core.errors import DomainError
from app.core.regions.table import Region, children, find

CHINA = "CN"
_MUNICIPAL = frozenset({"市辖区", "县"})
"""What stands in the place of a city where a municipality has none."""
_DIRECT = frozenset({"省直辖县级行政区划", "自治区直辖县级行政区划"})
"""What stands in the place of a city over counties that belong to none."""
_SHORTEST = 2
_SUGGESTED = 5


class UnknownRegion(DomainError):
    """`field` is the part that fits nothing, `suggestions` are `{code, name}` that would."""

    slug, title, title_zh = "unknown-region", "There is no such region", "地区不存在"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


def region_of(province: str, city: str, district: str | None, code: str | None = None) -> str:
    """The six-digit code of the smallest division named.

    Names may leave off what kind of division it is (上海 for 上海市). A municipality is its own
    city; a county that belongs to no city may be named as the city. Raises `UnknownRegion` for a
    name that fits nothing where it should be, and for a code of somewhere else.
    """
    named = _named(province, city, district)
    if code is None:
        return named
    if find(code) is None:
        raise _unknown("region_code", [region] if (region := find(named)) else ())
    if _lies_in(code, named):
        return code
    if _lies_in(named, code):
        return named
    raise _unknown("region_code", [region] if (region := find(named)) else ())


def with_region(address: Mapping[str, Any]) -> dict[str, Any]:
    """The address with its region code, if it is in China; elsewhere it stays as it is.

    Raises `UnknownRegion`.
    """
    if address["country"] != CHINA:
        return dict(address)
    code = region_of(
        address["province"], address["city"], address.get("district"), address.get("region_code")
    )
    return {**address, "region_code": code}


def _named(province_name: str, city_name: str, district_name: str | None) -> str:
    provinces = children(None)
    found = _fitting(provinces, province_name)
    if not found:
        raise _unknown("province", _like(provinces, province_name))
    province = found[0]
    cities = children(province.code)
    if not cities:  # the standard does not divide it
        return province.code
    if any(each.name in _MUNICIPAL for each in cities):
        if not _fits(province, city_name) and city_name not in _MUNICIPAL:
            raise _unknown("city", [province])
        return _district(province, cities, district_name)
    whole = _fitting(cities, city_name)
    if whole:
        return _district(whole[0], whole[:1], district_name)
    direct = [each for city in cities if city.name in _DIRECT for each in children(city.code)]
    county = _fitting(direct, city_name)
    if not county:
        raise _unknown("city", _like([*cities, *direct], city_name))
    if district_name is not None and not _fits(county[0], district_name):
        raise _unknown("district", county)
    return county[0].code


def _district(whole: Region, cities: Iterable[Region], name: str | None) -> str:
    if name is None:
        return whole.code
    districts = [each for city in cities for each in children(city.code)]
    found = _fitting(districts, name)
    if not found:
        raise _unknown("district", _like(districts, name))
    return found[0].code


def _fits(region: Region, name: str) -> bool:
    name = name.strip()
    return region.name == name or (len(name) >= _SHORTEST and region.name.startswith(name))


def _fitting(regions: Iterable[Region], name: str) -> list[Region]:
    """Those of that very name first; a short form counts only where it means one."""
    regions = tuple(regions)
    exact = [each for each in regions if each.name == name.strip()]
    fitting = [each for each in regions if _fits(each, name)]
    return exact or (fitting if len(fitting) == 1 else [])


def _lies_in(inner: str, outer: str) -> bool:
    while outer.endswith("00"):
        outer = outer[:-2]
    return inner.startswith(outer)


def _like(regions: Iterable[Region], name: str) -> list[Region]:
    by_name = {each.name: each for each in regions}
    close = get_close_matches(name[:64], by_name, n=_SUGGESTED, cutoff=0.3)
    return [by_name[each] for each in close] or list(by_name.values())[:_SUGGESTED]


def _unknown(field: str, suggestions: Iterable[Region]) -> UnknownRegion:
    listed = [{"code": each.code, "name": each.name} for each in suggestions]
    meant = ", ".join(each["name"] for each in listed)
    return UnknownRegion(
        f"Nothing of that name is there; did you mean {meant}?" if meant else "No such region",
        field=field,
        suggestions=listed,
    )
