"""What decides how an order may be paid."""

from collections.abc import Mapping
from typing import Any

from app.core.enums.catalog import TaxMode
from app.services import cart, payments, pricing


def sale_of(
    snapshot: cart.CartSnapshot,
    quoted: cart.CartQuote,
    address: Mapping[str, Any],
    delivery: Mapping[str, Any],
) -> payments.Sale:
    """A quoted cart that goes to `address` by `delivery`, as payments know it."""
    region = (address.get(name) for name in ("country", "province", "city", "district"))
    return payments.Sale(
        currency=snapshot.channel.currency,
        channel_id=snapshot.channel.id,
        merchant_ids=quoted.merchant_ids,
        region=tuple(each or "" for each in region),
        tier=quoted.priced_with["customer"].get("tier"),
        lines=_lines(snapshot, quoted),
        delivery=str(delivery.get("kind", "")),
    )


def _lines(snapshot: cart.CartSnapshot, quoted: cart.CartQuote) -> tuple[payments.SaleLine, ...]:
    """The goods that were asked for, with what they cost; what comes with them costs nothing."""
    is_on_top = snapshot.channel.tax_mode is TaxMode.EXCLUSIVE
    points = {each.line_id: each.total_points for each in quoted.exchanges}
    bought = (
        _line(
            line.line_id,
            quoted.facts[line.line_id],
            line.net_minor + (line.tax_minor if is_on_top else 0),
            points.get(line.line_id, 0),
        )
        for line in quoted.quote.lines
    )
    others = quoted.skus.keys() - {each.sku_id for each in quoted.facts.values()}
    return (*bought, *(_line(str(each), quoted.skus[each], 0, 0) for each in sorted(others)))


def _line(
    line_id: str, sku: pricing.SkuFacts, amount_minor: int, exchange_points: int
) -> payments.SaleLine:
    return payments.SaleLine(
        id=line_id,
        amount_minor=amount_minor,
        product_id=sku.spu_id,
        categories=frozenset({sku.category_id, *sku.ancestor_ids}),
        exchange_points=exchange_points,
    )
