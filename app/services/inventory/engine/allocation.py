"""Which warehouse fills what. Pure: levels and wishes in, allocations out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID


class Wanted(NamedTuple):
    """Pieces of one SKU somebody wants; the same SKU may be named several times."""

    sku_id: UUID
    quantity: int


class Level(NamedTuple):
    """What one warehouse can still promise of a SKU.

    `seller_id` is the merchant of the SKU, `merchant_id` the one that ships from the warehouse.
    """

    sku_id: UUID
    warehouse_id: UUID
    merchant_id: UUID
    seller_id: UUID
    priority: int
    code: str
    available: int


class Waits(NamedTuple):
    """Terms on which pieces are sold before they are there, and when they are expected.

    After `last_at` nobody has to wait for them any longer.
    """

    terms_id: UUID | None
    kind: str
    ships_at: datetime
    allows_partial: bool
    last_at: datetime

    def said(self) -> dict[str, Any]:
        """What shoppers are told, and keep with what they agreed to."""
        return {
            "kind": self.kind,
            "ships_at": self.ships_at.astimezone(UTC).isoformat(),
            "last_at": self.last_at.astimezone(UTC).isoformat(),
            "allows_partial": self.allows_partial,
        }


class Part(NamedTuple):
    """Pieces in one kit; one of them is worth `worth` in proportion to the others."""

    sku_id: UUID
    quantity: int
    worth: int


class Allocation(NamedTuple):
    """Pieces of a SKU that `merchant_id` will ship from a warehouse, once they are there.

    Of a kit the `parts` are taken from stock.
    """

    sku_id: UUID
    warehouse_id: UUID
    merchant_id: UUID
    quantity: int
    waits: Waits | None = None
    parts: tuple[Part, ...] = ()


def combine(wanted: Iterable[Wanted]) -> dict[UUID, int]:
    """Return the pieces per SKU in order of SKU: lines of one SKU count together."""
    need: dict[UUID, int] = {}
    for sku_id, quantity in wanted:
        if quantity < 1:
            raise ValueError(f"cannot want {quantity} of {sku_id}")
        need[sku_id] = need.get(sku_id, 0) + quantity
    return dict(sorted(need.items()))


def shortages(levels: Iterable[Level], need: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return how many pieces there are of every SKU that has fewer than needed."""
    available = dict.fromkeys(need, 0)
    for level in levels:
        if level.sku_id in available:
            available[level.sku_id] += max(0, level.available)
    return {sku_id: n for sku_id, n in available.items() if n < need[sku_id]}


def allocate(levels: Iterable[Level], need: Mapping[UUID, int]) -> tuple[Allocation, ...]:
    """Choose warehouses for goods of which there are enough, in order of SKU and warehouse.

    Warehouses rank by priority, then code. The goods of one seller come from the first warehouse
    that has them all; if none has, each SKU is taken from the ranking from the top. Raises
    `ValueError` when something falls short.
    """
    by_seller: dict[UUID, dict[UUID, list[Level]]] = {}
    for level in sorted(levels, key=lambda each: (each.priority, each.code, each.warehouse_id)):
        if level.sku_id in need and level.available > 0:
            of_seller = by_seller.setdefault(level.seller_id, {})
            of_seller.setdefault(level.sku_id, []).append(level)
    chosen: list[Allocation] = []
    for by_sku in by_seller.values():
        chosen.extend(_from_one(by_sku, need) or _from_the_top(by_sku, need))
    if sum(each.quantity for each in chosen) != sum(need.values()):
        raise ValueError("there is less than is needed")
    return tuple(sorted(chosen))


def _from_one(
    by_sku: Mapping[UUID, Sequence[Level]], need: Mapping[UUID, int]
) -> list[Allocation] | None:
    full: dict[UUID, int] = {}
    first = next(iter(by_sku))
    for sku_id, levels in by_sku.items():
        for level in levels:
            if level.available >= need[sku_id]:
                full[level.warehouse_id] = full.get(level.warehouse_id, 0) + 1
    # Every warehouse that has all SKUs is among those that have the first, in ranked order.
    for candidate in by_sku[first]:
        if full.get(candidate.warehouse_id) == len(by_sku):
            return [
                Allocation(sku_id, candidate.warehouse_id, candidate.merchant_id, need[sku_id])
                for sku_id in by_sku
            ]
    return None


def _from_the_top(
    by_sku: Mapping[UUID, Sequence[Level]], need: Mapping[UUID, int]
) -> list[Allocation]:
    chosen: list[Allocation] = []
    for sku_id, levels in by_sku.items():
        left = need[sku_id]
        for level in levels:
            taken = min(left, level.available)
            if taken:
                chosen.append(Allocation(sku_id, level.warehouse_id, level.merchant_id, taken))
                left -= taken
    return chosen
