"""What decides how an order may be paid."""

from collections.abc import Mapping
from typing import Any

from app.services import cart, payments


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
        categories=tuple(
            frozenset({each.category_id, *each.ancestor_ids}) for each in quoted.skus.values()
        ),
        delivery=str(delivery.get("kind", "")),
    )
