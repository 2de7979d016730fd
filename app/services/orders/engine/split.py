"""Which fulfilment ships which part of which line."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias
from uuid import UUID

from app.services.inventory.engine import Allocation, Waits

_Key: TypeAlias = tuple[bool, UUID, UUID, float, float, bool]


class Ordered(NamedTuple):
    """A line as far as shipping it is concerned."""

    line_id: UUID
    sku_id: UUID
    quantity: int


class Part(NamedTuple):
    """What one merchant ships from one warehouse: `(line id, quantity)` pairs.

    What waits for goods, by the days it is expected and waited for, is apart from what is there.
    """

    merchant_id: UUID
    warehouse_id: UUID
    lines: tuple[tuple[UUID, int], ...]
    waits: Waits | None = None


def split(lines: Sequence[Ordered], allocations: Sequence[Allocation]) -> tuple[Part, ...]:
    """Deal allocations out to lines: by merchant and warehouse, lines in the order given.

    What is there is dealt out first.

    Two lines of one SKU share its allocations. Raises `ValueError` when a SKU is allocated in
    another quantity than was ordered.
    """
    pools: dict[UUID, list[list[int]]] = {}
    ordered = sorted(allocations, key=lambda a: (_of(a), a.sku_id))
    for index, allocation in enumerate(ordered):
        pools.setdefault(allocation.sku_id, []).append([index, allocation.quantity])
    taken: dict[_Key, list[tuple[UUID, int]]] = {}
    waits = {_of(each): each.waits for each in allocations}
    for line in lines:
        need = line.quantity
        pool = pools.get(line.sku_id, [])
        while need and pool:
            index, left = pool[0]
            used = min(need, left)
            key = _of(ordered[index])
            taken.setdefault(key, []).append((line.line_id, used))
            need -= used
            pool[0][1] -= used
            if not pool[0][1]:
                pool.pop(0)
        if need:
            raise ValueError(f"line {line.line_id} lacks {need} allocated units")
    if any(pools.values()):
        raise ValueError("more was allocated than ordered")
    return tuple(Part(key[1], key[2], tuple(taken[key]), waits[key]) for key in sorted(taken))


def _of(allocation: Allocation) -> _Key:
    waits = allocation.waits
    when = (0.0, 0.0, False)
    if waits:
        last = waits.last_at.timestamp()
        when = (waits.ships_at.timestamp(), last, not waits.allows_partial)
    return waits is not None, allocation.merchant_id, allocation.warehouse_id, *when
