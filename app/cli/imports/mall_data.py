"""The mall catalog as it lies on disk: JSON rows, and what can be read from one alone. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Row: TypeAlias = Mapping[str, Any]

FILES = (
    "attributes",
    "brands",
    "categories",
    "coupons",
    "flash_prices",
    "flash_sessions",
    "products",
)
TIERS = {"黄金会员": "gold", "白金会员": "platinum", "钻石会员": "diamond"}
"""Member tiers by the name the source gives them."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Mall:
    """Every file of the folder, and look-ups over them."""

    files: Mapping[str, Sequence[Row]]

    @classmethod
    def read(cls, folder: Path) -> "Mall":
        return cls({name: orjson.loads((folder / f"{name}.json").read_bytes()) for name in FILES})

    def category_names(self) -> dict[int, str]:
        """`parent-child` by category, which is how the source names attribute sets."""
        rows = {row["id"]: row for row in self.files["categories"]}
        return {
            each: f"{rows[row['parent_id']]['name']}-{row['name']}"
            for each, row in rows.items()
            if row["parent_id"] in rows
        }

    def sale_attributes(self) -> dict[str, set[str]]:
        """Names of the attributes SKUs differ in, by attribute set."""
        found: dict[str, set[str]] = {}
        for row in self.files["attributes"]:
            if row["set"] is not None and row["kind"] == "sale":
                found.setdefault(row["set"], set()).add(row["name"])
        return found

    def set_of(self, product: Row) -> str | None:
        """The attribute set of a product, which the source does not name.

        It is the set named after its category, else the only one whose sale attributes are what
        its SKUs differ in, else none.
        """
        sets = {row["set"] for row in self.files["attributes"]}
        named = self.category_names().get(product["category_id"])
        if named in sets:
            return named
        axes = {axis for sku in product["skus"] for axis in sku["options"]}
        fitting = [name for name, sale in self.sale_attributes().items() if axes and sale == axes]
        return fitting[0] if len(fitting) == 1 else None

    def attributes_of(self, set_name: str | None) -> dict[str, Row]:
        """Attributes of a set by name."""
        rows = self.files["attributes"]
        return {row["name"]: row for row in rows if set_name and row["set"] == set_name}


def off_bps(rate: str) -> int:
    """`0.70` pays 70 %, which is 3000 basis points off. Raises `ValueError` for anything else."""
    off = (1 - Fraction(rate)) * 10_000
    if off.denominator != 1 or not 0 < off <= 10_000:  # noqa: PLR2004 - the whole
        raise ValueError(f"rate {rate}")
    return int(off)


def value_code(value: str, at: int) -> str:
    """The code of an option value: the value itself when it can be a code, else its place."""
    return value if _CODE.fullmatch(value) else f"v{at}"


def axes_of(product: Row, attributes: Mapping[str, Row]) -> list[dict[str, Any]]:
    """The option axes of a product, in the order its SKUs name them and their values."""
    found: dict[str, list[str]] = {}
    for sku in product["skus"]:
        for axis, value in sku["options"].items():
            values = found.setdefault(axis, [])
            if value not in values:
                values.append(value)
    return [
        {
            "code": f"a{attributes[axis]['id']}" if axis in attributes else f"o{at}",
            "name": axis,
            "values": [
                {"code": value_code(value, place), "name": value}
                for place, value in enumerate(values, start=1)
            ],
        }
        for at, (axis, values) in enumerate(found.items(), start=1)
    ]


def choice_of(sku: Row, axes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Value codes by axis code."""
    chosen: dict[str, str] = {}
    for axis in axes:
        codes = {value["name"]: value["code"] for value in axis["values"]}
        named = sku["options"].get(axis["name"])
        if named in codes:
            chosen[axis["code"]] = codes[named]
    return chosen
