"""The most item discounts can take off together, unit by unit.

No unit counts for two promotions, so each brings at most what the best of those that could still
claim it makes of it. Groups have no discount of a single unit; each action splits what a group of
its kind saves into parts of the units, no group saving more than its parts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from app.services.promotions.engine.actions import GroupAction, Kind, UnitAction
from app.services.promotions.engine.actions.base import Pile
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.candidates import Candidate


class _Row(NamedTuple):
    """An atom with the promotions that could claim its units, `(most each, bit)`, most first."""

    atom: int
    quantity: int
    options: tuple[tuple[int, int], ...]


class Potential:
    """Bounds for the promotions of the first item stage of a cart."""

    __slots__ = ("_rows",)

    def __init__(self, board: Board, members: Iterable[Candidate]) -> None:
        options: dict[int, list[tuple[int, int]]] = {}
        for member in members:
            for atom, most in _bounds(member, board):
                if most > 0:
                    options.setdefault(atom, []).append((most, member.bit))
        self._rows = [
            _Row(atom, board.runs[atom].quantity, tuple(sorted(options[atom], reverse=True)))
            for atom in sorted(options)
        ]

    def by_atom(self, allowed: int, claimed: Mapping[int, int], atoms: int) -> list[int]:
        """Return the most `allowed` promotions take off the units of each atom nobody claimed."""
        result = [0] * atoms
        for atom, quantity, options in self._rows:
            left = quantity - claimed.get(atom, 0)
            if left:
                for most, bit in options:
                    if bit & allowed:
                        result[atom] = most * left
                        break
        return result


def _bounds(candidate: Candidate, board: Board) -> Iterable[tuple[int, int]]:
    if candidate.kind is Kind.UNIT:
        action = cast("UnitAction", candidate.action)
        return [
            (run.atom, action.off_minor(run.entry_minor))
            for run in board.runs
            if candidate.mask >> run.atom & 1
        ]
    grouping = cast("GroupAction", candidate.action)
    best: dict[int, int] = {}
    for atom, most in grouping.bounds(piles_of(candidate, board)):
        best[atom] = max(best.get(atom, 0), most)
    return best.items()


def piles_of(candidate: Candidate, board: Board) -> Sequence[Sequence[Pile]]:
    """Return the units of each pool of a promotion on groups, dearest first."""
    pools = []
    for mask in candidate.pools:
        piles = [
            Pile(run.atom, run.quantity, run.entry_minor, board.skus[run.atom])
            for run in board.runs
            if mask >> run.atom & 1
        ]
        piles.sort(key=lambda pile: (-pile.entry_minor, pile.sku_id, pile.ref))
        pools.append(piles)
    return pools
