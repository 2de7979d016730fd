"""The option matrix: every allowed combination with its code, name, weight and prices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TypeAlias
from uuid import UUID

from app.core.money import MAX_MINOR
from app.services.catalog.engine.options import Axis, InvalidOptions, option_key
from app.services.catalog.engine.rules import Choice, Rules
from app.services.catalog.engine.template import Template

MAX_COMBINATIONS = 200_000
"""Combinations looked at, before the rules."""

MAX_SKUS = 10_000
"""SKUs one product may be given by one run."""

Deltas: TypeAlias = Mapping[str, Mapping[str, int]]
"""Axis code to value code to what is added; values not named add nothing."""


@dataclass(frozen=True, slots=True)
class PriceSpec:
    """Base price on a list and what each option value adds, in minor units (may be negative)."""

    price_list_id: UUID
    base_minor: int
    deltas: Deltas = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeightSpec:
    base_grams: int = 0
    deltas: Deltas = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """One wanted SKU. `prices` maps price lists to minor units of the list's currency."""

    options: Choice
    key: str
    code: str
    name: str
    weight_grams: int
    prices: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What to generate for one product; `product_code` and `product_name` fill the templates."""

    product_code: str
    product_name: str
    axes: Sequence[Axis]
    rules: Rules
    code: Template
    name: Template
    weight: WeightSpec
    prices: Sequence[PriceSpec]

    def check(self) -> None:
        """Raise `InvalidOptions` for what no combination could satisfy."""
        reasons = []
        if not self.axes:
            reasons.append("no axes")
        if prod(len(axis.values) for axis in self.axes) > MAX_COMBINATIONS:
            reasons.append(f"more than {MAX_COMBINATIONS} combinations")
        reasons += _unknown(self.axes, self.weight.deltas, "weight")
        for spec in self.prices:
            reasons += _unknown(self.axes, spec.deltas, "price")
        if len({spec.price_list_id for spec in self.prices}) < len(self.prices):
            reasons.append("two prices for one list")
        if reasons:
            raise InvalidOptions("Nothing can be generated", reasons=reasons)
        self.rules.check(self.axes)

    def cells(self) -> list[Cell]:
        """The allowed combinations; the last axis runs fastest. Raises `InvalidOptions`."""
        self.check()
        made = [self._cell(choice) for choice in self._choices() if self.rules.allow(choice)]
        if len(made) > MAX_SKUS:
            raise InvalidOptions(
                "Too many combinations", reasons=[f"{len(made)} SKUs, at most {MAX_SKUS}"]
            )
        return made

    def _choices(self) -> Iterator[Choice]:
        codes = [axis.code for axis in self.axes]
        for values in product(*(axis.values for axis in self.axes)):
            yield dict(zip(codes, (value.code for value in values), strict=True))

    def _cell(self, choice: Choice) -> Cell:
        names = {axis.code: axis.value_name(choice[axis.code]) for axis in self.axes}
        return Cell(
            options=choice,
            key=option_key(choice),
            code=self.code.render({"spu": self.product_code, **choice}),
            name=self.name.render({"name": self.product_name, **names}),
            weight_grams=_summed(self.weight.base_grams, self.weight.deltas, choice),
            prices={
                spec.price_list_id: _summed(spec.base_minor, spec.deltas, choice)
                for spec in self.prices
            },
        )


def problems(cell: Cell) -> list[str]:
    """Why the cell cannot become a SKU, if anything."""
    found = []
    if not 1 <= len(cell.code) <= 64:  # noqa: PLR2004 - the width of the column
        found.append("code-length")
    if len(cell.name) > 300:  # noqa: PLR2004 - the width of the column
        found.append("name-length")
    if len(cell.key) > 400:  # noqa: PLR2004 - the width of the column
        found.append("options-length")
    if not 0 <= cell.weight_grams < 2**31:
        found.append("weight-range")
    if any(not 0 <= minor <= MAX_MINOR for minor in cell.prices.values()):
        found.append("price-range")
    return found


def _summed(base: int, deltas: Deltas, choice: Choice) -> int:
    return base + sum(deltas.get(axis, {}).get(value, 0) for axis, value in choice.items())


def _unknown(axes: Sequence[Axis], deltas: Deltas, what: str) -> list[str]:
    known = {axis.code: axis.codes for axis in axes}
    return [
        f"{what} delta for {axis}={value}, which does not exist"
        for axis, values in deltas.items()
        for value in values
        if value not in known.get(axis, ())
    ]
