"""Goods that close the gap a refusal tells of (pricing specification 2.9, PR-20)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from app.services.pricing.engine import Line
from app.services.promotions.engine import Promotion
from app.services.promotions.engine.scope import Scope
from tests.property import reference
from tests.unit.promotions import rules

DEAR = 100_000
FACTS = tuple(map(frozenset, ("", "a", "b", "ab")))


def goods_for(
    promotion: Promotion, lines: Sequence[Line], pieces: int, amount_minor: int
) -> list[Line] | None:
    """Return goods that count for the promotion: one of `amount_minor`, or `pieces` dear ones.

    `None` where no goods are in all the scopes it looks at. Pieces are dear so that no share of
    them is rounded to nothing, and so that they are bought and not what is given with it.
    """
    facts = next((each for each in FACTS if _counts(promotion, each)), None)
    if facts is None:
        return None
    skus = _skus(promotion, lines)
    return [
        rules.line(
            f"Z{i}",
            DEAR if pieces else amount_minor,
            categories=facts,
            sku_id=next(skus, f"Z{i}"),
        )
        for i in range(pieces or 1)
    ]


def _counts(promotion: Promotion, categories: frozenset[str]) -> bool:
    """Whether goods of these categories are in every scope; add-on goods never help their own."""
    rule = promotion.rule
    scopes = [each.scope for each in rule.thresholds if each.scope is not None]
    if rule.action.type == "addon":
        return not _accepts(rule.scope, categories) and all(
            _accepts(scope, categories) for scope in scopes
        )
    given = getattr(rule.action, "get_scope", None)
    return all(
        _accepts(scope, categories) for scope in (rule.scope, *scopes, *([given] if given else []))
    )


def _accepts(scope: Scope, categories: frozenset[str]) -> bool:
    included = not scope.included or any(categories & set(names) for _, names in scope.included)
    return included and not any(categories & set(names) for _, names in scope.excluded)


def _skus(promotion: Promotion, lines: Sequence[Line]) -> Iterator[str]:
    """Yield the SKUs the missing goods must be of, where any would not do."""
    rule, units = promotion.rule, reference.units_of(lines)
    if rule.action.type == "bundle_fixed":
        have = Counter(unit.sku for unit in units)
        for item in rule.action.items:
            yield from [item.sku_id] * max(0, item.quantity - have[item.sku_id])
        yield rule.action.items[0].sku_id
    elif getattr(rule.action, "group_by", "any") == "sku":
        have = Counter(unit.sku for unit in reference.eligible(units, rule.scope))
        nearest = max(have, key=lambda sku: have[sku] % rule.action.n)
        while True:
            yield nearest
