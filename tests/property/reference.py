"""The specification written out plainly, one unit at a time, to hold the engine against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from app.core.money import allocate
from app.services.promotions.engine import Promotion, Quote, hard_rule
from app.services.promotions.engine.scope import Scope

STAGES = ("item", "order", "coupon", "shipping")


@dataclass
class Unit:
    """One piece of one line."""

    key: tuple[str, int]
    sku: str
    names: dict[str, set[str]]
    list_minor: int
    price: int
    net: int
    floor: int
    is_blocked: bool
    entry: int = 0


def units_of(cart: Sequence, max_discount_bps: int = 10_000) -> list[Unit]:
    """Return the units of lines that have nothing but a list price."""
    units = []
    for line in cart:
        cap = -(-line.list_minor * (10_000 - max_discount_bps) // 10_000)
        floor = min(max(line.floor_minor, cap), line.list_minor)
        names = {"skus": {line.sku_id}, "categories": set(line.categories)}
        units += [
            Unit(
                (line.id, index),
                line.sku_id,
                names,
                line.list_minor,
                line.list_minor,
                line.list_minor,
                floor,
                bool(line.blocks),
            )
            for index in range(line.quantity)
        ]
    return sorted(units, key=lambda unit: unit.key)


def evaluate(units: list[Unit], chosen: Sequence[Promotion]) -> tuple[int, dict[str, int]]:
    """Apply `chosen` to `units`, changing their nets; return the sum of nets and the amounts."""
    amounts: dict[str, int] = {}
    for stage in STAGES:
        mine = sorted((p for p in chosen if p.stage == stage), key=lambda p: (-p.priority, p.id))
        for unit in units:
            unit.entry = unit.net
        for promotion in mine:
            eligible = _eligible(units, promotion.rule.scope)
            raw = _raw(units, promotion, eligible)
            room = sum(u.net - u.floor for u in eligible)
            amount = min(raw, room)
            if amount:
                amounts[promotion.id] = amount
                _allocate(eligible, amount)
    return sum(unit.net for unit in units), amounts


def best(
    cart: Sequence, promotions: Sequence[Promotion], max_discount_bps: int = 10_000
) -> tuple[int, list[str], list[tuple[tuple[str, int], int]]]:
    """Return payable, applied ids and unit nets of the best of all feasible sets."""
    found = []
    for chosen in feasible(promotions):
        units = units_of(cart, max_discount_bps)
        payable, _ = evaluate(units, chosen)
        key = (
            payable,
            sum(p.coupon is not None for p in chosen),
            len(chosen),
            sorted(-p.priority for p in chosen),
            sorted(p.id for p in chosen),
        )
        found.append((key, [(unit.key, unit.net) for unit in units]))
    key, nets = min(found)
    return key[0], key[4], nets


def feasible(promotions: Sequence[Promotion]) -> Iterator[tuple[Promotion, ...]]:
    """Yield every set without a hard conflict."""
    for size in range(len(promotions) + 1):
        for chosen in combinations(promotions, size):
            if not any(hard_rule(a, b) for a, b in combinations(chosen, 2)):
                yield chosen


def unit_nets(answer: Quote) -> list[tuple[tuple[str, int], int]]:
    """Return the net of every unit of a quote, by key."""
    nets = []
    for line in answer.lines:
        singles = [unit.net_minor for unit in line.units for _ in range(unit.count)]
        nets += [((line.line_id, index), net) for index, net in enumerate(singles)]
    return nets


def _eligible(units: list[Unit], scope: Scope) -> list[Unit]:
    return [
        unit
        for unit in units
        if not unit.is_blocked
        and (
            not scope.included
            or any(set(names) & unit.names[kind] for kind, names in scope.included)
        )
        and not any(set(names) & unit.names[kind] for kind, names in scope.excluded)
    ]


def _raw(units: list[Unit], promotion: Promotion, eligible: list[Unit]) -> int:
    for threshold in promotion.rule.thresholds:
        measured = eligible if threshold.scope is None else _eligible(units, threshold.scope)
        gap = threshold.gap(
            sum(u.entry for u in measured), sum(u.list_minor for u in measured), len(measured)
        )
        if any(gap):
            return 0
    raw = promotion.rule.action.off_minor(sum(u.entry for u in eligible), len(eligible))
    limit = promotion.rule.max_discount_minor
    return raw if limit is None else min(raw, limit)


def _allocate(eligible: list[Unit], amount: int) -> None:
    classes: dict[tuple[str, int], list[Unit]] = {}
    for unit in eligible:
        classes.setdefault((unit.sku, -unit.entry), []).append(unit)
    shares = allocate(
        amount,
        [sum(u.entry for u in members) for members in classes.values()],
        [sum(u.net - u.floor for u in members) for members in classes.values()],
        list(classes),
    )
    for share, members in zip(shares, classes.values(), strict=True):
        parts = allocate(
            share,
            [u.entry for u in members],
            [u.net - u.floor for u in members],
            [u.key for u in members],
        )
        for unit, part in zip(members, parts, strict=True):
            unit.net -= part
