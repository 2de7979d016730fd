"""Which promotions may share an order (pricing specification 2.3)."""

from collections.abc import Sequence
from typing import NamedTuple

from app.services.pricing.engine import family
from app.services.promotions.engine.types import Promotion


def broken_rule(a: Promotion, b: Promotion) -> int:
    """Return the number of the first rule that keeps `a` and `b` apart, 0 if they are compatible.

    1 exclusive for the order; 2 a common group; 3 named in `not_with`; 4 same stage without
    consent from both; 5 different stages without consent from both. Two coupons of one promotion
    break rule 4: a promotion is used once per order.
    """
    if a.rule.shares_by_default and b.rule.shares_by_default:
        return 4 if a.stage == b.stage else 0
    one, two = a.rule.stack, b.rule.stack
    if "order" in (one.exclusive, two.exclusive):
        return 1
    if not set(one.groups).isdisjoint(two.groups):
        return 2
    if _names(one.not_with, b) or _names(two.not_with, a):
        return 3
    if a.stage == b.stage:
        return 0 if a.id != b.id and _shares_stage(a, b) and _shares_stage(b, a) else 4
    return 0 if _shares_across(a, b) and _shares_across(b, a) else 5


def hard_rule(a: Promotion, b: Promotion) -> int:
    """Return the rule that keeps `a` and `b` out of one cart, 0 if none does.

    Two item promotions of scope `unit` may meet in a cart, though never on one unit.
    """
    rule = broken_rule(a, b)
    return rule if _is_hard(rule, a, b) else 0


class Conflicts(NamedTuple):
    """For each promotion the bit masks of those it may not share a cart, or not a unit, with."""

    hard: list[int]
    soft: list[int]


def conflict_masks(promotions: Sequence[Promotion]) -> Conflicts:
    """Return which of the promotions keep which apart; bits are positions."""
    conflicts = _on_default_terms(promotions)
    plain = [p.rule.shares_by_default for p in promotions]
    for i, promotion in enumerate(promotions):
        if plain[i]:
            continue
        for j, other in enumerate(promotions):
            if i == j:
                continue
            rule = broken_rule(promotion, other)
            masks = conflicts.hard if _is_hard(rule, promotion, other) else conflicts.soft
            for a, b in ((i, j), (j, i)):
                conflicts.hard[a] &= ~(1 << b)
                conflicts.soft[a] &= ~(1 << b)
                if rule:
                    masks[a] |= 1 << b
    return conflicts


def _on_default_terms(promotions: Sequence[Promotion]) -> Conflicts:
    """Return the masks as if all shared on default terms: each conflicts with its whole stage."""
    stages: dict[str, int] = {}
    by_unit = 0
    for i, promotion in enumerate(promotions):
        stages[promotion.stage] = stages.get(promotion.stage, 0) | 1 << i
        if promotion.rule.stack.scope == "unit":
            by_unit |= 1 << i
    conflicts = Conflicts([], [])
    for i, promotion in enumerate(promotions):
        others = stages[promotion.stage] & ~(1 << i)
        soft = others & by_unit if by_unit >> i & 1 else 0
        conflicts.soft.append(soft)
        conflicts.hard.append(others & ~soft)
    return conflicts


def _is_hard(rule: int, a: Promotion, b: Promotion) -> bool:
    if rule in (0, 1):
        return bool(rule)
    return not all(family(p.stage) == "item" and p.rule.stack.scope == "unit" for p in (a, b))


def _names(listed: tuple[str, ...], promotion: Promotion) -> bool:
    return promotion.id in listed or any(g in listed for g in promotion.rule.stack.groups)


def _shares_stage(a: Promotion, b: Promotion) -> bool:
    stack = a.rule.stack
    if stack.exclusive == "stage" or stack.in_stage == "conflict":
        return False
    return stack.in_stage == "stack" or _names(tuple(stack.in_stage), b)


def _shares_across(a: Promotion, b: Promotion) -> bool:
    across = a.rule.stack.across
    return across == "stack" or (across != "conflict" and b.stage in across)
