"""The common case of discounts on single units: every unit takes the one that saves most.

Nothing of it differs from `units`, which knows all cases; here no promotion shares a unit with
another, none has a limit and no floor stands in the way, so what a set of promotions takes off is
read from a table, and single units are laid out only when somebody looks at them.
"""

from collections.abc import Sequence
from typing import cast

from app.services.promotions.engine.actions import UnitAction
from app.services.promotions.engine.board import Board, Run, new_run
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.effects import Taking
from app.services.promotions.engine.state import State
from app.services.promotions.engine.tally import Tally

_Options = tuple[tuple[int, int, int], ...]
"""`(bit, off_minor, index)` of the promotions a unit may take, the most off first."""


_Row = tuple[int, int, int, _Options]
"""`(position, atom, quantity, options)` of units alike; the position of their run, or `-1`."""


class Table:
    """What each promotion of `ready` would take off the units that are left after `before`."""

    __slots__ = ("_before", "_is_left", "_position", "_ready", "_rows", "_rows_of")

    def __init__(
        self,
        before: State,
        position: int,
        ready: Sequence[Candidate],
        rows: list[_Row] | None = None,
    ) -> None:
        self._before, self._position = before, position
        self._ready = ready
        self._is_left = rows is not None
        self._rows_of: dict[int, list[_Row]] = {}
        self._rows = _rows(before.opening(position), ready) if rows is None else rows

    def less(self, before: State, tally: Tally) -> "Table":
        """Return the table less the units groups have claimed in `before`, as `tally` tells.

        No promotion of the table shares a unit with one on groups.
        """
        claimed = before.claimed
        rows: list[_Row] = []
        for row in self._rows:
            taken = tally.count(claimed, row[1])
            if not taken:
                rows.append(row)
            elif taken < row[2]:
                rows.append((-1, row[1], row[2] - taken, row[3]))
        return Table(before, self._position, self._ready, rows)

    def most_each(self, allowed: int) -> dict[int, int]:
        """Return the most one of `allowed` takes off a unit of each atom."""
        found: dict[int, int] = {}
        for _, atom, _, options in self._rows:
            for bit, off, _ in options:
                if bit & allowed:
                    found[atom] = off
                    break
        return found

    def used(self, allowed: int) -> int:
        """Return which of `allowed` some unit takes when all of them are chosen."""
        found = 0
        for *_, options in self._rows:
            for bit, _, _ in options:
                if bit & allowed:
                    found |= bit
                    break
        return found

    def open_by_atom(self, allowed: int, chosen: int, atoms: int) -> list[int]:
        """Return the most `allowed` promotions take off each atom on top of those `chosen`."""
        result = [0] * atoms
        for _, atom, quantity, options in self._rows:
            most = 0
            for bit, off, _ in options:
                if bit & chosen:
                    if most:
                        result[atom] += (most - off) * quantity
                    break
                if not most and bit & allowed:
                    most = off
            else:
                result[atom] += most * quantity
        return result

    def gain(self, candidate: Candidate, chosen: int) -> int:
        """Return what the promotion takes off on top of those `chosen`."""
        if not self._rows_of:
            self._look_up()
        mine, total = candidate.bit, 0
        for _, _, quantity, options in self._rows_of.get(mine, ()):
            more = less = 0
            for bit, off, _ in options:
                if bit == mine:
                    more = off
                elif bit & chosen:
                    less = off
                    break
            if more:
                total += (more - less) * quantity
        return total

    def _look_up(self) -> None:
        for row in self._rows:
            for bit, _, _ in row[3]:
                if bit in self._rows_of:
                    self._rows_of[bit].append(row)
                else:
                    self._rows_of[bit] = [row]

    def apply(self, state: State, chosen: int) -> int:
        """Set what the promotions `chosen` take off.

        Return the bit mask of those that some unit takes.
        """
        by_atom = [0] * len(state.board.runs)
        used = 0
        for _, atom, quantity, options in self._rows:
            for bit, off, _ in options:
                if bit & chosen:
                    by_atom[atom] += off * quantity
                    used |= bit
                    break
        state.place(
            sum(by_atom),
            lambda: self._takings(chosen),
            by_atom,
            lambda: self._lay_out(chosen),
        )
        return used

    def _takings(self, chosen: int) -> Sequence[Taking]:
        amounts: dict[int, int] = {}
        masks: dict[int, int] = {}
        for _, atom, quantity, options in self._rows:
            for bit, off, index in options:
                if bit & chosen:
                    amounts[index] = amounts.get(index, 0) + off * quantity
                    masks[index] = masks.get(index, 0) | 1 << atom
                    break
        return [
            Taking(each.index, masks[each.index], amounts[each.index], amounts[each.index])
            for each in self._ready
            if each.index in amounts
        ]

    def _lay_out(self, chosen: int) -> Sequence[Run]:
        runs = [*self._before.opening(self._position)]
        ids = self._before.board.ids
        free = {}
        if self._is_left:
            free = {run[0]: number for number, run in enumerate(runs) if not run[6]}
        for position, atom, _, options in self._rows:
            for bit, off, index in options:
                if bit & chosen:
                    number = free[atom] if self._is_left else position
                    _, start, quantity, entry, net, shares, claims = runs[number]
                    shares = (*shares, (ids[index], off))
                    fields = (atom, start, quantity, entry, net - off, shares, claims | bit)
                    runs[number] = new_run(Run, fields)
                    break
        return runs


def _rows(runs: Sequence[Run], ready: Sequence[Candidate]) -> list[_Row]:
    rows: list[_Row] = []
    everyone = 0
    for candidate in ready:
        everyone |= candidate.mask
    for number, run in enumerate(runs):
        if everyone >> run[0] & 1:
            options = _options(run, ready)
            if options:
                rows.append((number, run[0], run[2], options))
    return rows


def are_plain(singles: Sequence[Candidate], board: Board) -> bool:
    """Whether the table tells all there is to know about these promotions of one position."""
    everyone = mask = 0
    for candidate in singles:
        everyone |= candidate.bit
        mask |= candidate.mask
    if any(
        candidate.limit_minor is not None or everyone & ~candidate.bit & ~candidate.apart
        for candidate in singles
    ):
        return False
    return not (board.has_floors and any(board.floors[atom] for atom in board.atoms(mask)))


def _options(run: Run, ready: Sequence[Candidate]) -> _Options:
    found = []
    atom, _, _, entry, _, _, claims = run
    for candidate in ready:
        if candidate.mask >> atom & 1 and not claims & candidate.apart:
            off = cast("UnitAction", candidate.action).off_minor(entry)
            if off:
                found.append((candidate.bit, off, candidate.index))
    if len(found) > 1:
        found.sort(key=_most_off)  # stable: `ready` is in order of rank
    return tuple(found)


def _most_off(option: tuple[int, int, int]) -> int:
    return -option[1]
