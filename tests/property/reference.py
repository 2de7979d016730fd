"""The specification written out plainly, one unit at a time, to hold the engine against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from app.core.money import allocate
from app.services.promotions.engine import Promotion, Quote, hard_rule
from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.scope import Scope
from tests.property import reference_items

STAGES = ("item", "order", "coupon", "shipping")


@dataclass
class Unit:
    """One piece of one line; `claims` are the item promotions it counts for."""

    key: tuple[str, int]
    sku: str
    names: dict[str, set[str]]
    list_minor: int
    price: int
    net: int
    floor: int
    is_blocked: bool
    entry: int = 0
    claims: list[Promotion] = field(default_factory=list)


@dataclass
class Outcome:
    """What a set of promotions does: nets are in the units; a gift is an amount of nothing."""

    units: list[Unit]
    fee: int
    amounts: dict[str, int] = field(default_factory=dict)
    gifts_minor: int = 0

    @property
    def payable(self) -> int:
        return sum(unit.net for unit in self.units) + self.fee


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


def evaluate(units: list[Unit], chosen: Sequence[Promotion], fee: int = 0) -> Outcome:
    """Apply `chosen` to `units`, changing their nets."""
    outcome = Outcome(units, fee)
    stock = {fact.sku_id: fact.available for p in chosen for fact in p.gifts}
    for stage in STAGES:
        mine = sorted((p for p in chosen if p.stage == stage), key=lambda p: (-p.priority, p.id))
        for unit in units:
            unit.entry = unit.net
        ready = [p for p in mine if not is_short(units, p)]
        fee_at_entry = outcome.fee
        if stage == "item":
            outcome.amounts |= reference_items.apply(units, ready)
            continue
        for promotion in ready:
            match promotion.rule.action.kind:
                case Kind.AMOUNT:
                    _amount(outcome, promotion)
                case Kind.FEE:
                    off = promotion.rule.action.off_minor(fee_at_entry, 0)
                    off = min(_limited(off, promotion), outcome.fee)
                    if off:
                        outcome.amounts[promotion.id] = off
                        outcome.fee -= off
                case Kind.GIFT:
                    _gift(outcome, promotion, stock)
    return outcome


def best(
    cart: Sequence, promotions: Sequence[Promotion], max_discount_bps: int = 10_000, fee: int = 0
) -> tuple[int, list[str], list[tuple[tuple[str, int], int]]]:
    """Return payable, applied ids and unit nets of the best of all feasible sets."""
    found = []
    for chosen in feasible(promotions):
        outcome = evaluate(units_of(cart, max_discount_bps), chosen, fee)
        key = (
            outcome.payable,
            -outcome.gifts_minor,
            sum(p.coupon is not None for p in chosen),
            len(chosen),
            sorted(-p.priority for p in chosen),
            sorted(p.id for p in chosen),
        )
        found.append((key, [(unit.key, unit.net) for unit in outcome.units]))
    key, nets = min(found)
    return key[0], key[5], by_line(nets)


def by_line(nets: Sequence[tuple[tuple[str, int], int]]) -> list[tuple[str, int]]:
    """Return the nets of each line in order: like units of a line may change places."""
    return sorted((line, net) for (line, _), net in nets)


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


def eligible(units: list[Unit], scope: Scope) -> list[Unit]:
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


def is_short(units: list[Unit], promotion: Promotion) -> bool:
    """Whether a condition does not hold at stage entry; add-on goods never count for their own."""
    rule = promotion.rule
    own = eligible(units, rule.scope)
    if not own and rule.action.kind in (Kind.FEE, Kind.GIFT):
        return True  # it is for buyers of certain goods
    is_addon = rule.action.type == "addon"
    for threshold in rule.thresholds:
        if threshold.scope is not None:
            measured = eligible(units, threshold.scope)
        else:
            measured = eligible(units, Scope()) if is_addon else own
            if rule.action.type == "bundle_fixed":
                named = {item.sku_id for item in rule.action.items}
                measured = [u for u in eligible(units, Scope()) if u.sku in named]
        if is_addon:
            measured = [unit for unit in measured if unit not in own]
        gap = threshold.gap(
            sum(u.entry for u in measured), sum(u.list_minor for u in measured), len(measured)
        )
        if any(gap):
            return True
    return False


def spread(units: list[Unit], amount: int, caps: Sequence[int] | None = None) -> list[int]:
    """Split an amount over units in proportion to entry prices: classes first, then units."""
    rooms = caps if caps is not None else [unit.net - unit.floor for unit in units]
    classes: dict[tuple[str, int], list[int]] = {}
    for position, unit in enumerate(units):
        classes.setdefault((unit.sku, -unit.entry), []).append(position)
    shares = allocate(
        amount,
        [sum(units[i].entry for i in members) for members in classes.values()],
        [sum(rooms[i] for i in members) for members in classes.values()],
        list(classes),
    )
    parts = [0] * len(units)
    for share, members in zip(shares, classes.values(), strict=True):
        split = allocate(
            share,
            [units[i].entry for i in members],
            [rooms[i] for i in members],
            [units[i].key for i in members],
        )
        for i, part in zip(members, split, strict=True):
            parts[i] = part
    return parts


def _amount(outcome: Outcome, promotion: Promotion) -> None:
    mine = eligible(outcome.units, promotion.rule.scope)
    raw = promotion.rule.action.off_minor(sum(u.entry for u in mine), len(mine))
    amount = min(_limited(raw, promotion), sum(u.net - u.floor for u in mine))
    if amount:
        outcome.amounts[promotion.id] = amount
        for unit, part in zip(mine, spread(mine, amount), strict=True):
            unit.net -= part


def _gift(outcome: Outcome, promotion: Promotion, stock: dict[str, int]) -> None:
    prices = {fact.sku_id: fact.list_minor for fact in promotion.gifts}
    for present in promotion.rule.action.presents:
        if stock.get(present.sku_id, 0) >= present.quantity:
            stock[present.sku_id] -= present.quantity
            outcome.amounts[promotion.id] = 0
            outcome.gifts_minor += prices[present.sku_id] * present.quantity
            return


def _limited(amount: int, promotion: Promotion) -> int:
    limit = promotion.rule.max_discount_minor
    return amount if limit is None else min(amount, limit)
