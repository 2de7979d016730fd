"""The quote: what a cart costs now and why, in two statements, four with gifts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import pricing
from app.services.catalog import ChannelFacts
from app.services.pricing import BargainUse, Exchange, LineFacts, QuotaUse, SkuFacts, WantedLine
from app.services.pricing.engine import PricedLine, TaxMode, price_lines
from app.services.promotions import remembered
from app.services.promotions.candidates import Candidates, load_candidates
from app.services.promotions.codes import normalised
from app.services.promotions.engine import Cart, Context, Customer, Objective, Promotion, Quote
from app.services.promotions.gifts import with_gifts
from app.services.promotions.tried import with_coupons

FreightOf: TypeAlias = Callable[[Iterable[PricedLine], Mapping[str, SkuFacts]], int]
"""What lines at these prices cost to be sent, before promotions; with the goods by line id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """What a simulation takes to be otherwise than it is now.

    `at` is when (null: the database's now), `customer` who instead of a member. `also` are
    promotions to try as if they ran, `drafts` terms nobody saved, `without` running promotions to
    do without. With `has_coupons` the shopper holds a coupon of every promotion tried.
    """

    at: datetime | None = None
    customer: Customer | None = None
    also: tuple[UUID, ...] = ()
    drafts: tuple[Promotion, ...] = ()
    without: frozenset[UUID] = frozenset()
    has_coupons: bool = False

    def candidates(self, found: Candidates) -> Candidates:
        """The candidates that were read, with what is tried and without what is left out."""
        left_out = frozenset(map(str, self.without))
        kept = (each for each in found.promotions if each.id not in left_out)
        promotions = (*kept, *self.drafts)
        if self.has_coupons:
            tried = frozenset((*map(str, self.also), *(each.id for each in self.drafts)))
            promotions = with_coupons(promotions, tried)
        customer = self.customer or found.customer
        return replace(found, promotions=promotions, customer=customer)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """Who wants what, where. `freight` says the fee before promotions, else `shipping_minor` is it.

    `gift_choices` is the SKU wanted by promotion. `objective` is the channel's unless it is set.

    `payment_kinds` are those of the tenders chosen, null before there is a choice.
    `skip_unsaleable` leaves out what cannot be bought instead of refusing. In a cart of a group
    `is_group_buy` opens the prices that are for groups.
    `point_value_minor` is what a point is worth on lines that ask for an exchange.
    Without `has_promotions` none is a candidate. One that `is_last` is what an order is placed by.
    What only simulations ask for is in `imagined`.
    """

    channel: ChannelFacts
    member_id: UUID | None
    lines: tuple[WantedLine, ...]
    coupon_codes: tuple[str, ...] = ()
    gift_choices: Mapping[str, str] = field(default_factory=dict)
    freight: FreightOf | None = None
    shipping_minor: int = 0
    objective: Objective | None = None
    payment_kinds: frozenset[str] | None = None
    skip_unsaleable: bool = False
    is_group_buy: bool = False
    point_value_minor: int = 1
    has_promotions: bool = True
    is_last: bool = False
    imagined: Imagined = field(default_factory=Imagined)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote and what it was made from.

    `facts` is the goods by line id, `skus` the same by SKU, with unsaleable ones and those that
    may be given. `promotions` are the candidates, in no order. `quota_uses` is what the order will
    take of quota prices, `exchanges` what it is to pay in points, `bargains` what it takes of
    those. `unknown_codes` are codes nobody gave this shopper. `priced_with` is what decided the
    price and no quote names: an order keeps it, so that it can be quoted again.
    """

    quote: Quote
    facts: Mapping[str, SkuFacts]
    skus: Mapping[UUID, SkuFacts]
    promotions: tuple[Promotion, ...]
    quota_uses: tuple[QuotaUse, ...]
    exchanges: tuple[Exchange, ...]
    bargains: tuple[BargainUse, ...]
    unknown_codes: tuple[str, ...]
    at: datetime
    priced_with: Mapping[str, Any]


async def quote(session: AsyncSession, request: QuoteRequest) -> Quoted:
    """Price the lines and choose among the promotions; nothing is reserved or counted.

    Two statements, two more where a promotion gives goods, one where goods are to be had for
    points and one where some were bargained for. Raises `pricing.NotForSale` naming every SKU that
    cannot be bought, `pricing.ExchangeUnavailable`, `pricing.BargainUnavailable`,
    `pricing.BelowFloor`, `TooManyCoupons`, and `InvalidReference` for promotions to try that do not
    exist.
    """
    imagined = request.imagined
    codes = normalised(request.coupon_codes)
    facts = await pricing.line_facts(
        session,
        request.lines,
        channel=request.channel,
        member_id=request.member_id,
        at=imagined.at,
        tier=imagined.customer.tier if imagined.customer else None,
        skip_unsaleable=request.skip_unsaleable,
        is_group_buy=request.is_group_buy,
        point_value_minor=request.point_value_minor,
    )
    candidates = imagined.candidates(
        await load_candidates(
            session,
            channel=request.channel,
            member_id=request.member_id,
            codes=codes,
            also=imagined.also,
            at=imagined.at,
        )
    )
    if not request.has_promotions:
        candidates = replace(candidates, promotions=())
    wanted: dict[UUID, int] = {}
    for line in facts.lines:
        sku_id = facts.goods[line.id].sku_id
        wanted[sku_id] = wanted.get(sku_id, 0) + line.quantity
    told, gift_skus = await with_gifts(
        session,
        candidates.promotions,
        channel=request.channel,
        wanted=wanted,
        choices=request.gift_choices,
        at=candidates.at,
    )
    context = replace(
        store_context(request.channel, facts, candidates, objective=request.objective),
        payment_kinds=request.payment_kinds,
    )
    fee = request.shipping_minor
    if request.freight is not None:
        fee = request.freight(price_lines(facts.lines, context.prices), facts.goods)
    # An order keeps the rate of its fee, for the tax of what is given back of it.
    rates = (line.tax_rate_bps for line in facts.lines)
    rate = facts.policy.shipping_rate_bps(rates) if fee else 0
    kept = {"shipping_tax_rate_bps": rate} if rate else {}
    cart = Cart(facts.lines, fee, rate)
    return Quoted(
        quote=remembered.quote(cart, told, context, is_last=request.is_last),
        facts=facts.goods,
        skus={**gift_skus, **facts.skus},
        promotions=told,
        quota_uses=pricing.quota_uses(facts.lines, context.prices),
        exchanges=facts.exchanges,
        bargains=facts.bargains,
        unknown_codes=tuple(code for code in codes if code not in candidates.codes),
        at=facts.at,
        priced_with=context.kept()
        | {"floors": {line.sku_id: line.floor_minor for line in facts.lines if line.floor_minor}}
        | kept,
    )


def store_context(
    channel: ChannelFacts,
    facts: LineFacts,
    candidates: Candidates,
    *,
    objective: Objective | None = None,
) -> Context:
    """Who buys where and when, and what the channel's policy allows."""
    policy = facts.policy
    return Context(
        currency=channel.currency,
        at=candidates.at,
        channel_id=str(channel.id),
        customer=candidates.customer,
        objective=objective or policy.objective,
        tax_mode=TaxMode(channel.tax_mode),
        tax_scope=policy.tax_scope,
        max_discount_bps=policy.max_discount_bps,
        stages=policy.stages,
        is_group_buy=facts.is_group_buy,
    )
