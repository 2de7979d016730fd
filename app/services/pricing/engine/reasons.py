"""Why each price of a line was taken or not (pricing specification 2.2, stage price)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from app.services.pricing.engine.price_stage import is_open
from app.services.pricing.engine.types import (
    LIST_PRICE,
    PriceContext,
    PricedLine,
    PriceOption,
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


def considered(
    lines: Iterable[PricedLine], context: PriceContext
) -> Mapping[str, tuple[ConsideredPrice, ...]]:
    """Return by line id what its pieces could cost, lowest first and the list price among them.

    Lines that have a list price and no other are left out: nothing was chosen.
    """
    lines = tuple(lines)
    if not any(line.prices for line, _ in lines):
        return {}
    quantities: dict[str, int] = {}
    for line, _ in lines:
        quantities[line.sku_id] = quantities.get(line.sku_id, 0) + line.quantity
    return {
        priced.line.id: _of_line(priced, quantities[priced.line.sku_id], context)
        for priced in lines
        if priced.line.prices
    }


def _of_line(
    priced: PricedLine, sku_quantity: int, context: PriceContext
) -> tuple[ConsideredPrice, ...]:
    line, runs = priced
    got = {(run.kind, run.price_id, run.price_minor): run.quantity for run in runs}
    worst = max(run.price_minor for run in runs)
    listed = PriceOption(LIST_PRICE, line.list_minor, line.price_id)
    found = [
        _of_option(
            option,
            got.get((option.kind, option.id, option.price_minor), 0),
            sku_quantity,
            worst,
            context,
        )
        for option in (*line.prices, listed)
    ]
    return tuple(sorted(found, key=lambda each: (each.price_minor, each.price_id)))


def _of_option(
    option: PriceOption, quantity: int, sku_quantity: int, worst_minor: int, context: PriceContext
) -> ConsideredPrice:
    missing = max(0, option.min_quantity - sku_quantity)
    if quantity:
        reason = PriceReason.APPLIED
    elif not is_open(option, context):
        reason = PriceReason.NOT_OPEN
    elif option.price_minor >= worst_minor:
        reason = PriceReason.NOT_LOWEST
    elif missing:
        reason = PriceReason.MIN_QUANTITY
    else:
        reason = PriceReason.SOLD_OUT
    return ConsideredPrice(
        option.id,
        option.kind,
        option.price_minor,
        option.min_quantity,
        quantity,
        reason,
        missing if reason is PriceReason.MIN_QUANTITY else 0,
    )
