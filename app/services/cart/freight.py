"""The freight of a cart: judged between its prices and its promotions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import apportion
from app.services import delivery, inventory
from app.services.cart.types import CartSnapshot
from app.services.delivery.engine import Goods, Judgement
from app.services.pricing import SkuFacts
from app.services.pricing.engine import PricedLine

STANDARD = "standard"
"""How goods travel unless somebody says otherwise; free of charge without a freight template."""


@dataclass(slots=True)
class Freight:
    """Judges a cart that goes to `address` as `wish` says, once its goods have prices.

    Freight goes by prices before promotions, so that no promotion takes away what it needs: one
    that lowered the goods under a threshold of free shipping would cost the shopper its own fee.
    What promotions give travels with the rest. `allocations` say whence, where that matters.
    """

    cart: CartSnapshot
    wish: Mapping[str, Any]
    address: Mapping[str, Any]
    allocations: Sequence[inventory.Allocation] | None
    judged: Judgement | None = field(default=None, init=False)

    def __call__(self, priced: Iterable[PricedLine], goods: Mapping[str, SkuFacts]) -> int:
        """The fee before promotions; 0 for a method that cannot be had, which no order may name."""
        wanted: dict[UUID, tuple[SkuFacts, int, int]] = {}
        for each in priced:
            sku = goods[each.line.id]
            _, pieces, amount = wanted.get(sku.sku_id, (sku, 0, 0))
            minor = sum([run.quantity * run.price_minor for run in each.runs])
            wanted[sku.sku_id] = sku, pieces + each.line.quantity, amount + minor
        sent = [found for _, of in sorted(wanted.items()) for found in self._goods(*of)]
        self.judged = delivery.judge_delivery(
            self.cart.offered, self.wish, self.address, sent, self.cart.at
        )
        return self.judged.chosen.fee_minor if self.judged.chosen.is_allowed else 0

    def _goods(self, sku: SkuFacts, pieces: int, amount_minor: int) -> Iterable[Goods]:
        """The pieces of a SKU by warehouse, their amount split in proportion."""
        taken = [
            (each.warehouse_id, each.quantity)
            for each in self.allocations or ()
            if each.sku_id == sku.sku_id
        ]
        parts: list[tuple[UUID | None, int]] = [*taken] or [(None, pieces)]
        weights = [quantity for _, quantity in parts]
        amounts = apportion(amount_minor, pieces, weights, range(len(parts)))
        for (warehouse_id, quantity), amount in zip(parts, amounts, strict=True):
            yield Goods(
                sku.merchant_id,
                warehouse_id,
                quantity,
                sku.weight_grams,
                sku.volume_cm3 or 0,
                amount,
                frozenset({sku.category_id, *sku.ancestor_ids}),
            )


async def freight_of(
    session: AsyncSession, cart: CartSnapshot, wish: Mapping[str, Any], address: Mapping[str, Any]
) -> Freight:
    """Ready to judge. A statement where freight asks whence the goods come, else none.

    What falls short comes from anywhere: placing refuses it for that.
    """
    allocations = None
    if cart.offered.is_by_warehouse:
        wanted = [inventory.Wanted(each.sku_id, each.quantity) for each in cart.lines]
        allocations = await chosen_warehouses(session, cart, wish, address, wanted)
    return Freight(cart, wish, address, allocations)


async def route_goods(
    session: AsyncSession,
    cart: CartSnapshot,
    wish: Mapping[str, Any],
    address: Mapping[str, Any],
    wanted: Sequence[inventory.Wanted],
) -> inventory.Routed:
    """Whence goods come that go to `address` as `wish` says, and why. Raises `OutOfStock`."""
    return await inventory.route(
        session,
        channel_id=cart.channel.id,
        wanted=wanted,
        to=inventory.Destination(*delivery.place_of(address)),
        rate_of=delivery.estimate_of(cart.offered, wish, address),
        may_wait=True,
        earmark=cart.earmark,
    )


async def chosen_warehouses(
    session: AsyncSession,
    cart: CartSnapshot,
    wish: Mapping[str, Any],
    address: Mapping[str, Any],
    wanted: Sequence[inventory.Wanted],
) -> Sequence[inventory.Allocation] | None:
    """Whence goods would come now; None where there is too little of something."""
    try:
        return (await route_goods(session, cart, wish, address, wanted)).allocations
    except inventory.OutOfStock:
        return None
