"""What the selected lines of a cart cost, and what a shopper agrees to by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidReference
from app.core.money import MAX_MINOR
from app.services import inventory, pricing, promotions
from app.services.cart.engine import Agreement, agree
from app.services.cart.errors import AmountTooLarge, EmptyCart
from app.services.cart.freight import Freight, freight_of
from app.services.cart.types import CartSnapshot
from app.services.delivery.engine import Judgement
from app.services.promotions.engine import Promotion, Quote


@dataclass(frozen=True, slots=True)
class CartQuote:
    """A quote of a cart, the goods behind it, and what agreeing to it means.

    `facts` are the goods by line id, `promotions` the candidates. `priced_with` is what else
    decided the price, as an order keeps it. `freight` has judged the delivery, if it is known
    where to.
    """

    quote: Quote
    facts: Mapping[str, pricing.SkuFacts]
    promotions: tuple[Promotion, ...]
    priced_with: Mapping[str, Any]
    skus: Mapping[UUID, pricing.SkuFacts]
    quota_uses: tuple[pricing.QuotaUse, ...]
    exchanges: tuple[pricing.Exchange, ...]
    bargains: tuple[pricing.BargainUse, ...]
    unknown_codes: tuple[str, ...]
    agreement: Agreement
    freight: Freight | None

    @property
    def exchange_points(self) -> int:
        """The points without which the goods cannot be had."""
        return sum(each.total_points for each in self.exchanges)

    @property
    def merchant_ids(self) -> frozenset[UUID]:
        """Whose goods are quoted."""
        return frozenset(each.merchant_id for each in self.facts.values())

    def judged_delivery(self) -> Judgement:
        """What there is of delivery. Raises `ValueError` if nobody said where to."""
        judged = self.judged_freight().judged
        if judged is None:
            raise ValueError("nobody judged it")
        return judged

    def judged_freight(self) -> Freight:
        """Where it goes and how. Raises `ValueError` if nobody said where to."""
        if self.freight is None:
            raise ValueError("nobody said where it goes")
        return self.freight

    def waiting(self, allocations: Sequence[inventory.Allocation] | None) -> Self:
        """The same with what of the goods is sold before it is there: agreed to like a price."""
        return replace(
            self,
            agreement=self.agreement.waiting(
                (str(each.sku_id), each.quantity, str(each.waits.said()))
                for each in allocations or ()
                if each.waits
            ),
        )

    def document(self) -> dict[str, Any]:
        """The quote as every answer shows it; its `quote_hash` is what an order names."""
        return self.quote.to_dict() | {"quote_hash": str(self.agreement)}


async def quote_snapshot(
    session: AsyncSession,
    cart: CartSnapshot,
    *,
    delivery: Mapping[str, Any],
    address: Mapping[str, Any] | None = None,
    payment_kinds: Iterable[str] = (),
    skip_unsaleable: bool = False,
    point_value_minor: int = 1,
    shipping_minor: int | None = None,
    has_promotions: bool = True,
    is_last: bool = False,
) -> CartQuote:
    """Quote the cart for its member, now by the database's clock; nothing is changed.

    Freight is part of it once there is an `address`; a method that cannot be had costs nothing
    here and is refused by whoever places the order. With a `shipping_minor` that is the fee and
    nobody judges the delivery. Without `has_promotions` there are none. One that `is_last` is what
    an order is placed by.

    `payment_kinds` are those of the tenders chosen, none before there is a choice.
    Two statements, four where a promotion gives goods, one more where points buy some, one where
    some were bargained for, and one where freight asks whence they come.
    Raises `EmptyCart`, `NotForSale` naming every line's SKU that cannot be bought,
    `ExchangeUnavailable` every line that cannot be had for points as asked, `BargainUnavailable`
    every one whose bargain is not good, `BelowFloor` every one agreed on at too low a price, and
    `AmountTooLarge` when a total is beyond what an order may cost.
    """
    if not cart.channel.is_active:
        raise InvalidReference("The channel is closed", field="channel")
    if not cart.lines:
        raise EmptyCart("Select something first")
    freight = None
    if address and shipping_minor is None:
        freight = await freight_of(session, cart, delivery, address)
    quoted = await promotions.quote(
        session,
        promotions.QuoteRequest(
            channel=cart.channel,
            member_id=cart.member_id,
            lines=tuple(
                pricing.WantedLine(
                    str(line.id),
                    line.sku_id,
                    line.quantity,
                    line.exchange_offer_id,
                    line.bargain_id,
                    line.agreed,
                )
                for line in cart.lines
            ),
            coupon_codes=cart.coupon_codes,
            gift_choices=cart.gift_choices,
            freight=freight,
            shipping_minor=shipping_minor or 0,
            has_promotions=has_promotions,
            is_last=is_last,
            payment_kinds=frozenset(map(str, payment_kinds)) or None,
            skip_unsaleable=skip_unsaleable,
            is_group_buy=cart.is_group_buy,
            point_value_minor=point_value_minor,
        ),
    )
    quote = quoted.quote
    if max(quote.totals.list_minor, quote.totals.payable_minor) > MAX_MINOR:
        raise AmountTooLarge("Order less at once", max_minor=MAX_MINOR)
    points = {each.line_id: f" for {each.points}" for each in quoted.exchanges}
    goods = (
        (str(line.sku_id), line.options_key + points.get(str(line.id), ""), line.quantity)
        for line in cart.lines
    )
    return CartQuote(
        quote=quote,
        priced_with=quoted.priced_with,
        facts=quoted.facts,
        promotions=quoted.promotions,
        skus=quoted.skus,
        quota_uses=quoted.quota_uses,
        exchanges=quoted.exchanges,
        bargains=quoted.bargains,
        unknown_codes=quoted.unknown_codes,
        freight=freight,
        agreement=agree(
            goods,
            ((gift.sku_id, gift.quantity) for gift in quote.gifts),
            quote.quote_hash,
            delivery["kind"],
            quote.totals.payable_minor,
            is_group_buy=cart.is_group_buy,
        ),
    )
