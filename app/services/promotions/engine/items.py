"""The most that item promotions still to be decided can take off, in the common case.

No unit counts for two promotions on groups, and of those on single units each unit takes one. How
the groups can be packed is known exactly (`packing`), so is what single units would get; what
later stages make of it is left to `later`.
"""

from collections.abc import Mapping, Sequence
from itertools import compress

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.claims import Claims
from app.services.promotions.engine.merit import worth_of
from app.services.promotions.engine.packing import Packing
from app.services.promotions.engine.singles import Table
from app.services.promotions.engine.state import State
from app.services.promotions.engine.undecided import Undecided


class Items:
    """Promotions on groups of one component, by rank, and what single units get besides.

    `singles` is the table of the stage's entry, if there is one; with `is_clean` a unit that a
    group has claimed gets nothing of it. `levels` is how many levels of the search this bounds.
    """

    __slots__ = (
        "_background",
        "_cent",
        "_each",
        "_is_clean",
        "_most_each",
        "_unit",
        "levels",
        "packing",
    )

    def __init__(
        self,
        claims: Claims,
        members: Sequence[Candidate],
        singles: Table | None,
        chosen: int,
        unit: int,
        *,
        is_clean: bool,
        state: State,
    ) -> None:
        board = state.board
        self._unit = unit
        self.levels = 1 if singles is None else 2
        self._cent = board.scale * unit
        self._each: dict[int, int] = singles.most_each(chosen) if singles else {}
        self._is_clean = is_clean
        sizes = [run.quantity for run in board.runs]
        self._background = sum([off * sizes[atom] for atom, off in self._each.items()])
        lost = self._each if is_clean else {}
        self.packing = Packing(claims, members, lost, sizes, self._cent)
        self._most_each = {member.bit: claims.bounds(member) for member in members}

    def undecided(self, options: Sequence[Candidate], after: State) -> Undecided:
        """Return what `options` and single units can add after some groups were formed."""
        claimed = after.claimed
        single = self._background
        if self._is_clean:
            each = self._each
            single -= sum([each[atom] * n for atom, n in claimed.items() if atom in each])
        most = self.packing.most(options, claimed) + single * self._cent
        board = after.board

        def outside(mask: int) -> int:
            if mask & board.everything == board.everything:
                return 0
            by_atom = self._by_atom(options, claimed, [run.quantity for run in board.runs])
            return sum(compress(by_atom, board.selector(board.everything & ~mask)))

        return Undecided(most, worth_of(most, self._unit) // board.scale, outside)

    def _by_atom(
        self, options: Sequence[Candidate], claimed: Mapping[int, int], sizes: Sequence[int]
    ) -> list[int]:
        """Return the most that can be taken off all units of each atom."""
        best = [0] * len(sizes)
        for option in options:
            for atom, most in self._most_each[option.bit].items():
                best[atom] = max(best[atom], most)
        for atom, off in self._each.items():
            best[atom] = max(best[atom], off) if self._is_clean else best[atom] + off
        result = [most * size for most, size in zip(best, sizes, strict=True)]
        for atom, count in claimed.items():
            left = sizes[atom] - count if self._is_clean else sizes[atom]
            result[atom] = best[atom] * left
        return result
