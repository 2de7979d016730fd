"""Options of a product: its axes, and the canonical text of one choice of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from app.core.errors import DomainError

MAX_AXES = 8
MAX_KEY = 400
"""Length of `option_key` in characters."""


class InvalidOptions(DomainError):
    """`reasons` lists what is wrong, each with where it is."""

    slug, title, title_zh = "invalid-options", "The options do not fit the product", "规格不正确"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Value:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing SKUs differ in, such as colour, with the values it can take in display order."""

    code: str
    name: str
    values: tuple[Value, ...]

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        values = tuple(Value(each["code"], each["name"]) for each in raw["values"])
        return cls(raw["code"], raw["name"], values)

    def dump(self) -> dict[str, Any]:
        values = [{"code": each.code, "name": each.name} for each in self.values]
        return {"code": self.code, "name": self.name, "values": values}

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(each.code for each in self.values)

    def value_name(self, code: str) -> str:
        return next(each.name for each in self.values if each.code == code)


def read_axes(raw: Sequence[Mapping[str, Any]]) -> tuple[Axis, ...]:
    """The axes of a product's `options`. Raises `InvalidOptions` for twins and empty axes."""
    axes = tuple(Axis.read(each) for each in raw)
    reasons = []
    if len(axes) > MAX_AXES:
        reasons.append(f"more than {MAX_AXES} axes")
    if len({axis.code for axis in axes}) < len(axes):
        reasons.append("two axes with one code")
    for axis in axes:
        if not axis.values:
            reasons.append(f"axis {axis.code} has no values")
        if len(axis.codes) < len(axis.values):
            reasons.append(f"axis {axis.code} has two values with one code")
    if reasons:
        raise InvalidOptions("The option axes are not usable", reasons=reasons)
    return axes


def option_key(options: Mapping[str, str]) -> str:
    """The canonical text of a choice: `axis=value` by axis code, joined by `|`."""
    return "|".join(f"{axis}={options[axis]}" for axis in sorted(options))


def check_choice(axes: Sequence[Axis], options: Mapping[str, str]) -> str:
    """The key of `options` when it names one value of every axis, else `InvalidOptions`."""
    known = {axis.code: axis.codes for axis in axes}
    reasons = [f"option {code} is missing" for code in known if code not in options]
    reasons += [f"option {code} is unknown" for code in options if code not in known]
    reasons += [
        f"{value} is no value of {code}"
        for code, value in options.items()
        if code in known and value not in known[code]
    ]
    key = option_key(options)
    if len(key) > MAX_KEY:
        reasons.append("the options are too long")
    if reasons:
        raise InvalidOptions("A SKU chooses one value of every option", reasons=reasons)
    return key


def extended(before: Sequence[Axis], wanted: Sequence[Axis]) -> tuple[Axis, ...]:
    """`wanted`, with values that only `before` knows kept at the end of their axis.

    SKUs made earlier keep a name for every value they chose.
    """
    old = {axis.code: axis for axis in before}
    merged = []
    for axis in wanted:
        known = old.get(axis.code)
        kept = tuple(v for v in known.values if v.code not in axis.codes) if known else ()
        merged.append(Axis(axis.code, axis.name, axis.values + kept))
    return tuple(merged)
