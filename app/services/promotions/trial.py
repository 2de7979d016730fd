"""A promotion tried on what was bought lately."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.errors import InvalidReference
from app.models.promotions import Promotion as PromotionRow
from app.repositories.promotions import SampleRepository
from app.services import catalog, pricing
from app.services.catalog import ChannelFacts
from app.services.pricing.engine import Line
from app.services.promotions import engine
from app.services.promotions.candidates import load_candidates
from app.services.promotions.engine import Cart, Promotion, Quota, Quote, Reason
from app.services.promotions.lint import Sample
from app.services.promotions.quote import store_context

SAMPLED_ORDERS: Final = 50
LOST: Final = frozenset({Reason.DOMINATED, Reason.EXCLUDED})
MOST_WINNERS: Final = 20


async def try_on_recent_orders(session: AsyncSession, row: PromotionRow) -> Sample:
    """Quote the latest orders of one channel anew with the promotion among what runs then.

    The channel is the promotion's first or the default one, the time its start or now. Coupon
    and limits of the promotion itself do not count, and the shopper is nobody in particular.
    Stops at the first order that the promotion is good for.
    """
    channel = await channel_of(session, row)
    if channel is None:
        return Sample()
    bought = await SampleRepository(session).recent(channel.id, limit=SAMPLED_ORDERS)
    if not bought:
        return Sample()
    at = row.starts_at if row.starts_at is not None and row.starts_at > now() else None
    wanted = [
        pricing.WantedLine(f"{each.order_id}/{each.sku_id}", each.sku_id, each.quantity)
        for each in bought
    ]
    facts = await pricing.line_facts(session, wanted, channel=channel, at=at, skip_unsaleable=True)
    candidates = await load_candidates(
        session, channel=channel, member_id=None, also=(row.id,), at=at
    )
    context = store_context(channel, facts, candidates)
    tried = str(row.id)
    among = [_unlimited(each) if each.id == tried else each for each in candidates.promotions]
    carts = _carts(facts.lines)
    lost, winners = 0, dict[str, None]()
    for lines in carts.values():
        quoted = engine.quote(Cart(tuple(lines)), among, context)
        if any(each.promotion_id == tried for each in quoted.applied):
            return Sample(orders=len(carts), won=1, lost=lost)
        if _has_lost(quoted, tried):
            lost += 1
            winners |= dict.fromkeys(each.promotion_id for each in quoted.applied)
    return Sample(orders=len(carts), lost=lost, winners=tuple(winners)[:MOST_WINNERS])


async def channel_of(session: AsyncSession, row: PromotionRow) -> ChannelFacts | None:
    """None when nothing is sold there any more, or in another currency."""
    try:
        found = await catalog.channel(session, row.channel_ids[0] if row.channel_ids else None)
    except InvalidReference:
        return None
    return found if found.currency == row.currency else None


def _unlimited(promotion: Promotion) -> Promotion:
    return replace(promotion, needs_coupon=False, quota=Quota())


def _carts(lines: Sequence[Line]) -> Mapping[str, Sequence[Line]]:
    """Lines by order; those of one order stand together."""
    return {key: list(group) for key, group in groupby(lines, lambda each: each.id.split("/")[0])}


def _has_lost(quoted: Quote, tried: str) -> bool:
    return any(each.promotion_id == tried and each.reason in LOST for each in quoted.rejected)
