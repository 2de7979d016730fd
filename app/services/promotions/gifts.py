"""What promotions may give: which goods, what they are worth, and how many there are."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import inventory, pricing
from app.services.catalog import ChannelFacts
from app.services.promotions.engine import GiftFact, Promotion
from app.services.promotions.engine.actions.gift import Gift


async def with_gifts(
    session: AsyncSession,
    promotions: tuple[Promotion, ...],
    *,
    channel: ChannelFacts,
    wanted: Mapping[UUID, int],
    choices: Mapping[str, str],
    at: datetime,
) -> tuple[tuple[Promotion, ...], Mapping[UUID, pricing.SkuFacts]]:
    """Tell promotions that give goods of them; also return those goods by SKU.

    `choices` is the SKU the shopper would like by promotion.

    Pieces `wanted` for money are not there to be given. What is not active or has no list price
    cannot be given: an order states what its gifts are worth. Two statements, none when no
    promotion gives anything.
    """
    sku_ids = sorted({sku_id for each in promotions for sku_id in presents_of(each)})
    if not sku_ids:
        return promotions, {}
    goods = await pricing.listed_goods(session, sku_ids, channel=channel, at=at)
    available = await inventory.available(session, list(goods), channel.id)
    facts = {
        sku_id: GiftFact(str(sku_id), good.list_minor, available[sku_id] - wanted.get(sku_id, 0))
        for sku_id, good in goods.items()
    }
    told = tuple(_told(promotion, facts, choices) for promotion in promotions)
    return told, {sku_id: good.sku for sku_id, good in goods.items()}


def presents_of(promotion: Promotion) -> Iterator[UUID]:
    """Yield the SKUs a promotion may give; names that are no ids are nobody's goods."""
    action = promotion.rule.action
    if isinstance(action, Gift):
        for present in action.presents:
            try:
                yield UUID(present.sku_id)
            except ValueError:
                continue


def _told(
    promotion: Promotion, facts: Mapping[UUID, GiftFact], choices: Mapping[str, str]
) -> Promotion:
    gifts = tuple(facts[sku_id] for sku_id in presents_of(promotion) if sku_id in facts)
    if not gifts:
        return promotion
    return replace(promotion, gifts=gifts, gift_choice=choices.get(promotion.id))
