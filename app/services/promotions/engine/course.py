"""The states the chosen set passes through, and those it would with another in it."""

from collections.abc import Sequence
from typing import NamedTuple

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.state import State


class _Level(NamedTuple):
    """What was chosen at one position, its bit mask, and the state it followed on."""

    position: int
    bits: int
    picks: Sequence[Candidate]
    before: State


class Course:
    """The way from the root to `final`, level by level."""

    __slots__ = ("_evaluator", "_known", "_levels", "final")

    def __init__(self, evaluator: Evaluator, chosen: Sequence[Candidate]) -> None:
        self._evaluator = evaluator
        levels: dict[int, list[Candidate]] = {}
        for candidate in chosen:
            levels.setdefault(candidate.position, []).append(candidate)
        state = evaluator.root
        self._levels: list[_Level] = []
        for position in sorted(levels):
            picks = levels[position]
            bits = sum([pick.bit for pick in picks])
            self._levels.append(_Level(position, bits, picks, state))
            state = evaluator.after(state, picks, state.chosen | bits)
        self.final = state
        self._known: dict[int, Sequence[_Level]] = {
            level.position: self._levels for level in self._levels
        }

    def entry(self, position: int) -> State:
        """Return the state the stage at `position` starts from."""
        return self._before(position >> 1 << 1)

    def swapped(self, candidate: Candidate, barred: int) -> tuple[State, bool]:
        """Return where the set leads with `candidate` in the place of all that are `barred`.

        And whether it takes effect there. Up to the first level that differs nothing is worked out.
        """
        after = self._evaluator.after
        state: State | None = None
        has_taken = False
        for position, bits, picks, before in self._levels_with(candidate.position):
            is_own = position == candidate.position
            if not is_own and not bits & barred:
                if state is not None:
                    state = after(state, picks, state.chosen | bits)
                continue
            kept = [pick for pick in picks if not pick.bit & barred]
            if is_own:
                kept.append(candidate)
            state = before if state is None else state
            if kept:
                state = after(state, kept, state.chosen | sum([pick.bit for pick in kept]))
            has_taken = has_taken or (is_own and state.has_taken(candidate.index))
        return self.final if state is None else state, has_taken

    def _before(self, position: int) -> State:
        for level in self._levels:
            if level.position >= position:
                return level.before
        return self.final

    def _levels_with(self, position: int) -> Sequence[_Level]:
        """Return the levels with one at `position`, where nothing may have been chosen."""
        known = self._known.get(position)
        if known is None:
            own = _Level(position, 0, (), self._before(position))
            known = self._known[position] = sorted([*self._levels, own], key=_by_position)
        return known


def _by_position(level: _Level) -> int:
    return level.position
