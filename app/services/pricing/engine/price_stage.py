"""Price stage: which unit price each piece of a line gets (pricing specification 2.2)."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from app.services.pricing.engine.types import (
    GROUP_BUY,
    LIST_PRICE,
    Line,
    PriceContext,
    PricedLine,
    PriceOption,
    PriceRun,
)

new = tuple.__new__
"""Makes a record of a plain tuple in half the time its class takes."""

_by_id = attrgetter("id")
_Quotas = dict[tuple[str, str, str, int], int]


def price_lines(lines: Iterable[Line], context: PriceContext) -> tuple[PricedLine, ...]:
    """Return the lines in order of id, each with its units grouped by the price they get.

    The lowest eligible price wins; at equal prices the one that blocks nothing and uses up no
    quota. Units within a quota take that price first, the rest take the next cheapest. Quantity
    breaks and quotas look at the SKU over all its lines, so splitting a line changes nothing.
    A line whose shopper asked for a price costs that price, and reaches no quantity break.
    """
    ordered = sorted(lines, key=_by_id)
    if len({line.id for line in ordered}) != len(ordered):
        raise ValueError("two lines have the same id")
    quantities: dict[str, int] = {}
    for line in ordered:
        if line.prices and line.asked is None:
            quantities[line.sku_id] = 0
    if quantities:
        for line in ordered:
            if line.sku_id in quantities and line.asked is None:
                quantities[line.sku_id] += line.quantity
    quotas: _Quotas = {}
    priced: list[PricedLine] = []
    for line in ordered:
        if line.asked is not None:
            runs: tuple[PriceRun, ...] = (_asked(line, line.asked),)
        elif line.prices:
            runs = _price_line(line, quantities[line.sku_id], quotas, context)
        else:
            listed = (line.quantity, line.list_minor, LIST_PRICE, line.price_id, line.blocks)
            runs = (new(PriceRun, listed),)
        priced.append(new(PricedLine, (line, runs)))
    return tuple(priced)


def _asked(line: Line, option: PriceOption) -> PriceRun:
    blocks = tuple(sorted({*line.blocks, *option.blocks}))
    return PriceRun(line.quantity, option.price_minor, option.kind, option.id, blocks)


def _price_line(
    line: Line, sku_quantity: int, quotas: _Quotas, context: PriceContext
) -> tuple[PriceRun, ...]:
    options = [o for o in line.prices if _is_better(o, line.list_minor, sku_quantity, context)]
    if not options:
        return (_listed(line, line.quantity),)
    options.sort(key=_preference)
    runs: list[PriceRun] = []
    left = line.quantity
    for option in options:
        taken = _take(option, line.sku_id, left, quotas)
        if taken:
            blocks = tuple(sorted({*line.blocks, *option.blocks}))
            runs.append(PriceRun(taken, option.price_minor, option.kind, option.id, blocks))
            left -= taken
        if not left:
            return tuple(runs)
    runs.append(_listed(line, left))
    return tuple(runs)


def _listed(line: Line, quantity: int) -> PriceRun:
    return new(PriceRun, (quantity, line.list_minor, LIST_PRICE, line.price_id, line.blocks))


def _take(option: PriceOption, sku_id: str, wanted: int, quotas: _Quotas) -> int:
    if option.quota is None:
        return wanted
    key = (sku_id, option.kind, option.id, option.price_minor)
    remaining = quotas.get(key, option.quota)
    taken = max(0, min(wanted, remaining))
    quotas[key] = remaining - taken
    return taken


def _is_better(
    option: PriceOption, list_minor: int, sku_quantity: int, context: PriceContext
) -> bool:
    return (
        option.price_minor < list_minor
        and sku_quantity >= option.min_quantity
        and is_open(option, context)
    )


def is_open(option: PriceOption, context: PriceContext) -> bool:
    """Whether the price is for this buyer, here, now, in this kind of cart."""
    return (
        (not option.channel_ids or context.channel_id in option.channel_ids)
        and (not option.tiers or context.tier in option.tiers)
        and (option.kind != GROUP_BUY or context.is_group_buy)
        and _is_running(option.starts_at, option.ends_at, context.at)
    )


def _is_running(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> bool:
    return (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at)


def _preference(option: PriceOption) -> tuple[int, int, bool, str, str]:
    return (
        option.price_minor,
        len(option.blocks),
        option.quota is not None,
        option.kind,
        option.id,
    )
