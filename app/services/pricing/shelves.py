"""What one piece of many goods costs before promotions, for a member or for everybody of a tier."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.repositories.pricing import FactRepository, SkuFacts
from app.services.catalog import ChannelFacts
from app.services.pricing.engine import Line, Policy, PriceContext, TaxMode, price_lines
from app.services.pricing.facts import WantedLine, line_of, list_price, option_id, read_policy


@dataclass(frozen=True, slots=True)
class Offer:
    """What one piece costs now, before promotions. `ends_at` is when the price runs out."""

    sku_id: UUID
    list_minor: int
    price_minor: int
    price_kind: str
    is_blocked: bool
    ends_at: datetime | None


class Good(NamedTuple):
    """A SKU with a price, and one piece of it as a line of the engine."""

    sku: SkuFacts
    line: Line


@dataclass(frozen=True, slots=True)
class Shelf:
    """The active SKUs of a product, those with a price as goods, and what the channel allows.

    `key` names prices, floors and names of all of them, as `catalog.ListingPage` does; None
    without a price.
    """

    spu_id: UUID
    key: str | None
    policy: Policy
    skus: tuple[SkuFacts, ...]
    goods: tuple[Good, ...]


async def offers(
    session: AsyncSession,
    sku_ids: Sequence[UUID],
    *,
    channel: ChannelFacts,
    member_id: UUID | None = None,
) -> dict[UUID, Offer]:
    """What one piece of each SKU costs now; SKUs without a price are left out. One statement."""
    reading = await FactRepository(session).read(
        sku_ids, channel_id=channel.id, currency=channel.currency, member_id=member_id, at=None
    )
    policy, tax_mode = read_policy(reading.policy), TaxMode(channel.tax_mode)
    context = PriceContext(reading.at or now(), str(channel.id), reading.tier)
    return {
        sku_id: offer_of(good, context)
        for sku_id, sku in reading.skus.items()
        if (good := _good(sku, policy, tax_mode)) is not None
    }


def offer_of(good: Good, context: PriceContext) -> Offer:
    """What one piece of a good costs, before promotions."""
    sku = good.sku
    run = price_lines((good.line,), context)[0].runs[0]
    ends = {option_id(price): price.ends_at for price in sku.prices}
    ends_at = ends.get(run.price_id)
    return Offer(
        sku_id=sku.sku_id,
        list_minor=good.line.list_minor,
        price_minor=run.price_minor,
        price_kind=run.kind,
        is_blocked=bool(run.blocks),
        ends_at=datetime.fromisoformat(ends_at) if ends_at else None,
    )


async def shelves(
    session: AsyncSession,
    spu_ids: Sequence[UUID],
    *,
    channel_id: UUID,
    currency: str,
    tax_mode: TaxMode,
    tier: str | None = None,
    own_lists: Sequence[UUID] = (),
) -> list[Shelf]:
    """The goods of products at a guest's prices, or those of a tier and of lists that name one.

    One statement.

    Products without an active SKU are left out.
    """
    rows = await FactRepository(session).shelves(
        spu_ids, channel_id=channel_id, currency=currency, tier=tier, own_lists=own_lists
    )
    found: dict[UUID, tuple[str | None, Policy, list[SkuFacts]]] = {}
    for key, policy, sku in rows:
        found.setdefault(sku.spu_id, (key, read_policy(policy), []))[2].append(sku)
    return [
        Shelf(
            spu_id,
            key,
            allowed,
            tuple(skus),
            tuple(good for sku in skus if (good := _good(sku, allowed, tax_mode)) is not None),
        )
        for spu_id, (key, allowed, skus) in found.items()
    ]


def used_up(good: Good, prices: frozenset[str]) -> Good:
    """The good without those of its prices, named `SKU id/list id`, of which a buyer had enough."""
    if not prices:
        return good
    gone = {
        f"{list_id}:1"
        for sku_id, _, list_id in (each.partition("/") for each in prices)
        if sku_id == good.line.sku_id
    }
    options = tuple(replace(o, quota=0) if o.id in gone else o for o in good.line.prices)
    return good._replace(line=replace(good.line, prices=options))


def _good(sku: SkuFacts, policy: Policy, tax_mode: TaxMode) -> Good | None:
    if list_price(sku) is None:
        return None
    return Good(sku, line_of(WantedLine(str(sku.sku_id), sku.sku_id, 1), sku, policy, tax_mode))
