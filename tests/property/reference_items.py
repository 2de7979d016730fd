"""Item stages of the specification, one unit at a time."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from app.services.promotions.engine import Promotion, broken_rule
from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.scope import Scope
from tests.property import reference

Members = list[tuple["reference.Unit", int]]
"""The units of a group, each with its own discount, or 0 where only the whole is priced."""


def apply(units: list["reference.Unit"], ready: Sequence[Promotion]) -> dict[str, int]:
    """Let groups claim units by rank, then give every unit its best; return what each took off."""
    amounts: dict[str, int] = {}
    for promotion in ready:
        if promotion.rule.action.kind is Kind.GROUP:
            amounts[promotion.id] = _claim(units, promotion)
    singles = [p for p in ready if p.rule.action.kind is Kind.UNIT]
    wanted: dict[str, list[tuple[reference.Unit, int]]] = {p.id: [] for p in singles}
    for unit in units:
        for promotion, off in _heaviest(unit, units, singles):
            wanted[promotion.id].append((unit, off))
    for promotion in singles:
        amounts[promotion.id] = _take(promotion, wanted[promotion.id])
    return {key: amount for key, amount in amounts.items() if amount}


def _claim(units: list["reference.Unit"], promotion: Promotion) -> int:
    left = promotion.rule.max_discount_minor
    taken = 0
    for members, whole in _groups(units, promotion):
        if left == 0:
            break
        mine = [unit for unit, _ in members]
        rooms = [unit.net - unit.floor for unit in mine]
        if promotion.rule.action.spread == "target":
            parts = [min(off, room) for (_, off), room in zip(members, rooms, strict=True)]
        else:
            parts = reference.spread(mine, min(whole, sum(rooms)), rooms)
        if left is not None and sum(parts) > left:
            parts = reference.spread(mine, left, parts)
        if not any(parts):
            continue
        left = None if left is None else left - sum(parts)
        taken += sum(parts)
        for unit, part in zip(mine, parts, strict=True):
            unit.net -= part
            unit.claims.append(promotion)
    return taken


def _groups(units: list["reference.Unit"], promotion: Promotion) -> Iterator[tuple[Members, int]]:
    action = promotion.rule.action

    def pool(scope: Scope | None) -> list[reference.Unit]:
        mine = reference.eligible(units, promotion.rule.scope if scope is None else scope)
        free = [u for u in mine if not any(broken_rule(promotion, other) for other in u.claims)]
        return sorted(free, key=lambda u: (-u.entry, u.sku, u.key))

    match action.type:
        case "nth":
            found = _nth(action, pool(None))
        case "bxgy":
            found = _bxgy(action, pool)
        case "bundle_n":
            found = _bundle_n(action, pool(None))
        case "bundle_fixed":
            found = _bundle_fixed(action, pool)
        case _:
            found = _addon(action, pool(None))
    for number, members in enumerate(found):
        most = getattr(action, "max_groups", None)
        if most is not None and number >= most:
            return
        whole = sum(off for _, off in members)
        if action.type.startswith("bundle"):
            whole = sum(unit.entry for unit, _ in members) - action.price_minor
        yield members, whole


def _rate(unit: "reference.Unit", rate_bps: int) -> int:
    return (2 * unit.entry * rate_bps + 10_000) // 20_000


def _nth(action, pool: list["reference.Unit"]) -> Iterator[Members]:
    pools = [pool]
    if action.group_by == "sku":
        skus = list(dict.fromkeys(unit.sku for unit in pool))
        pools = [[unit for unit in pool if unit.sku == sku] for sku in skus]
    for each in pools:
        for start in range(0, len(each) - action.n + 1, action.n):
            group = each[start : start + action.n]
            *rest, last = group
            yield [*((unit, 0) for unit in rest), (last, _rate(last, action.rate_bps))]


def _bxgy(action, pool: Callable[[Scope | None], list["reference.Unit"]]) -> Iterator[Members]:
    bought = pool(None)
    if action.get_scope is None:
        size = action.buy + action.get
        for start in range(0, len(bought) - size + 1, size):
            group = bought[start : start + size]
            yield [(unit, 0) for unit in group[: action.buy]] + [
                (unit, _rate(unit, action.rate_bps)) for unit in group[action.buy :]
            ]
        return
    given = pool(action.get_scope)
    most = min(len(bought) // action.buy, len(given) // action.get)
    if action.max_groups is not None:
        most = min(most, action.max_groups)
    while most:
        cheapest = given[-most * action.get :]
        free = [unit for unit in bought if unit not in cheapest]
        if len(free) >= most * action.buy:
            break
        most -= 1
    for number in range(most):
        companions = free[number * action.buy : (number + 1) * action.buy]
        gotten = cheapest[number * action.get : (number + 1) * action.get]
        yield [(unit, 0) for unit in companions] + [
            (unit, _rate(unit, action.rate_bps)) for unit in gotten
        ]


def _bundle_n(action, pool: list["reference.Unit"]) -> Iterator[Members]:
    for start in range(0, len(pool) - action.n + 1, action.n):
        group = pool[start : start + action.n]
        if sum(unit.entry for unit in group) <= action.price_minor:
            return
        yield [(unit, 0) for unit in group]


def _bundle_fixed(
    action, pool: Callable[[Scope | None], list["reference.Unit"]]
) -> Iterator[Members]:
    free = pool(Scope())
    pools = [([u for u in free if u.sku == item.sku_id], item.quantity) for item in action.items]
    for number in range(min(len(units) // need for units, need in pools)):
        group = [u for units, need in pools for u in units[number * need : (number + 1) * need]]
        if sum(unit.entry for unit in group) <= action.price_minor:
            return
        yield [(unit, 0) for unit in group]


def _addon(action, pool: list["reference.Unit"]) -> Iterator[Members]:
    for unit in pool[: action.max_quantity]:
        if unit.entry <= action.price_minor:
            return
        yield [(unit, unit.entry - action.price_minor)]


def _heaviest(
    unit: "reference.Unit", units: list["reference.Unit"], singles: Sequence[Promotion]
) -> list[tuple[Promotion, int]]:
    """Return the best of all compatible subsets, floors aside."""
    open_ = [
        (promotion, off)
        for promotion in singles
        if unit in reference.eligible(units, promotion.rule.scope)
        and not any(broken_rule(promotion, other) for other in unit.claims)
        and (off := promotion.rule.action.off_minor(unit.entry))
    ]
    found = []
    for size in range(len(open_) + 1):
        for subset in combinations(open_, size):
            if not any(broken_rule(a, b) for (a, _), (b, _) in combinations(subset, 2)):
                ids = sorted(p.id for p, _ in subset)
                priorities = sorted(-p.priority for p, _ in subset)
                key = (-sum(off for _, off in subset), size, priorities, ids)
                found.append((key, subset))
    return list(min(found, key=lambda each: each[0])[1])


def _take(promotion: Promotion, wanted: Sequence[tuple["reference.Unit", int]]) -> int:
    units = [unit for unit, _ in wanted]
    parts = [min(off, unit.net - unit.floor) for unit, off in wanted]
    limit = promotion.rule.max_discount_minor
    if limit is not None and sum(parts) > limit:
        parts = reference.spread(units, limit, parts)
    for unit, part in zip(units, parts, strict=True):
        if part:
            unit.net -= part
            unit.claims.append(promotion)
    return sum(parts)
