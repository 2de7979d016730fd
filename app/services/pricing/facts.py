"""What the goods somebody wants cost before promotions, and everything rules ask about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.enums.pricing import Objective, PriceListKind, ShippingTax, TaxScope
from app.repositories.pricing import FactRepository, PriceFact, SkuFacts
from app.services.catalog import ChannelFacts
from app.services.pricing.agreed import AgreedPrice, priced_as_agreed
from app.services.pricing.asked import Exchange, priced_in_points
from app.services.pricing.bargain_prices import BargainUse, priced_by_bargains
from app.services.pricing.engine import (
    BLOCK_ALL,
    DEFAULT_STAGES,
    WHOLE_BPS,
    Line,
    Policy,
    PriceOption,
    TaxMode,
    floor_minor,
)
from app.services.pricing.errors import NotForSale

QUANTITY_BREAK = "quantity"
"""Kind of a price on the list that starts at two pieces or more."""


class WantedLine(NamedTuple):
    """`quantity` pieces of a SKU; `id` names the line in the quote.

    With an `offer_id` they are to be had for points, with a `bargain_id` for its price, and for
    what was `agreed` if anything was.
    """

    id: str
    sku_id: UUID
    quantity: int
    offer_id: UUID | None = None
    bargain_id: UUID | None = None
    agreed: AgreedPrice | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Lines for the engine in the order wanted; `at` and `tier` are what they were read for.

    `goods` are the SKUs of the lines by line id, `skus` all that were asked for, unsaleable ones
    too. `policy` is what the channel allows of discounts, `exchanges` the lines to be paid in
    points, `bargains` those that were bargained for.
    """

    lines: tuple[Line, ...]
    skus: Mapping[UUID, SkuFacts]
    goods: Mapping[str, SkuFacts]
    at: datetime
    tier: str | None
    policy: Policy
    is_group_buy: bool = False
    exchanges: tuple[Exchange, ...] = ()
    bargains: tuple[BargainUse, ...] = ()


class ListedGood(NamedTuple):
    """A SKU and its list price in a channel."""

    sku: SkuFacts
    list_minor: int


async def line_facts(
    session: AsyncSession,
    wanted: Sequence[WantedLine],
    *,
    channel: ChannelFacts,
    member_id: UUID | None = None,
    at: datetime | None = None,
    tier: str | None = None,
    skip_unsaleable: bool = False,
    is_group_buy: bool = False,
    point_value_minor: int = 1,
) -> LineFacts:
    """Read in one statement what the engine needs to price `wanted` in a channel.

    Lines that ask for an exchange take a second one, and cost their points at `point_value_minor`;
    so do lines of bargains.

    Windows and quotas are judged by the database's clock unless `at` is given; `tier` is that of
    an imagined shopper, in the place of a member's. Raises
    `NotForSale` naming every SKU that cannot be bought, `ExchangeUnavailable` every line that
    cannot be paid in points and `BargainUnavailable` every one whose bargain is not good;
    `skip_unsaleable` leaves those out. Raises `BelowFloor` for prices agreed too low.
    Prices for groups are read with `is_group_buy` alone.
    """
    reading = await FactRepository(session).read(
        sorted({line.sku_id for line in wanted}),
        channel_id=channel.id,
        currency=channel.currency,
        member_id=member_id,
        at=at,
        tier=tier,
        is_group_buy=is_group_buy,
    )
    refused = {
        line.sku_id: reason
        for line in wanted
        if (reason := _unsaleable(reading.skus.get(line.sku_id))) is not None
    }
    if refused and not skip_unsaleable:
        raise NotForSale(
            "Some goods cannot be bought",
            skus=[{"sku_id": str(each), "reason": why} for each, why in sorted(refused.items())],
        )
    policy = read_policy(reading.policy)
    tax_mode = TaxMode(channel.tax_mode)
    lines = {
        each.id: line_of(each, reading.skus[each.sku_id], policy, tax_mode)
        for each in wanted
        if each.sku_id not in refused
    }
    lines, exchanges = await priced_in_points(
        session,
        lines,
        {each.id: each.offer_id for each in wanted if each.offer_id is not None},
        channel=channel,
        member_id=member_id,
        at=at,
        point_value_minor=point_value_minor,
        skip_unavailable=skip_unsaleable,
    )
    lines, bargains = await priced_by_bargains(
        session,
        lines,
        {each.id: each.bargain_id for each in wanted if each.bargain_id is not None},
        channel=channel,
        member_id=member_id,
        at=at,
        skip_unavailable=skip_unsaleable,
    )
    lines = priced_as_agreed(
        lines, {each.id: each.agreed for each in wanted if each.agreed is not None}
    )
    return LineFacts(
        lines=tuple(lines.values()),
        exchanges=exchanges,
        bargains=bargains,
        skus=reading.skus,
        goods={each.id: reading.skus[each.sku_id] for each in wanted if each.id in lines},
        at=reading.at or at or now(),
        tier=reading.tier,
        policy=policy,
        is_group_buy=is_group_buy,
    )


async def listed_goods(
    session: AsyncSession, sku_ids: Sequence[UUID], *, channel: ChannelFacts, at: datetime
) -> dict[UUID, ListedGood]:
    """Active SKUs with a list price at `at`, whether their product is on sale or not.

    One statement.
    """
    reading = await FactRepository(session).read(
        sku_ids, channel_id=channel.id, currency=channel.currency, member_id=None, at=at
    )
    return {
        sku_id: ListedGood(sku, price.price_minor)
        for sku_id, sku in reading.skus.items()
        if sku.is_active and (price := list_price(sku)) is not None
    }


@lru_cache(maxsize=64)
def read_policy(said: str) -> Policy:
    """What a channel allows, from the JSON array it was read as; defaults where it says nothing."""
    if not said:
        return Policy()
    max_discount_bps, min_margin_bps, objective, stages, tax_scope, *tax = orjson.loads(said)
    shipping_tax, shipping_tax_bps = tax
    return Policy(
        max_discount_bps=WHOLE_BPS if max_discount_bps is None else max_discount_bps,
        min_margin_bps=min_margin_bps,
        objective=Objective(objective or Objective.CUSTOMER_BEST),
        stages=tuple(stages or DEFAULT_STAGES),
        tax_scope=TaxScope(tax_scope or TaxScope.LINE),
        shipping_tax=ShippingTax(shipping_tax or ShippingTax.NONE),
        shipping_tax_bps=shipping_tax_bps or 0,
    )


def line_of(wanted: WantedLine, sku: SkuFacts, policy: Policy, tax_mode: TaxMode) -> Line:
    """What the engine needs to price `wanted`. Raises `ValueError` without a list price."""
    base = list_price(sku)
    if base is None:
        raise ValueError(f"{sku.sku_id} has no price")
    return Line(
        id=wanted.id,
        sku_id=str(sku.sku_id),
        quantity=wanted.quantity,
        list_minor=base.price_minor,
        prices=tuple(_option(each) for each in sku.prices if _competes(each, base)),
        floor_minor=floor_minor(
            policy,
            explicit_minor=sku.floor_minor,
            cost_minor=sku.cost_minor,
            tax_rate_bps=sku.tax_rate_bps,
            tax_mode=tax_mode,
        ),
        tax_rate_bps=sku.tax_rate_bps,
        spu_id=str(sku.spu_id),
        brand_id=str(sku.brand_id) if sku.brand_id else None,
        merchant_id=str(sku.merchant_id),
        categories=frozenset(map(str, (sku.category_id, *sku.ancestor_ids))),
        blocks=BLOCK_ALL if base.blocks else (),
        price_id=option_id(base),
    )


def list_price(sku: SkuFacts) -> PriceFact | None:
    """The list price: of the channel's own list before the general one, then of the older list."""
    lists = [p for p in sku.prices if p.kind == PriceListKind.LIST and p.min_quantity == 1]
    return min(lists, key=lambda each: (not each.is_of_channel, each.list_id), default=None)


def _competes(price: PriceFact, base: PriceFact) -> bool:
    """Whether a price is a candidate beside the list price; other lists of prices are not."""
    if price is base:
        return False
    return price.kind != PriceListKind.LIST or price.list_id == base.list_id


def _option(price: PriceFact) -> PriceOption:
    is_break = price.kind == PriceListKind.LIST
    return PriceOption(
        kind=QUANTITY_BREAK if is_break else price.kind,
        price_minor=price.price_minor,
        id=option_id(price),
        min_quantity=price.min_quantity,
        quota=None if price.left is None else max(0, price.left),
        blocks=BLOCK_ALL if price.blocks else (),
    )


def option_id(price: PriceFact) -> str:
    """How the engine calls a price; unique among those of a SKU."""
    return f"{price.list_id}:{price.min_quantity}"


def _unsaleable(sku: SkuFacts | None) -> str | None:
    if sku is None:
        return "unknown"
    if not sku.is_active:
        return "inactive"
    if not sku.is_on_sale:
        return "not_on_sale"
    return "no_price" if list_price(sku) is None else None
