"""Goods that are added to an order: a block of their own, priced by itself."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import TaxMode
from app.core.enums.orders import ChangeRules, OrderSource
from app.repositories.orders import ChangeRepository
from app.services.orders.changes.errors import PriceNotAgreed
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.entry import Agreed, AgreedLine, quote_agreed
from app.services.pricing import AgreedPrice

AS_BOUGHT, AS_LISTED, AS_SAID = "as bought before", "as listed when it was added", "as agreed"
"""Why a piece that is added costs what it costs."""


class Added(NamedTuple):
    """`amount_minor` is that of all its pieces, tax included; `why` and by whom it costs that."""

    sku_id: UUID
    sku_code: str
    name: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class PricedGoods:
    """Their unit prices contain tax, or do not, by `tax_mode`."""

    goods: tuple[Added, ...]
    fee_minor: int
    payable_minor: int
    tax_mode: TaxMode


async def priced_goods(session: AsyncSession, facts: RowMapping, wish: ChangeWish) -> PricedGoods:
    """What the goods cost, at prices that stay as they are while the shopper thinks about it.

    By the rules agreed on a piece costs what the dearest like it in the order did, taxed as the
    order is; by those of now what it would cost the shopper, without promotions. Raises
    `PriceNotAgreed` for goods that the order has none of, and what quoting raises.
    """
    bought = await ChangeRepository(session).unit_prices(facts["id"])
    lines = []
    for each in wish.added:
        price, why, source = each.unit_price_minor, AS_SAID, "staff"
        if price is None and wish.rules is ChangeRules.FROZEN:
            price, why, source = bought.get(each.sku_id), AS_BOUGHT, facts["number"]
            if price is None:
                raise PriceNotAgreed("Say a price, or take those of now", sku_id=str(each.sku_id))
        may_undercut = why is AS_BOUGHT
        agreed = None if price is None else AgreedPrice(price, why, source, may_undercut)
        lines.append(AgreedLine(sku_id=each.sku_id, quantity=each.quantity, agreed=agreed))
    mode = TaxMode(facts["tax_mode" if wish.rules is ChangeRules.FROZEN else "tax_mode_now"])
    quoted = await quote_agreed(session, agreed_order(facts, lines, wish.freight_minor or 0, mode))
    on_top = mode is TaxMode.EXCLUSIVE
    goods = [
        Added(
            sku_id=UUID(line.sku_id),
            sku_code=quoted.skus[UUID(line.sku_id)].sku_code,
            name=quoted.skus[UUID(line.sku_id)].name[:200],
            quantity=unit.count,
            unit_price_minor=unit.price_minor,
            amount_minor=unit.count * (unit.net_minor + (unit.tax_minor if on_top else 0)),
            why=given.agreed.reason if given.agreed else AS_LISTED,
            source=given.agreed.source if given.agreed else "prices",
        )
        for line, given in zip(quoted.quote.lines, lines, strict=True)
        for unit in line.units
    ]
    payable = quoted.quote.totals.payable_minor
    fee = payable - sum(each.amount_minor for each in goods)
    return PricedGoods(tuple(goods), fee, payable, mode)


def agreed_order(
    facts: RowMapping, lines: list[AgreedLine], freight_minor: int, mode: TaxMode
) -> Agreed:
    """The order that added goods are: to where the first one goes, sent with standard freight."""
    return Agreed(
        member_id=facts["member_id"],
        channel_id=facts["channel_id"],
        lines=tuple(lines),
        address=facts["address"],
        source=OrderSource.CHANGE,
        shipping_minor=freight_minor,
        tax_mode=mode,
    )
