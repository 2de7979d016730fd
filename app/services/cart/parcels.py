"""A cart's delivery as checkout shows it: the methods, and what would come from where."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import apportion
from app.services import delivery, inventory
from app.services.cart.freight import chosen_warehouses
from app.services.cart.quoting import CartQuote
from app.services.cart.types import CartSnapshot
from app.services.delivery.engine import Freight

_Pieces = dict[UUID, int]
_From = tuple[UUID, UUID | None]


async def preview_delivery(
    session: AsyncSession, cart: CartSnapshot, quoted: CartQuote
) -> tuple[dict[str, Any], CartQuote]:
    """The methods there are with the one chosen, and the parcels by merchant and warehouse.

    With the quote as it is agreed to: what of the goods waits is part of that.

    One statement. A fee of goods that come from several warehouses is split by pieces and sums to
    what the order pays before promotions. Where too little is in stock the warehouse is null.
    """
    judged = quoted.judged_delivery()
    wanted: _Pieces = {}
    for line in cart.lines:
        wanted[line.sku_id] = wanted.get(line.sku_id, 0) + line.quantity
    for gift in quoted.quote.gifts:
        wanted[UUID(gift.sku_id)] = wanted.get(UUID(gift.sku_id), 0) + gift.quantity
    goods = [inventory.Wanted(sku_id, n) for sku_id, n in sorted(wanted.items())]
    freight = quoted.judged_freight()
    chosen = await chosen_warehouses(session, cart, freight.wish, freight.address, goods)
    document = {
        **delivery.option_document(judged.chosen),
        "options": [delivery.option_document(each) for each in judged.options],
        "parcels": [
            {**each, "waits": _waits(chosen, each["warehouse_id"], each["merchant_id"], quoted)}
            for each in _parcels(_by_origin(quoted, wanted, chosen), judged.chosen.freights)
        ],
    }
    return document, quoted.waiting(chosen)


def _waits(
    chosen: Sequence[inventory.Allocation] | None,
    warehouse_id: str | None,
    merchant_id: str,
    quoted: CartQuote,
) -> list[dict[str, Any]]:
    """What of a parcel's goods is still to come, and when that is expected."""
    return [
        {
            "sku_id": str(each.sku_id),
            "quantity": each.quantity,
            **each.waits.said(),
        }
        for each in chosen or ()
        if each.waits
        and str(each.warehouse_id) == warehouse_id
        and str(quoted.skus[each.sku_id].merchant_id) == merchant_id
    ]


def _by_origin(
    quoted: CartQuote, wanted: Mapping[UUID, int], chosen: Sequence[inventory.Allocation] | None
) -> dict[_From, _Pieces]:
    """Pieces by whose goods they are and the warehouse they come from."""
    found: dict[_From, _Pieces] = {}
    if chosen is None:
        for sku_id, pieces in wanted.items():
            found.setdefault((quoted.skus[sku_id].merchant_id, None), {})[sku_id] = pieces
        return found
    for each in chosen:
        origin = (quoted.skus[each.sku_id].merchant_id, each.warehouse_id)
        there = found.setdefault(origin, {})
        there[each.sku_id] = there.get(each.sku_id, 0) + each.quantity
    return found


def _parcels(origins: Mapping[_From, _Pieces], freights: Sequence[Freight]) -> list[dict[str, Any]]:
    """Each origin with what its own freight costs, else its part of its merchant's."""
    fees = dict.fromkeys(sorted(origins, key=str), 0)
    days: dict[_From, date | None] = {}
    for merchant_id in dict.fromkeys(merchant_id for merchant_id, _ in fees):
        whole = [each for each in freights if each.merchant_id == merchant_id]
        own = {(merchant_id, each.warehouse_id): each for each in whole if each.warehouse_id}
        here = [each for each in fees if each[0] == merchant_id]
        shared = [each for each in here if each not in own] or here
        rest = [each for each in whole if (merchant_id, each.warehouse_id) not in fees.keys() & own]
        for origin in here:
            found = [own[origin]] if origin in own else rest
            fees[origin] += own[origin].fee_minor if origin in own else 0
            days[origin] = max(
                (each.arrives_on for each in found if each.arrives_on is not None), default=None
            )
        weights = [sum(origins[each].values()) for each in shared]
        rest_minor = sum(each.fee_minor for each in rest)
        parts = apportion(rest_minor, sum(weights), weights, range(len(weights)))
        for origin, part in zip(shared, parts, strict=True):
            fees[origin] += part
    return [
        {
            "merchant_id": str(merchant_id),
            "warehouse_id": str(warehouse_id) if warehouse_id else None,
            "items": [
                {"sku_id": str(sku_id), "quantity": pieces}
                for sku_id, pieces in sorted(origins[merchant_id, warehouse_id].items())
            ],
            "fee_minor": fee,
            "arrives_on": day.isoformat() if (day := days[merchant_id, warehouse_id]) else None,
        }
        for (merchant_id, warehouse_id), fee in fees.items()
    ]
