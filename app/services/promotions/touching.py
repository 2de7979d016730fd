"""Which running promotions look at a product, for its page. Nothing here decides a price."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.services.pricing import SkuFacts
from app.services.promotions.engine import Promotion, Rule
from app.services.promotions.engine.scope import Scope
from app.services.promotions.rulebook import Entry

OWN = Scope()
"""How an action names the scope of its promotion."""


@dataclass(frozen=True, slots=True)
class Touching:
    """A promotion as a product page tells of it.

    `kind` is the type of its action; `action` and `conditions` are its configuration, with the
    thresholds in it. `sku_ids` are the SKUs of the product it looks at.
    """

    promotion_id: UUID
    code: str
    name: str
    stage: str
    kind: str
    needs_coupon: bool
    starts_at: datetime | None
    ends_at: datetime | None
    action: Mapping[str, Any]
    conditions: tuple[Mapping[str, Any], ...]
    sku_ids: tuple[UUID, ...]


def touching(entries: Iterable[Entry], skus: Sequence[SkuFacts]) -> tuple[Touching, ...]:
    """The promotions among `entries` that look at some of the SKUs of a product, in their order.

    A bundle looks at what it is made of, any other at its scope. Whether they apply depends on
    the cart and the shopper.
    """
    goods = _Goods(skus)
    found = []
    for entry in entries:
        looked_at = _looked_at(entry.promotion.rule, goods)
        if looked_at:
            sku_ids = tuple(skus[place].sku_id for place in goods.places(looked_at))
            found.append(_touching(entry, sku_ids))
    return tuple(found)


def lines_of(
    promotions: Iterable[Promotion], facts: Mapping[str, SkuFacts]
) -> dict[str, tuple[str, ...]]:
    """The lines each promotion looks at, by id; `facts` are the goods of the lines by theirs."""
    line_ids = tuple(facts)
    goods = _Goods(tuple(facts.values()))
    return {
        each.id: tuple(line_ids[place] for place in goods.places(_looked_at(each.rule, goods)))
        for each in promotions
    }


def scopes_of(rule: Rule) -> tuple[Scope, ...]:
    """The goods of a rule: its scope, or what its action names beside or instead of that."""
    scopes: Sequence[Scope] = getattr(rule.action, "scopes", (OWN,))
    return tuple(rule.scope if scope == OWN else scope for scope in scopes)


def _looked_at(rule: Rule, goods: "_Goods") -> int:
    mask = 0
    for scope in scopes_of(rule):
        mask |= scope.mask(goods)
    return mask


class _Goods:
    """SKUs as bits, answering a scope as the board of a cart does."""

    def __init__(self, skus: Sequence[SkuFacts]) -> None:
        self._count = len(skus)
        self._index: dict[tuple[str, str], int] = {}
        for position, sku in enumerate(skus):
            names = (
                *(("categories", each) for each in (sku.category_id, *sku.ancestor_ids)),
                ("spus", sku.spu_id),
                ("brands", sku.brand_id),
                ("merchants", sku.merchant_id),
                ("skus", sku.sku_id),
            )
            for kind, name in names:
                key = (kind, str(name))
                self._index[key] = self._index.get(key, 0) | 1 << position
        self.everything = (1 << self._count) - 1

    def carrying(self, kind: str, names: tuple[str, ...]) -> int:
        mask = 0
        for name in names:
            mask |= self._index.get((kind, name), 0)
        return mask

    def places(self, mask: int) -> Iterator[int]:
        return (place for place in range(self._count) if mask >> place & 1)


def _touching(entry: Entry, sku_ids: tuple[UUID, ...]) -> Touching:
    promotion, config = entry.promotion, entry.config
    return Touching(
        promotion_id=UUID(promotion.id),
        code=entry.code,
        name=promotion.name,
        stage=promotion.stage,
        kind=config["action"]["type"],
        needs_coupon=promotion.needs_coupon,
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        action=config["action"],
        conditions=tuple(config.get("condition", {}).get("all", ())),
        sku_ids=sku_ids,
    )
