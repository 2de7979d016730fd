"""Which fulfilment ships which part of which line."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from app.services.inventory.engine import Allocation


class Ordered(NamedTuple):
    """A line as far as shipping it is concerned."""

    line_id: UUID
    sku_id: UUID
    quantity: int


class Part(NamedTuple):
    """What one merchant ships from one warehouse: `(line id, quantity)` pairs."""

    merchant_id: UUID
    warehouse_id: UUID
    lines: tuple[tuple[UUID, int], ...]


def split(lines: Sequence[Ordered], allocations: Sequence[Allocation]) -> tuple[Part, ...]:
    """Deal allocations out to lines: by merchant and warehouse, lines in the order given.

    Two lines of one SKU share its allocations. Raises `ValueError` when a SKU is allocated in
    another quantity than was ordered.
    """
    pools: dict[UUID, list[list[int]]] = {}
    ordered = sorted(allocations, key=lambda a: (a.merchant_id, a.warehouse_id, a.sku_id))
    for index, allocation in enumerate(ordered):
        pools.setdefault(allocation.sku_id, []).append([index, allocation.quantity])
    taken: dict[tuple[UUID, UUID], list[tuple[UUID, int]]] = {}
    for line in lines:
        need = line.quantity
        pool = pools.get(line.sku_id, [])
        while need and pool:
            index, left = pool[0]
            used = min(need, left)
            key = (ordered[index].merchant_id, ordered[index].warehouse_id)
            taken.setdefault(key, []).append((line.line_id, used))
            need -= used
            pool[0][1] -= used
            if not pool[0][1]:
                pool.pop(0)
        if need:
            raise ValueError(f"line {line.line_id} lacks {need} allocated units")
    if any(pools.values()):
        raise ValueError("more was allocated than ordered")
    return tuple(
        Part(merchant_id, warehouse_id, tuple(taken[merchant_id, warehouse_id]))
        for merchant_id, warehouse_id in sorted(taken)
    )
