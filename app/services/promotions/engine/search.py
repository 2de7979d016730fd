"""Exact search for the set of candidates that saves most (pricing specification 2.5).

Stages are decided one after another. Once the picks of a stage are made, what they save is known
exactly; a branch is cut when the most it can still become is less than the best set found. Sets
are compared by one number, see `merit`, so there are no ties to look into.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.bounds import (
    Options,
    cliques_of,
    items_of,
    undecided_of,
    undecided_singles,
)
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.items import Items
from app.services.promotions.engine.later import Clique, most_together
from app.services.promotions.engine.merit import assign_merits, worth_of
from app.services.promotions.engine.state import State
from app.services.promotions.engine.undecided import Undecided

_Picks = tuple[Candidate, ...]


@dataclass(slots=True)
class Found:
    """The best set so far and its key. `open_key` is the most a set left untried could be."""

    unit: int
    best: _Picks = ()
    best_key: int = 0
    open_key: int = 0
    evaluations: int = 0

    @property
    def best_worth(self) -> int:
        return worth_of(self.best_key, self.unit)

    @property
    def open_worth(self) -> int:
        return worth_of(self.open_key, self.unit)

    @property
    def is_exact(self) -> bool:
        return self.open_key <= self.best_key


class Search:
    """The search over one component, `members`, which hold their clique."""

    __slots__ = (
        "_budget",
        "_cliques",
        "_closed",
        "_conflicts",
        "_evaluator",
        "_found",
        "_items",
        "_levels",
        "_required",
        "_unit",
    )

    def __init__(
        self, evaluator: Evaluator, members: Sequence[Candidate], conflicts: Sequence[int]
    ) -> None:
        self._evaluator = evaluator
        self._conflicts = conflicts
        self._unit = assign_merits(members)
        levels: dict[int, list[Candidate]] = {}
        for member in members:
            levels.setdefault(member.position, []).append(member)
        self._levels = [levels[position] for position in sorted(levels)]
        self._cliques = [
            cliques_of(self._levels[i:], self._unit) for i in range(len(self._levels) + 1)
        ]
        self._items = items_of(evaluator, self._levels[:2], self._unit)
        self._required: Candidate | None = None
        self._budget: int | None = None
        self._found = Found(self._unit)
        self._closed: set[tuple[int, int]] = set()

    def best(self, budget: int | None = None) -> Found:
        """Return the best set; after `budget` evaluated sets the best so far."""
        self._start(None, budget, 0)
        if self._items is None or not self._take_best_groups(self._items):
            self._decide(0, self._evaluator.root, (), 0, 0)
        return self._found

    def best_worth_with(self, required: Candidate, known_worth: int) -> int:
        """Return the most worth of sets that apply `required`; `known_worth` can be had."""
        self._start(required, None, known_worth)
        self._decide(0, self._evaluator.root, (), 0, self._conflicts[required.index])
        return self._found.best_worth

    def _start(self, required: Candidate | None, budget: int | None, known_worth: int) -> None:
        self._required, self._budget = required, budget
        self._found = Found(self._unit, best_key=known_worth * self._unit)
        self._closed = set()

    def _take_best_groups(self, items: Items) -> bool:
        """Try the best packing of groups first; return whether no other can win.

        Any other gives up some cents, and later stages cannot make up for them.
        """
        wanted, missing = items.packing.best()
        root = self._evaluator.root
        node = start = _Node(0, root, root, (), (), 0, 0)
        for candidate in wanted:
            if candidate.bit & node.barred:
                return False
            node = self._marked(node, candidate)
        if wanted:
            self._found.evaluations += 1
            node = node._replace(after=self._evaluator.after(root, node.here))
        self._close(node)
        loss = missing // (self._unit * root.board.scale)
        return self._is_cut(start, self._options_of(start, self._levels[0]), loss)

    def _decide(self, level: int, state: State, picked: _Picks, merit: int, barred: int) -> None:
        """Choose the picks of `level` and all later ones, given the `state` they start from."""
        if level == len(self._levels):
            self._offer(state.worth * self._unit + merit, picked)
            return
        node = _Node(level, state, state, (), picked, merit, barred)
        options = self._options_of(node, self._levels[level])
        required = self._required
        if required is None or required.position != self._levels[level][0].position:
            if self._take_best_singles(node, options):
                return
        elif required.kind is not Kind.GROUP:
            options.sort(key=lambda option: option[1] is not required)
        self._pick(node, options)

    def _pick(self, node: "_Node", options: Options) -> None:
        """Extend the picks of this level in every useful way, then go on to the next.

        What is required of this level cannot be passed over.
        """
        required = self._required
        must = required is not None and required.position == self._levels[node.level][0].position
        must = must and required not in node.here
        for i, (_, candidate) in enumerate(options):
            if self._is_cut(node, options[i:]):
                return
            then = self._with(node, candidate)
            self._pick(then, self._options_of(then, [c for _, c in options[i + 1 :]]))
            if must and candidate is required:
                return
        if not must and not self._is_cut(node, []):
            self._close(node)

    def _take_best_singles(self, node: "_Node", options: Options) -> bool:
        """Try all useful discounts on single units at once; return whether nothing else can win.

        Without one of them a unit saves less, and at least so much is given up.
        """
        position = self._levels[node.level][0].position
        table = self._evaluator.table(node.before, position)
        if table is None or self._levels[node.level][0].kind is not Kind.UNIT:
            return False
        allowed = sum([c.bit for _, c in options])
        used = table.used(allowed)
        best = node
        for _, candidate in options:
            if candidate.bit & used:
                if candidate.bit & best.barred:
                    return False
                best = self._marked(best, candidate)
        if best.here:
            self._found.evaluations += 1
            best = best._replace(after=self._evaluator.after(node.before, best.here))
        self._close(best)
        loss = min([table.gain(c, allowed & ~c.bit) for c in best.here], default=None)
        if loss is None:
            return True
        return self._is_cut(node, options, loss)

    def _with(self, node: "_Node", candidate: Candidate) -> "_Node":
        self._found.evaluations += 1
        node = self._marked(node, candidate)
        return node._replace(after=self._evaluator.after(node.before, node.here))

    def _marked(self, node: "_Node", candidate: Candidate) -> "_Node":
        return node._replace(
            here=(*node.here, candidate),
            picked=(*node.picked, candidate),
            merit=node.merit + candidate.merit,
            barred=node.barred | self._conflicts[candidate.index],
        )

    def _close(self, node: "_Node") -> None:
        """End the picks of this level and go on from the state they lead to."""
        at = (node.level, node.after.chosen)
        if at in self._closed:
            return
        self._closed.add(at)
        required = self._required
        if required is None or required not in node.here or node.after.has_taken(required.index):
            self._decide(node.level + 1, node.after, node.picked, node.merit, node.barred)

    def _offer(self, key: int, picked: _Picks) -> None:
        """Keep the set if its key is the largest so far (pricing specification 2.5)."""
        if key > self._found.best_key:
            self._found.best, self._found.best_key = picked, key

    def _is_cut(self, node: "_Node", options: Options, given_up: int = 0) -> bool:
        """Whether sets that extend a node by some of `options` are not to be tried.

        Either none of them can become the best, or there is no budget left to see.
        """
        found = self._found
        undecided, cliques = self._bounds(node, options)
        most = node.after.worth * self._unit + node.merit
        most += most_together(
            undecided, cliques, node.after, node.barred, self._unit, given_up=given_up
        )
        if most <= found.best_key:
            return True
        if self._budget is None or found.evaluations < self._budget:
            return False
        found.open_key = max(found.open_key, most)
        return True

    def _bounds(self, node: "_Node", options: Options) -> tuple[Undecided, list[Clique]]:
        """Return what bounds a level with `options` left, and the cliques of all later levels."""
        first = self._levels[node.level][0]
        evaluator, unit = self._evaluator, self._unit
        if node.level == 0 and self._items is not None:
            undecided = self._items.undecided([c for _, c in options], node.after)
            return undecided, self._cliques[self._items.levels]
        cliques = self._cliques[node.level + 1]
        table = evaluator.table(node.before, first.position) if first.kind is Kind.UNIT else None
        if table is not None:
            allowed = sum([c.bit for _, c in options])
            return undecided_singles(table, allowed, node.after, unit), cliques
        if first.kind is Kind.GROUP:
            options = sorted(options, key=_key, reverse=True)
        return undecided_of(options, unit, node.after.board.scale), cliques

    def _options_of(self, node: "_Node", candidates: Sequence[Candidate]) -> Options:
        """Return the candidates that add something, each with the key it adds at most.

        The best first; groups by rank, in which they claim units, so that what is picked later
        claims nothing that is claimed already.
        """
        unit, gain = self._unit, self._evaluator.gain
        options = []
        for candidate in candidates:
            if not candidate.bit & node.barred:
                more = gain(candidate, node.after, node.before)
                if more:
                    options.append((more * unit + candidate.merit, candidate))
        if candidates and candidates[0].kind is Kind.GROUP:
            options.sort(key=_rank)
        else:
            options.sort(key=_key, reverse=True)
        return options


class _Node(NamedTuple):
    """Some picks of a level: the states before and after them, and all picks so far."""

    level: int
    before: State
    after: State
    here: _Picks
    picked: _Picks
    merit: int
    barred: int


def _key(option: tuple[int, Candidate]) -> int:
    return option[0]


def _rank(option: tuple[int, Candidate]) -> tuple[int, str, str]:
    return option[1].rank
