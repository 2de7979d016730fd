"""What kits take of stock, and how many of them there are. Pure.

A kit is whole in one warehouse. So of a component as many pieces go into kits as all kits need,
from whichever warehouses the kits come, and what is left for others is known before that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from app.core.money import apportion
from app.services.inventory.engine.allocation import Allocation, Level, Part

EFFORT = 20_000
"""Tries to find warehouses for kits that share components; what takes more is not there."""


Kits: TypeAlias = Mapping[UUID, Sequence[Part]]
"""Of what kits consist, by kit."""
Shelf: TypeAlias = tuple[UUID, UUID]
"""SKU and warehouse."""


def parts_in(kits: Kits, sku_id: UUID) -> Sequence[Part]:
    """What lies in warehouses of a SKU: itself, or the components of a kit."""
    return kits.get(sku_id) or (Part(sku_id, 1, 1),)


def explode(need: Mapping[UUID, int], kits: Kits) -> dict[UUID, int]:
    """Pieces by SKU that lies in warehouses, in order of SKU."""
    if not kits:
        return dict(sorted(need.items()))
    pieces: Counter[UUID] = Counter()
    for sku_id, n in need.items():
        for part in parts_in(kits, sku_id):
            pieces[part.sku_id] += part.quantity * n
    return dict(sorted(pieces.items()))


def to_take(chosen: Iterable[Allocation]) -> dict[Shelf, int]:
    """Pieces by SKU that lies in warehouses and warehouse: each shelf once, in order."""
    pieces: Counter[Shelf] = Counter()
    for each in chosen:
        kits = {each.sku_id: each.parts} if each.parts else {}
        for part in parts_in(kits, each.sku_id):
            pieces[part.sku_id, each.warehouse_id] += part.quantity * each.quantity
    return dict(sorted(pieces.items()))


def beside(there: Mapping[UUID, int], need: Mapping[UUID, int], kits: Kits) -> dict[UUID, int]:
    """Pieces there are of what is wanted, beside all else that is wanted with it.

    `there` counts pieces of all that lies in warehouses, and of each kit for itself.
    """
    taken = explode(need, kits)
    return {
        sku_id: max(
            0,
            min(
                there.get(sku_id, 0),
                *(
                    (there.get(part.sku_id, 0) - taken[part.sku_id]) // part.quantity + n
                    for part in parts_in(kits, sku_id)
                ),
            ),
        )
        for sku_id, n in need.items()
    }


def with_kits(levels: Sequence[Level], kits: Kits) -> list[Level]:
    """Levels, and how many of each kit every warehouse can promise, for itself."""
    if not kits:
        return list(levels)
    shelves: dict[UUID, dict[UUID, Level]] = {}
    for level in levels:
        shelves.setdefault(level.warehouse_id, {})[level.sku_id] = level
    found = list(levels)
    for shelf in shelves.values():
        for kit_id, parts in kits.items():
            if all(part.sku_id in shelf for part in parts):
                n = min(max(0, shelf[part.sku_id].available) // part.quantity for part in parts)
                found.append(shelf[parts[0].sku_id]._replace(sku_id=kit_id, available=n))
    return found


def fits(chosen: Iterable[Allocation], levels: Iterable[Level]) -> bool:
    """Whether what was chosen is there, kits and other goods together."""
    free = {(each.sku_id, each.warehouse_id): each.available for each in levels}
    return all(n <= free.get(shelf, 0) for shelf, n in to_take(chosen).items())


def place(
    levels: Sequence[Level], need: Mapping[UUID, int], kits: Kits, *, effort: int = EFFORT
) -> tuple[dict[Shelf, int], bool]:
    """How many of each kit come from each warehouse, and whether that is all that are needed.

    The first warehouses by priority and code come first; others are tried where kits share
    components that are scarce.
    """
    ranked = sorted(levels, key=lambda each: (each.priority, each.code, each.warehouse_id))
    free: dict[UUID, Counter[UUID]] = {}
    for level in ranked:
        free.setdefault(level.warehouse_id, Counter())[level.sku_id] = max(0, level.available)
    search = _Search(list(free), free, kits, effort)
    wanted = [(kit_id, need[kit_id]) for kit_id in sorted(kits) if need.get(kit_id)]
    is_whole = search.fill(wanted, 0, 0)
    return dict(+(search.placed if is_whole else search.best)), is_whole


def fixed(levels: Sequence[Level], placed: Mapping[Shelf, int], kits: Kits) -> list[Level]:
    """Levels of which kits come from nowhere else, and others have what those leave."""
    taken: Counter[Shelf] = Counter()
    for (kit_id, warehouse_id), n in placed.items():
        for part in kits[kit_id]:
            taken[part.sku_id, warehouse_id] += part.quantity * n
    left = [
        each._replace(available=each.available - taken[each.sku_id, each.warehouse_id])
        for each in levels
    ]
    whole = [each for each in with_kits(levels, kits) if each.sku_id in kits]
    return left + [
        each._replace(available=placed.get((each.sku_id, each.warehouse_id), 0)) for each in whole
    ]


class _Search:
    """Kit by kit, warehouse by warehouse, the most first; gives back what leads nowhere."""

    def __init__(
        self, sites: Sequence[UUID], free: Mapping[UUID, Counter[UUID]], kits: Kits, effort: int
    ) -> None:
        self._sites, self._free, self._kits, self._effort = sites, free, kits, effort
        self.placed: Counter[Shelf] = Counter()
        self.best: Counter[Shelf] = Counter()

    def fill(self, wanted: Sequence[tuple[UUID, int]], at: int, site: int) -> bool:
        """Place the rest of kit `at` from `site` on, and then the others."""
        if at == len(wanted):
            return True
        kit_id, n = wanted[at]
        if not n:
            return self.fill(wanted, at + 1, 0)
        while site < len(self._sites) and not self._most(kit_id, site):
            site += 1
        if site == len(self._sites):
            self.best = max(self.best, self.placed.copy(), key=Counter.total)
            return False
        for taken in range(min(n, self._most(kit_id, site)), -1, -1):
            self._effort -= 1
            self._take(kit_id, site, taken)
            rest = [*wanted[:at], (kit_id, n - taken), *wanted[at + 1 :]]
            if self.fill(rest, at, site + 1):
                return True
            self._take(kit_id, site, -taken)
            if self._effort < 0:
                break
        return False

    def _most(self, kit_id: UUID, site: int) -> int:
        here = self._free[self._sites[site]]
        return min(here[part.sku_id] // part.quantity for part in self._kits[kit_id])

    def _take(self, kit_id: UUID, site: int, n: int) -> None:
        warehouse_id = self._sites[site]
        self.placed[kit_id, warehouse_id] += n
        for part in self._kits[kit_id]:
            self._free[warehouse_id][part.sku_id] -= part.quantity * n


def worths(minor: int, parts: Sequence[Part]) -> dict[UUID, tuple[int, ...]]:
    """What each piece of a kit is worth of what the kit is, to the last minor unit."""
    pieces = [(part.sku_id, part.worth) for part in parts for _ in range(part.quantity)]
    weights = [worth for _, worth in pieces]
    shares = apportion(minor, sum(weights), weights, range(len(pieces)))
    found: dict[UUID, tuple[int, ...]] = {}
    for (sku_id, _), share in zip(pieces, shares, strict=True):
        found[sku_id] = (*found.get(sku_id, ()), share)
    return found
