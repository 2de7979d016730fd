"""Goods a promotion can bring down to where discounts stop."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.promotions import Promotion as PromotionRow
from app.repositories.promotions import SampleRepository
from app.services import pricing
from app.services.pricing.engine import WHOLE_BPS, Line
from app.services.promotions.depth import most_off_minor
from app.services.promotions.engine import Rule
from app.services.promotions.trial import channel_of

LOOKED_AT: Final = 300


async def goods_at_floor(session: AsyncSession, row: PromotionRow, rule: Rule) -> tuple[str, ...]:
    """Ids of SKUs in scope that the promotion alone can take to their floor, at list price.

    The channel's cap on discounts counts as a floor, and so does a margin over cost. Looks at goods
    with a floor of their own and at what was bought lately.
    """
    channel = await channel_of(session, row)
    if channel is None:
        return ()
    sku_ids = await SampleRepository(session).guarded(channel.id, row.currency, limit=LOOKED_AT)
    if not sku_ids:
        return ()
    wanted = [pricing.WantedLine(str(each), each, 1) for each in sku_ids]
    facts = await pricing.line_facts(session, wanted, channel=channel, skip_unsaleable=True)
    cap = WHOLE_BPS - facts.policy.max_discount_bps
    lines = _in_scope(facts.lines, rule)
    return tuple(
        sorted(
            line.sku_id
            for line in lines
            if line.list_minor - most_off_minor(rule, line.list_minor) <= _floor(line, cap)
        )
    )


def _floor(line: Line, cap_bps: int) -> int:
    """Where discounts stop; without a floor, below nothing: free is what a gift may be."""
    cap = -(-line.list_minor * cap_bps // WHOLE_BPS)
    return max(line.floor_minor, cap) or -1


def _in_scope(lines: Sequence[Line], rule: Rule) -> Sequence[Line]:
    mask = rule.scope.mask(_Lines(lines))
    return [line for position, line in enumerate(lines) if mask >> position & 1]


class _Lines:
    """Lines as bits, answering a scope as the board of a cart does."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self.everything = (1 << len(lines)) - 1

    def carrying(self, kind: str, names: tuple[str, ...]) -> int:
        wanted = set(names)
        return sum(
            1 << position
            for position, line in enumerate(self._lines)
            if not wanted.isdisjoint(_names(line, kind))
        )


def _names(line: Line, kind: str) -> Sequence[str | None]:
    if kind == "categories":
        return tuple(line.categories)
    one = {
        "skus": line.sku_id,
        "spus": line.spu_id,
        "brands": line.brand_id,
        "merchants": line.merchant_id,
    }
    return (one[kind],)
