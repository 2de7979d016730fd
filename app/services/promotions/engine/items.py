"""The most that item promotions still to be decided can take off, in the common case.

No unit counts for two promotions on groups, and of those on single units each unit takes one. How
the groups can be packed is known exactly (`packing`), so is what single units would get; what
later stages make of it is left to `later`.
"""

from collections.abc import Sequence
from itertools import compress

from app.services.promotions.engine.board import Board
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.claims import Claims
from app.services.promotions.engine.merit import worth_of
from app.services.promotions.engine.packing import Packing
from app.services.promotions.engine.singles import Table
from app.services.promotions.engine.undecided import Look, Undecided


class Items:
    """Promotions on groups of one component, by rank, and what single units get besides.

    `singles` is the table of the stage's entry, if there is one; with `is_clean` a unit that a
    group has claimed gets nothing of it. `levels` is how many levels of the search this bounds.
    """

    __slots__ = (
        "_board",
        "_cent",
        "_claims",
        "_each",
        "_is_clean",
        "_single",
        "_sizes",
        "_tally",
        "_unit",
        "levels",
        "members",
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
        board: Board,
    ) -> None:
        self._board = board
        self._claims = claims
        self.members = members
        self._unit = unit
        self.levels = 1 if singles is None else 2
        self._cent = board.scale * unit
        self._each: dict[int, int] = singles.most_each(chosen) if singles else {}
        self._is_clean = is_clean
        self._tally = claims.tally
        self._sizes = [run.quantity for run in board.runs]
        lost = self._each if is_clean else {}
        self.packing = Packing(claims, members, lost, self._sizes, self._cent)
        self._single = {0: sum([off * self._sizes[atom] for atom, off in self._each.items()])}

    def added(self, candidate: Candidate, claimed: int) -> tuple[int, int]:
        """Return what the next in order of rank is worth, and the tally of what it claims."""
        formed = self._claims.formed(candidate, claimed)
        return formed.amount_minor * self._board.scale, formed.claimed

    def undecided(self, options: Sequence[Candidate], claimed: int) -> Undecided:
        """Return what `options` and single units can add after groups `claimed` some units."""
        most = self.packing.most(options, claimed) + self._single_of(claimed) * self._cent
        board = self._board

        def look() -> Look:
            by_atom: list[int] = []

            def outside(mask: int) -> int:
                if mask & board.everything == board.everything:
                    return 0
                if not by_atom:
                    by_atom.extend(self._by_atom(options, claimed))
                return sum(compress(by_atom, board.selector(board.everything & ~mask)))

            return worth_of(most, self._unit) // board.scale, outside

        return Undecided(most, look)

    def _single_of(self, claimed: int) -> int:
        """Return the most single units get, those claimed by groups aside where they get none."""
        if not self._is_clean:
            claimed = 0
        known = self._single.get(claimed)
        if known is None:
            count = self._tally.count
            lost = sum([off * count(claimed, atom) for atom, off in self._each.items()])
            known = self._single[claimed] = self._single[0] - lost
        return known

    def _by_atom(self, options: Sequence[Candidate], claimed: int) -> list[int]:
        """Return the most that can be taken off all units of each atom."""
        best = [0] * len(self._sizes)
        for option in options:
            for atom, most in self._claims.bounds(option).items():
                best[atom] = max(best[atom], most)
        for atom, off in self._each.items():
            best[atom] = max(best[atom], off) if self._is_clean else best[atom] + off
        if not self._is_clean:
            claimed = 0
        count = self._tally.count
        return [
            most * (size - count(claimed, atom)) if most else 0
            for atom, (most, size) in enumerate(zip(best, self._sizes, strict=True))
        ]
