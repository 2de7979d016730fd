"""The priced cart laid out for evaluation: runs of equal units, and sets of them as bit masks."""

from collections.abc import Callable, Sequence
from itertools import compress
from operator import attrgetter, mul
from typing import Any, NamedTuple

from app.services.pricing.engine import Line, PricedLine, PriceRun


class Run(NamedTuple):
    """`quantity` consecutive units that are alike in every respect.

    `atom` numbers the run of the price stage they come from, `start` is the first unit's index in
    its line. `entry_minor` is the unit price when the stage began, `net_minor` the price now.
    `shares` are the discounts of one unit as `(promotion id, amount_minor)`; `claims` is the bit
    mask of the item promotions that discount the units or are qualified for by them.
    """

    atom: int
    start: int
    quantity: int
    entry_minor: int
    net_minor: int
    shares: tuple[tuple[str, int], ...] = ()
    claims: int = 0


new_run = tuple.__new__
"""`new_run(Run, (...))`, with all seven fields, takes about half the time of `Run(...)`."""


class Sums(NamedTuple):
    """Totals over a set of units as the price stage left them; `floor_minor` is the least net."""

    goods_minor: int
    floor_minor: int
    quantity: int


_ONES_AND_ZEROS = bytes.maketrans(b"01", b"\0\1")
_FEW = 8
"""So many atoms of a set are looked at one by one; more are picked out of all."""


class Board:
    """Units of the priced lines in order of (line id, index), grouped into atoms.

    A bit mask names atoms; atoms never split, the runs of an evaluation do. `fee_bit` stands for
    the shipping fee where one asks what promotions have in common. `scale` is what a cent of
    payable is worth against a cent of gifts: more than all gifts together. `goods_by_atom` is what
    all units of each atom cost. `formed` remembers the groups promotions form, for `groups`,
    and `ids` names the promotions by index of their candidates, once those are known.
    """

    __slots__ = (
        "_atoms",
        "_columns",
        "_free",
        "_indexes",
        "_line_bits",
        "_selectors",
        "_sums",
        "everything",
        "fee_bit",
        "fee_minor",
        "floors",
        "formed",
        "goods_by_atom",
        "has_floors",
        "ids",
        "line_of",
        "lines",
        "prices",
        "runs",
        "scale",
        "skus",
    )

    def __init__(
        self,
        lines: Sequence[PricedLine],
        max_discount_bps: int,
        *,
        fee_minor: int = 0,
        gifts_minor: int = 0,
    ) -> None:
        self.lines = lines
        self.fee_minor = fee_minor
        self.scale = gifts_minor + 1
        runs: list[Run] = []
        line_of: list[int] = []
        prices: list[PriceRun] = []
        skus: list[str] = []
        floors: list[int] = []
        line_bits: list[int] = []
        for number, (line, priced) in enumerate(lines):
            cap_floor = -(-line.list_minor * (10_000 - max_discount_bps) // 10_000)
            start = 0
            line_bits.append((1 << len(runs) + len(priced)) - (1 << len(runs)))
            for each in priced:
                quantity, price, _, _, _ = each
                line_of.append(number)
                prices.append(each)
                runs.append(new_run(Run, (len(runs), start, quantity, price, price, (), 0)))
                skus.append(line.sku_id)
                floors.append(min(max(line.floor_minor, cap_floor), price))
                start += quantity
        self.runs = tuple(runs)
        self._line_bits = line_bits
        self.line_of = line_of
        self.prices = prices
        self.skus = skus
        self.floors = floors
        self.has_floors = any(floors)
        self.fee_bit = 1 << len(runs)
        self.everything = self.fee_bit - 1
        self.has_floors = any(floors)
        sizes = [run.quantity for run in runs]
        self.goods_by_atom = [run.net_minor * run.quantity for run in runs]
        self._columns = (
            self.goods_by_atom,
            list(map(mul, floors, sizes)) if self.has_floors else None,
            sizes,
        )
        self.ids: Sequence[str] = ()
        self.formed: dict[tuple[int, int], Any] = {}
        self._atoms: dict[int, tuple[int, ...]] = {}
        self._indexes: dict[str, dict[str, int]] = {}
        self._selectors: dict[int, bytes] = {}
        self._sums: dict[int, Sums] = {}
        self._free: dict[str, int] = {}

    def carrying(self, kind: str, names: tuple[str, ...]) -> int:
        """Return the atoms whose line carries any of `names`; see `scope.Scope` for the kinds."""
        index = self._indexes.get(kind)
        if index is None:
            index = self._indexes[kind] = self._make_index(kind)
        mask = 0
        for name in names:
            mask |= index.get(name, 0)
        return mask

    def free(self, stage: str) -> int:
        """Return the atoms that `stage` may touch."""
        known = self._free.get(stage)
        if known is None:
            known = self.everything & ~self.carrying("blocks", ("*", stage))
            self._free[stage] = known
        return known

    def sums(self, mask: int) -> Sums:
        """Return the totals over the atoms in `mask`."""
        known = self._sums.get(mask)
        if known is None:
            known = self._sums[mask] = self._measure(mask)
        return known

    def list_minor(self, mask: int) -> int:
        """Return what the units of the atoms in `mask` list for."""
        lines, line_of, runs = self.lines, self.line_of, self.runs
        return sum([lines[line_of[i]].line.list_minor * runs[i].quantity for i in self.atoms(mask)])

    def atoms(self, mask: int) -> tuple[int, ...]:
        """Return the numbers of the atoms in `mask`, in rising order."""
        known = self._atoms.get(mask)
        if known is None:
            known = self._atoms[mask] = atoms_of(mask)
        return known

    def selector(self, mask: int) -> bytes:
        """Return the mask as ones and zeros in order of atoms; zeros at the end are left out."""
        known = self._selectors.get(mask)
        if known is None:
            known = self._selectors[mask] = bin(mask)[:1:-1].encode().translate(_ONES_AND_ZEROS)
        return known

    def _measure(self, mask: int) -> Sums:
        goods, floors, sizes = self._columns
        if mask == self.everything:
            return Sums(sum(goods), sum(floors) if floors else 0, sum(sizes))
        if mask.bit_count() <= _FEW:
            atoms = self.atoms(mask)
            return Sums(
                sum([goods[i] for i in atoms]),
                sum([floors[i] for i in atoms]) if floors else 0,
                sum([sizes[i] for i in atoms]),
            )
        picked = self.selector(mask)
        return Sums(
            sum(compress(goods, picked)),
            sum(compress(floors, picked)) if floors else 0,
            sum(compress(sizes, picked)),
        )

    def _make_index(self, kind: str) -> dict[str, int]:
        index: dict[str, int] = {}
        if kind == "blocks":
            for atom, blocks in enumerate([run.blocks for run in self.prices]):
                for name in blocks:
                    index[name] = index.get(name, 0) | 1 << atom
            return index
        if kind == "categories":
            for line_bits, (line, _) in zip(self._line_bits, self.lines, strict=True):
                for name in line.categories:
                    index[name] = index.get(name, 0) | line_bits
            return index
        name_of = _NAMES[kind]
        for line_bits, (line, _) in zip(self._line_bits, self.lines, strict=True):
            only = name_of(line)
            if only is not None:
                index[only] = index.get(only, 0) | line_bits
        return index


_NAMES: dict[str, Callable[[Line], str | None]] = {
    "skus": attrgetter("sku_id"),
    "spus": attrgetter("spu_id"),
    "brands": attrgetter("brand_id"),
    "merchants": attrgetter("merchant_id"),
}
"""What of a line carries a name of a scope, categories aside, of which it has several."""


def atoms_of(mask: int) -> tuple[int, ...]:
    """Return the numbers of the atoms in a mask, in rising order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)
