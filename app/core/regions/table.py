"""The divisions by code: provinces, cities and districts.

Codes are those of GB/T 2260, six digits of which the last pairs are 00 where they name a whole
province or city. The facts are those of china-division 2.7.0 (the National Bureau of Statistics'
list of 2023); 71, 81 and 82 are of the standard itself, which does not divide them further.
`divisions.txt` has a line per province (`44 广东省`) and per city, with the last two digits and
the names of its districts (`4401 广州市 03荔湾区 …`). A city without districts has none there.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("divisions.txt")
_PROVINCE, _CITY = 2, 4


class Region(NamedTuple):
    """A division: province, city or district by `level`. In one that `is_split` lie others."""

    code: str
    name: str
    level: str
    parent: str | None
    is_split: bool


@cache
def _table() -> tuple[dict[str, Region], dict[str | None, tuple[Region, ...]]]:
    found: list[Region] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        digits, name, *districts = line.split(" ")
        code = digits.ljust(6, "0")
        if len(digits) == _PROVINCE:
            found.append(Region(code, name, "province", None, is_split=False))
            continue
        parent = digits[:_PROVINCE].ljust(6, "0")
        found.append(Region(code, name, "city", parent, is_split=bool(districts)))
        found.extend(
            Region(digits + each[:2], each[2:], "district", code, is_split=False)
            for each in districts
        )
    split = {each.parent for each in found}
    by_code = {each.code: each._replace(is_split=each.code in split) for each in found}
    under: dict[str | None, list[Region]] = {}
    for each in by_code.values():
        under.setdefault(each.parent, []).append(each)
    return by_code, {parent: tuple(regions) for parent, regions in under.items()}


def find(code: str) -> Region | None:
    """The division of a six-digit code."""
    return _table()[0].get(code)


def children(parent: str | None) -> tuple[Region, ...]:
    """The divisions right below one in order of code, the provinces for none."""
    return _table()[1].get(parent, ())
