"""Why each price of a line was taken or not (pricing specification 2.2, stage price)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from app.services.pricing.engine.price_stage import is_open, new
from app.services.pricing.engine.types import (
    LIST_PRICE,
    Line,
    PriceContext,
    PricedLine,
    PriceRun,
)


class PriceReason(StrEnum):
    """`APPLIED` to some pieces at least; any other says why to none."""

    APPLIED = "APPLIED"
    NOT_OPEN = "NOT_OPEN"
    MIN_QUANTITY = "MIN_QUANTITY"
    SOLD_OUT = "SOLD_OUT"
    NOT_LOWEST = "NOT_LOWEST"


class ConsideredPrice(NamedTuple):
    """A price a line could have had; `quantity` pieces of the line got it.

    `missing_quantity` is how many pieces more of the SKU would open it.
    """

    price_id: str
    kind: str
    price_minor: int
    min_quantity: int
    quantity: int
    reason: PriceReason
    missing_quantity: int

    @classmethod
    def only(cls, run: PriceRun) -> "ConsideredPrice":
        """The list price of a line that has no other."""
        return cls(run.price_id, run.kind, run.price_minor, 1, run.quantity, PriceReason.APPLIED, 0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; the price is named by its list, from so many pieces on."""
        told = self._asdict() | {"reason": self.reason.value}
        price_id = told.pop("price_id")
        return told | {"price_list_id": price_id.rpartition(":")[0] or None}


_lowest_first = itemgetter(2, 0)
"""Sorts by price, then by its name."""


def considered(
    lines: Iterable[PricedLine], context: PriceContext
) -> Mapping[str, tuple[ConsideredPrice, ...]]:
    """Return by line id what its pieces could cost, lowest first and the list price among them.

    Lines that have a list price and no other are left out: nothing was chosen.
    """
    lines = tuple(lines)
    choices = [priced for priced in lines if priced.line.prices]
    if not choices:
        return {}
    quantities = dict.fromkeys([priced.line.sku_id for priced in choices], 0)
    for line, _ in lines:
        if line.sku_id in quantities:
            quantities[line.sku_id] += line.quantity
    return {
        priced.line.id: _of_line(priced, quantities[priced.line.sku_id], context)
        for priced in choices
    }


def _of_line(
    priced: PricedLine, sku_quantity: int, context: PriceContext
) -> tuple[ConsideredPrice, ...]:
    line, runs = priced
    got = {(run.kind, run.price_id, run.price_minor): run.quantity for run in runs}
    worst = runs[-1].price_minor
    found = []
    for option in line.prices:
        key = (option.kind, option.id, option.price_minor)
        quantity, missing = got.get(key, 0), 0
        if quantity:
            reason = PriceReason.APPLIED
        elif not is_open(option, context):
            reason = PriceReason.NOT_OPEN
        elif option.price_minor >= worst:
            reason = PriceReason.NOT_LOWEST
        elif sku_quantity < option.min_quantity:
            reason, missing = PriceReason.MIN_QUANTITY, option.min_quantity - sku_quantity
        else:
            reason = PriceReason.SOLD_OUT
        kind, price_id, minor = key
        fields = (price_id, kind, minor, option.min_quantity, quantity, reason, missing)
        found.append(new(ConsideredPrice, fields))
    found.append(_of_list(line, got.get((LIST_PRICE, line.price_id, line.list_minor), 0), worst))
    found.sort(key=_lowest_first)
    return tuple(found)


def _of_list(line: Line, quantity: int, worst_minor: int) -> ConsideredPrice:
    """The list price: always open, from one piece on, and without a quota."""
    if quantity:
        reason = PriceReason.APPLIED
    elif line.list_minor >= worst_minor:
        reason = PriceReason.NOT_LOWEST
    else:
        reason = PriceReason.SOLD_OUT
    fields = (line.price_id, LIST_PRICE, line.list_minor, 1, quantity, reason, 0)
    return new(ConsideredPrice, fields)
