"""Exact search for the set of candidates that saves most (pricing specification 2.5).

Stages are decided one after another. Once the picks of a stage are made, what they save is known
exactly, and so is the most each candidate of the next stage can save after them. A branch is cut
when even the best of every clique still open could not reach the best set found: amounts saved
alone bound those saved in company, since every action is monotone in entry prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator, most_worth, worth
from app.services.promotions.engine.rest import (
    NO_REST,
    Options,
    most_first,
    most_of,
    most_of_clique,
    rest_of,
)
from app.services.promotions.engine.state import State
from app.services.promotions.engine.steady import most_together

_Picks = tuple[Candidate, ...]
_TieKey = tuple[int, int, list[int], list[tuple[str, str]]]


@dataclass(slots=True)
class Found:
    """The best set so far and its worth. `open_worth` is the most a set left untried could be."""

    best: _Picks = ()
    best_worth: int = -1
    open_worth: int = -1
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
        "_rests",
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
        self._rests = [rest_of(self._levels[i:], evaluator) for i in range(len(levels))]
        self._later: dict[tuple[int, int], int] = {}
        self._options: dict[tuple[int, int], Options] = {}
        self._required: Candidate | None = None
        self._budget: int | None = None
        self._found = Found()

    def best(self, budget: int | None = None) -> Found:
        """Return the best set; after `budget` evaluated sets the best so far."""
        self._required, self._budget, self._found = None, budget, Found()
        self._decide(0, self._evaluator.root, (), 0)
        return self._found

    def best_worth_with(self, required: Candidate, known_worth: int) -> int:
        """Return the most worth of sets that apply `required`; `known_worth` can be had."""
        self._required, self._budget = required, None
        self._found = Found(best_worth=known_worth)
        self._decide(0, self._evaluator.root, (), self._conflicts[required.index])
        return self._found.best_worth

    def _decide(self, level: int, state: State, picked: _Picks, barred: int) -> None:
        """Choose the picks of `level` and all later ones, given the `state` they start from."""
        if level == len(self._levels):
            self._offer(state.worth, picked)
            return
        if self._is_cut(state.worth + self._most_from(level, state, barred), picked):
            return
        required = self._required
        if required is None or required.position != self._levels[level][0].position:
            node = _Node(level, state, state, (), picked, barred)
            self._pick(node, self._options_of(level, state))
        elif worth(required, state):
            here = (required,)
            after = self._evaluator.after(state, here)
            barred |= required.bit
            self._pick(
                _Node(level, state, after, here, (*picked, required), barred),
                self._options_of(level, state),
            )

    def _pick(self, node: "_Node", left: Options, most_later: int | None = None) -> None:
        """Extend the picks of this level in every useful way, then go on to the next.

        What more picks take off comes on top of what the node has, and leaves no later candidate
        more than it could take off after the node. `most_later` is what they could before it.
        """
        level, before, after, here, picked, barred = node
        options = self._gains(left, node)
        if most_later is not None:
            most = most_of(sorted(options, key=most_first), barred)
            if self._is_cut(after.worth + most + most_later, picked):
                return
        later = self._most_from(level + 1, after, barred)
        for i, (_, candidate) in enumerate(options):
            if candidate.bit & barred:
                continue
            if self._is_cut(after.worth + self._most(node, options[i:], later), picked):
                break
            chosen = (*here, candidate)
            then = self._evaluator.after(before, chosen)
            barring = barred | self._conflicts[candidate.index]
            self._pick(
                _Node(level, before, then, chosen, (*picked, candidate), barring),
                options[i + 1 :],
                later,
            )
        if not self._is_cut(after.worth + self._most(node, [], later), picked):
            self._close(node)

    def _most(self, node: "_Node", options: Options, later: int) -> int:
        """Return the most the options of a level and all later levels are worth after a node."""
        most = most_of(sorted(options, key=most_first), node.barred) + later
        first = self._levels[node.level][0]
        rest = self._rests[node.level + 1] if node.level + 1 < len(self._levels) else NO_REST
        if first.kind not in (Kind.GROUP, Kind.UNIT) or node.barred & rest.bits:
            return most
        allowed = sum([c.bit for _, c in options]) + sum([bits for _, bits in rest.singles])
        undecided = self._evaluator.undecided(
            first.kind, first.position, allowed, node.after, node.before
        )
        if not undecided:
            return most
        scale = node.after.board.scale
        together = most_together(rest.cliques, node.after, undecided)
        return min(most, sum(undecided) * scale + together)

    def _gains(self, options: Options, node: "_Node") -> Options:
        """Return what the options add at most to what was picked here; those that add something."""
        if not node.here or not options or options[0][1].kind not in (Kind.UNIT, Kind.GROUP):
            return options
        gain = self._evaluator.gain
        found = [(gain(c, node.after, node.before), c) for _, c in options]
        found = [option for option in found if option[0]]
        return found if options[0][1].kind is Kind.GROUP else sorted(found, key=most_first)

    def _close(self, node: "_Node") -> None:
        """End the picks of this level and go on from the state they lead to."""
        self._found.evaluations += 1
        required = self._required
        if required is None or required not in node.here or node.after.has_taken(required.index):
            self._decide(node.level + 1, node.after, node.picked, node.barred)

    def _offer(self, reached: int, picked: _Picks) -> None:
        """Keep the set if its key is less than the best so far (pricing specification 2.5)."""
        found = self._found
        if reached > found.best_worth or (
            reached == found.best_worth and _tie_key(picked) < _tie_key(found.best)
        ):
            found.best, found.best_worth = picked, reached

    def _is_cut(self, most: int, picked: _Picks) -> bool:
        """Whether sets that extend `picked` and save at most this are not to be tried.

        Either none of them can become the best, or there is no budget left to see.
        """
        found = self._found
        if most < found.best_worth:
            return True
        if most == found.best_worth and (
            self._required is not None or _counts(picked) > _counts(found.best)
        ):
            return True
        if self._budget is None or found.evaluations < self._budget:
            return False
        found.open_worth = max(found.open_worth, most)
        return True

    def _options_of(self, level: int, state: State) -> Options:
        """Return what each candidate of the level is worth at most after `state`.

        The worthiest first; groups by rank, in which they claim units, so that what is picked
        later claims nothing that is claimed already.
        """
        key = (level, state.chosen)
        options = self._options.get(key)
        if options is None:
            gain = self._evaluator.gain
            found = [(gain(c, state, state), c) for c in self._levels[level]]
            is_grouping = self._levels[level][0].kind is Kind.GROUP
            options = [option for option in found if option[0]]
            options.sort(key=_by_rank if is_grouping else most_first)
            self._options[key] = options
        return options

    def _most_from(self, level: int, state: State, barred: int) -> int:
        """Return the most the levels from `level` on can be worth after `state`."""
        if level == len(self._levels):
            return 0
        rest = self._rests[level]
        if barred & rest.bits:
            options = [
                (most_worth(candidate, state), candidate)
                for clique in rest.cliques
                for candidate in clique
                if not candidate.bit & barred
            ]
            found = most_of(sorted(options, key=most_first), 0)
            return found + rest.together(self._evaluator, state)
        key = (level, state.chosen)
        known = self._later.get(key)
        if known is None:
            known = rest.together(self._evaluator, state)
            for clique in rest.cliques:
                known += most_of_clique(clique, state)
            self._later[key] = known
        return known


class _Node(NamedTuple):
    """Some picks of a level: the states before and after them, and all picks so far."""

    level: int
    before: State
    after: State
    here: _Picks
    picked: _Picks
    barred: int


def _by_rank(option: tuple[int, Candidate]) -> tuple[int, str, str]:
    return option[1].rank


def _counts(picked: _Picks) -> tuple[int, int]:
    return sum(c.is_consumable for c in picked), len(picked)


def _tie_key(picked: _Picks) -> _TieKey:
    ranks = sorted(c.rank for c in picked)
    return (*_counts(picked), [rank[0] for rank in ranks], sorted(rank[1:] for rank in ranks))
