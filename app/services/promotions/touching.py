"""Which running promotions look at a product, for its page. Nothing here decides a price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.promotions import CandidateRepository
from app.services.catalog import ChannelFacts
from app.services.promotions.candidates import config_of, rule_of
from app.services.promotions.engine import Rule
from app.services.promotions.engine.scope import Scope

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


async def touching(
    session: AsyncSession, spu_ids: Sequence[UUID], *, channel: ChannelFacts
) -> dict[UUID, tuple[Touching, ...]]:
    """The promotions that look at goods of each SPU, best priority first. Two statements.

    A bundle looks at what it is made of, any other at its scope.

    Whether they apply depends on the cart and the shopper.
    """
    repository = CandidateRepository(session)
    rows = await repository.running(channel_id=channel.id, currency=channel.currency)
    if not rows:
        return {}
    goods = _Goods(await repository.goods(spu_ids))
    found: dict[UUID, list[Touching]] = {}
    for row in rows:
        rule = rule_of(row)
        if rule is None:
            continue
        for spu_id, sku_ids in goods.named(_looked_at(rule, goods)).items():
            found.setdefault(spu_id, []).append(_touching(row, sku_ids))
    return {spu_id: tuple(promotions) for spu_id, promotions in found.items()}


def _looked_at(rule: Rule, goods: "_Goods") -> int:
    """The goods of a rule: its scope, or what its action names beside or instead of that."""
    scopes: Sequence[Scope] = getattr(rule.action, "scopes", (OWN,))
    mask = 0
    for scope in scopes:
        mask |= (rule.scope if scope == OWN else scope).mask(goods)
    return mask


class _Goods:
    """SKUs as bits, answering a scope as the board of a cart does."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._units = [(row.spu_id, sku_id) for row in rows for sku_id in row.sku_ids]
        self._index: dict[tuple[str, str], int] = {}
        bit = 1
        for row in rows:
            names = [
                *(("categories", each) for each in (row.category_id, *row.ancestor_ids)),
                ("spus", row.spu_id),
                ("brands", row.brand_id),
                ("merchants", row.merchant_id),
            ]
            for sku_id in row.sku_ids:
                for kind, name in (*names, ("skus", sku_id)):
                    key = (kind, str(name))
                    self._index[key] = self._index.get(key, 0) | bit
                bit <<= 1
        self.everything = bit - 1

    def carrying(self, kind: str, names: tuple[str, ...]) -> int:
        mask = 0
        for name in names:
            mask |= self._index.get((kind, name), 0)
        return mask

    def named(self, mask: int) -> dict[UUID, tuple[UUID, ...]]:
        found: dict[UUID, tuple[UUID, ...]] = {}
        for position, (spu_id, sku_id) in enumerate(self._units):
            if mask >> position & 1:
                found[spu_id] = (*found.get(spu_id, ()), sku_id)
        return found


def _touching(row: Any, sku_ids: tuple[UUID, ...]) -> Touching:
    config = config_of(row)
    return Touching(
        promotion_id=row.id,
        code=row.code,
        name=row.name,
        stage=row.stage,
        kind=config["action"]["type"],
        needs_coupon=row.needs_coupon,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        action=config["action"],
        conditions=tuple(config.get("condition", {}).get("all", ())),
        sku_ids=sku_ids,
    )
