"""The priced cart laid out for evaluation: runs of equal units, and sets of them as bit masks."""

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import mul
from typing import Any, NamedTuple

from app.services.pricing.engine import Line, PricedLine, PriceRun


class Run(NamedTuple):
    """`quantity` consecutive units that are alike in every respect.

    `atom` numbers the run of the price stage they come from, `start` is the first unit's index in
    its line. `entry_minor` is the unit price when the stage began, `net_minor` the price now.
    `shares` are the discounts of one unit as `(candidate index, amount_minor)`; `claims` is the bit
    mask of the item promotions that discount the units or are qualified for by them.
    """

    atom: int
    start: int
    quantity: int
    entry_minor: int
    net_minor: int
    shares: tuple[tuple[int, int], ...] = ()
    claims: int = 0


new_run = tuple.__new__
"""`new_run(Run, (...))`, with all seven fields, takes about half the time of `Run(...)`."""


class Sums(NamedTuple):
    """Totals over a set of units as the price stage left them; `floor_minor` is the least net."""

    goods_minor: int
    floor_minor: int
    list_minor: int
    quantity: int


class Board:
    """Units of the priced lines in order of (line id, index), grouped into atoms.

    A bit mask names atoms; atoms never split, the runs of an evaluation do. `fee_bit` stands for
    the shipping fee where one asks what promotions have in common. `scale` is what a cent of
    payable is worth against a cent of gifts: more than all gifts together. `goods_by_atom` is what
    all units of each atom cost. `formed` remembers the groups promotions form, for `groups`.
    """

    __slots__ = (
        "_columns",
        "_free",
        "_indexes",
        "_selectors",
        "_sums",
        "everything",
        "fee_bit",
        "fee_minor",
        "floors",
        "formed",
        "goods_by_atom",
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
        self.line_of: list[int] = []
        self.prices: list[PriceRun] = []
        skus: list[str] = []
        lists: list[int] = []
        floors: list[int] = []
        for number, (line, priced) in enumerate(lines):
            cap_floor = -(-line.list_minor * (10_000 - max_discount_bps) // 10_000)
            start = 0
            for each in priced:
                quantity, price = each.quantity, each.price_minor
                self.line_of.append(number)
                self.prices.append(each)
                runs.append(new_run(Run, (len(runs), start, quantity, price, price, (), 0)))
                skus.append(line.sku_id)
                lists.append(line.list_minor)
                floors.append(min(max(line.floor_minor, cap_floor), price))
                start += quantity
        self.runs = tuple(runs)
        self.skus = skus
        self.floors = floors
        self.fee_bit = 1 << len(runs)
        self.everything = self.fee_bit - 1
        sizes = [run.quantity for run in runs]
        self.goods_by_atom = [run.net_minor * run.quantity for run in runs]
        self._columns = (
            self.goods_by_atom,
            list(map(mul, floors, sizes)),
            list(map(mul, lists, sizes)),
            sizes,
        )
        self.formed: dict[tuple[int, int], Any] = {}
        self._indexes: dict[str, dict[str, int]] = {}
        self._selectors: dict[int, tuple[int, ...]] = {}
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

    def selector(self, mask: int) -> tuple[int, ...]:
        """Return the mask as ones and zeros in order of atoms."""
        known = self._selectors.get(mask)
        if known is None:
            known = tuple([mask >> atom & 1 for atom in range(len(self.runs))])
            self._selectors[mask] = known
        return known

    def _measure(self, mask: int) -> Sums:
        if mask == self.everything:
            return Sums(*map(sum, self._columns))
        picked = self.selector(mask)
        return Sums(*[sum(compress(column, picked)) for column in self._columns])

    def _make_index(self, kind: str) -> dict[str, int]:
        index: dict[str, int] = {}
        bit = 1
        for line, priced in self.lines:
            names = _names(line, kind)
            for run in priced:
                for name in run.blocks if kind == "blocks" else names:
                    index[name] = index.get(name, 0) | bit
                bit <<= 1
        return index


def _names(line: Line, kind: str) -> Iterable[str]:
    match kind:
        case "categories":
            return line.categories
        case "skus":
            return (line.sku_id,)
        case "spus":
            name = line.spu_id
        case "brands":
            name = line.brand_id
        case _:
            name = line.merchant_id
    return () if name is None else (name,)


def atoms_of(mask: int) -> tuple[int, ...]:
    """Return the numbers of the atoms in a mask, in rising order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)
