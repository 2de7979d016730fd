"""Exact search for the set of candidates that saves most (pricing specification 2.5).

Stages are decided one after another. Once the picks of a stage are made, what they save is known
exactly, and so is the most each candidate of the next stage can save after them. A branch is cut
when even the best of every clique still open could not reach the best set found: amounts saved
alone bound those saved in company, since every action is monotone in entry prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator, most_saving, saving
from app.services.promotions.engine.state import State

_Picks = tuple[Candidate, ...]
_Options = list[tuple[int, Candidate]]
_TieKey = tuple[int, int, list[int], list[tuple[str, str]]]


@dataclass(slots=True)
class Found:
    """The best set so far. `open_minor` is the most a set left untried could save."""

    best: _Picks = ()
    best_minor: int = -1
    open_minor: int = -1
    evaluations: int = 0


class Search:
    """The search over one component, `members`, which hold their clique."""

    __slots__ = (
        "_budget",
        "_conflicts",
        "_evaluator",
        "_found",
        "_later",
        "_levels",
        "_options",
        "_required",
        "_suffixes",
    )

    def __init__(
        self, evaluator: Evaluator, members: Sequence[Candidate], conflicts: Sequence[int]
    ) -> None:
        self._evaluator = evaluator
        self._conflicts = conflicts
        levels: dict[int, list[Candidate]] = {}
        for member in members:
            levels.setdefault(member.position, []).append(member)
        self._levels = [levels[position] for position in sorted(levels)]
        self._suffixes: list[_Options] = [
            sorted(
                ((c.alone_minor, c) for level in self._levels[i:] for c in level),
                key=_most_first,
            )
            for i in range(len(levels) + 1)
        ]
        self._later: dict[tuple[int, int], int] = {}
        self._options: dict[tuple[int, int], _Options] = {}
        self._required: Candidate | None = None
        self._budget: int | None = None
        self._found = Found()

    def best(self, budget: int | None = None) -> Found:
        """Return the best set; after `budget` evaluated sets the best so far."""
        self._required, self._budget, self._found = None, budget, Found()
        self._decide(0, self._evaluator.root, (), 0)
        return self._found

    def best_minor_with(self, required: Candidate, known_minor: int, budget: int) -> int:
        """Return the most that sets which apply `required` save, given that `known_minor` can be.

        Should `budget` run out, the most of those tried.
        """
        self._required, self._budget = required, budget
        self._found = Found(best_minor=known_minor)
        self._decide(0, self._evaluator.root, (), self._conflicts[required.index])
        return self._found.best_minor

    def _decide(self, level: int, state: State, picked: _Picks, barred: int) -> None:
        """Choose the picks of `level` and all later ones, given the `state` they start from."""
        if level == len(self._levels):
            self._offer(state.saved_minor, picked)
            return
        if self._is_cut(state.saved_minor + self._most_later(level, barred), picked):
            return
        options = self._options_of(level, state)
        required = self._required
        if required is None or required.position != self._levels[level][0].position:
            self._pick(level, state, options, (), picked, barred, 0)
        elif gained := saving(required, state):
            barred |= required.bit
            self._pick(level, state, options, (required,), (*picked, required), barred, gained)

    def _pick(
        self,
        level: int,
        state: State,
        options: _Options,
        here: _Picks,
        picked: _Picks,
        barred: int,
        gained_minor: int,
    ) -> None:
        """Extend the picks of this level (`here`, saving `gained_minor`) in every useful way."""
        sure = state.saved_minor + gained_minor
        later = self._most_later(level + 1, barred)
        for i, (_, candidate) in enumerate(options):
            if candidate.bit & barred:
                continue
            if self._is_cut(sure + _most_of(options[i:], barred) + later, picked):
                break
            exact = saving(candidate, state)
            if exact:
                self._pick(
                    level,
                    state,
                    options[i + 1 :],
                    (*here, candidate),
                    (*picked, candidate),
                    barred | self._conflicts[candidate.index],
                    gained_minor + exact,
                )
        if not self._is_cut(sure + later, picked):
            self._close(level, state, here, picked, barred)

    def _close(self, level: int, state: State, here: _Picks, picked: _Picks, barred: int) -> None:
        """End the picks of this level and go on from the state they lead to."""
        self._found.evaluations += 1
        after = self._evaluator.after(state, here) if here else state
        required = self._required
        if required is None or required not in here or after.has_taken(required.index):
            self._decide(level + 1, after, picked, barred)

    def _offer(self, saved_minor: int, picked: _Picks) -> None:
        """Keep the set if its key is less than the best so far (pricing specification 2.5)."""
        found = self._found
        if saved_minor > found.best_minor or (
            saved_minor == found.best_minor and _tie_key(picked) < _tie_key(found.best)
        ):
            found.best, found.best_minor = picked, saved_minor

    def _is_cut(self, most_minor: int, picked: _Picks) -> bool:
        """Whether sets that extend `picked` and save at most this are not to be tried.

        Either none of them can become the best, or there is no budget left to see.
        """
        found = self._found
        if most_minor < found.best_minor:
            return True
        if most_minor == found.best_minor and (
            self._required is not None or _counts(picked) > _counts(found.best)
        ):
            return True
        if self._budget is None or found.evaluations < self._budget:
            return False
        found.open_minor = max(found.open_minor, most_minor)
        return True

    def _options_of(self, level: int, state: State) -> _Options:
        """Return what each candidate of the level can save at most after `state`, most first."""
        key = (level, state.chosen)
        options = self._options.get(key)
        if options is None:
            options = [(most_saving(c, state), c) for c in self._levels[level]]
            options = sorted((o for o in options if o[0]), key=_most_first)
            self._options[key] = options
        return options

    def _most_later(self, level: int, barred: int) -> int:
        """Return the most the levels from `level` on can save, by what each saves alone."""
        if level == len(self._levels):
            return 0
        key = (level, barred)
        known = self._later.get(key)
        if known is None:
            known = self._later[key] = _most_of(self._suffixes[level], barred)
        return known


def _most_first(option: tuple[int, Candidate]) -> tuple[int, tuple[int, str, str]]:
    return (-option[0], option[1].rank)


def _most_of(options: _Options, barred: int) -> int:
    """Return the sum of the largest option of every clique; `options` fall."""
    total = seen = 0
    for most, candidate in options:
        if not (candidate.bit & barred or candidate.clique & seen):
            total += most
            seen |= candidate.clique
    return total


def _counts(picked: _Picks) -> tuple[int, int]:
    return sum(c.is_consumable for c in picked), len(picked)


def _tie_key(picked: _Picks) -> _TieKey:
    ranks = sorted(c.rank for c in picked)
    return (*_counts(picked), [rank[0] for rank in ranks], sorted(rank[1:] for rank in ranks))
