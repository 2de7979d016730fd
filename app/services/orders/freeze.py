"""From a quote and its goods to the rows of an order. Nothing is ever allocated again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import new_id, new_number
from app.services import cart, pricing
from app.services.inventory import Routed
from app.services.orders.engine import Ordered, split
from app.services.promotions.engine import Gift, LineQuote

GIFT = "gift"
"""Kind of the price of what is given for nothing."""


@dataclass(frozen=True, slots=True)
class FrozenLines:
    """Rows of `order_lines` and `order_units`, and what shipping needs to know of the lines."""

    lines: list[dict[str, Any]]
    units: list[dict[str, Any]]
    ordered: list[Ordered]


def freeze_lines(snapshot: cart.CartSnapshot, quoted_cart: cart.CartQuote) -> FrozenLines:
    """Copy names, codes and every unit's list, price, discounts, net and tax; gifts come last."""
    frozen = FrozenLines([], [], [])
    quote, skus = quoted_cart.quote, quoted_cart.skus
    quoted = {line.line_id: line for line in quote.lines}
    exchanges = {each.line_id: each for each in quoted_cart.exchanges}
    for position, line in enumerate(snapshot.lines, start=1):
        line_id, sku, money = new_id(), skus[line.sku_id], quoted[str(line.id)]
        frozen.ordered.append(Ordered(line_id, line.sku_id, line.quantity))
        frozen.units.extend(_units(line_id, money))
        frozen.lines.append(
            _copied(line_id, position, sku)
            | {
                "options": {"sku": sku.options, "wishes": line.options},
                "quantity": line.quantity,
                "list_minor": money.list_minor,
                "goods_minor": money.goods_minor,
                "discount_minor": money.discount_minor,
                "net_minor": money.net_minor,
                "tax_minor": money.tax_minor,
                "tax_rate_bps": money.tax_rate_bps,
                "note": line.note,
                "is_gift": False,
                **_in_points(exchanges.get(str(line.id))),
                "bargain_id": line.bargain_id,
                "agreed_reason": line.agreed.reason if line.agreed else None,
                "agreed_source": line.agreed.source if line.agreed else None,
                "agreed_approver": line.agreed.approver if line.agreed else None,
            }
        )
    for position, gift in enumerate(quote.gifts, start=len(snapshot.lines) + 1):
        line_id, sku = new_id(), skus[UUID(gift.sku_id)]
        frozen.ordered.append(Ordered(line_id, sku.sku_id, gift.quantity))
        frozen.units.append(_given(line_id, gift))
        frozen.lines.append(
            _copied(line_id, position, sku)
            | {
                "options": {"sku": sku.options, "wishes": {}},
                "quantity": gift.quantity,
                "list_minor": gift.list_minor,
                **dict.fromkeys(("goods_minor", "discount_minor", "net_minor", "tax_minor"), 0),
                "tax_rate_bps": sku.tax_rate_bps,
                "is_gift": True,
                "promotion_id": gift.promotion_id,
                **_in_points(None),
                **dict.fromkeys(
                    ("bargain_id", "agreed_reason", "agreed_source", "agreed_approver")
                ),
            }
        )
    return frozen


def _in_points(exchange: pricing.Exchange | None) -> dict[str, Any]:
    if exchange is None:
        return {"exchange_offer_id": None, "exchange_points": 0}
    return {
        "exchange_offer_id": exchange.offer_id,
        "exchange_points": exchange.total_points,
    }


def _copied(line_id: UUID, position: int, sku: pricing.SkuFacts) -> dict[str, Any]:
    return {
        "id": line_id,
        "position": position,
        "spu_id": sku.spu_id,
        "sku_id": sku.sku_id,
        "merchant_id": sku.merchant_id,
        "sku_code": sku.sku_code,
        "name": sku.name[:200],
        "unit_cost_minor": sku.cost_minor,
    }


def freeze_fulfilments(
    ordered: Sequence[Ordered], routed: Routed, at: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return rows of `fulfilments`, each with why it is sent from there, and of their lines."""
    fulfilments: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for part in split(ordered, routed.allocations):
        fulfilment_id = new_id()
        fulfilments.append(
            {
                "id": fulfilment_id,
                "number": new_number("F", at),
                "merchant_id": part.merchant_id,
                "warehouse_id": part.warehouse_id,
                "route": None if part.waits else routed.reasons.get(part.warehouse_id),
                "hold_id": new_id(),
                "waits": part.waits and part.waits.said(),
            }
        )
        parts.extend(
            {"fulfilment_id": fulfilment_id, "order_line_id": line_id, "quantity": quantity}
            for line_id, quantity in part.lines
        )
    return fulfilments, parts


def _given(line_id: UUID, gift: Gift) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "first_index": 0,
        "count": gift.quantity,
        "list_minor": gift.list_minor,
        "price_minor": 0,
        "price_kind": GIFT,
        "net_minor": 0,
        "tax_minor": 0,
        "discounts": [],
    }


def _units(line_id: UUID, line: LineQuote) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    first = 0
    for unit in line.units:
        rows.append(
            {
                "line_id": line_id,
                "first_index": first,
                "count": unit.count,
                "list_minor": unit.list_minor,
                "price_minor": unit.price_minor,
                "price_kind": str(unit.price_kind),
                "net_minor": unit.net_minor,
                "tax_minor": unit.tax_minor,
                "discounts": [
                    {"promotion_id": promotion_id, "amount_minor": amount}
                    for promotion_id, amount in unit.discounts
                ],
            }
        )
        first += unit.count
    return rows
