"""Exact search for the set of candidates that saves most (pricing specification 2.5).

Stages are decided one after another. Once the picks of a stage are made, what they save is known
exactly; a branch is cut when the most it can still become is less than the best set found. Sets
are compared by one number, see `merit`, so there are no ties to look into.

Where it is known which picks of a level do best, those are tried first, and then what departs from
them: first at this one, first at the next, ... each of which has a best of its own.
"""

from collections.abc import Sequence

from app.services.promotions.engine.actions.base import GROUP, UNIT
from app.services.promotions.engine.bounds import Options, undecided_singles
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.items import Items
from app.services.promotions.engine.later import Clique, alone_together, most_together
from app.services.promotions.engine.levels import Levels
from app.services.promotions.engine.merit import assign_merits
from app.services.promotions.engine.nodes import Found, Node, Picks
from app.services.promotions.engine.singles import Table
from app.services.promotions.engine.state import State
from app.services.promotions.engine.undecided import Undecided

ITEM_KINDS = (GROUP, UNIT)


class Search:
    """The search over one component, `members`, which hold their clique."""

    __slots__ = (
        "_budget",
        "_conflicts",
        "_evaluator",
        "_found",
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
        self._levels = Levels(evaluator, members, self._unit)
        self._required: Candidate | None = None
        self._budget: int | None = None
        self._found = Found(self._unit)

    def best(self, budget: int | None = None) -> Found:
        """Return the best set; after `budget` evaluated sets the best so far."""
        self._start(None, budget, 0)
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

    def _decide(self, level: int, state: State, picked: Picks, merit: int, barred: int) -> None:
        """Choose the picks of `level` and all later ones, given the `state` they start from."""
        if level == len(self._levels.members):
            self._offer(state.worth * self._unit + merit, picked)
            return
        members = self._levels.members[level]
        position = members[0].position
        node = Node(level, state, picked, merit, barred)
        required = self._required
        if required is None or required.position != position:
            items = self._levels.items
            if level == 0 and items is not None:
                self._pick_groups(items, node, items.members)
                return
            table = self._evaluator.table(state, position)
            if table is not None and members[0].kind is UNIT:
                self._pick_singles(table, node, sum([c.bit for c in members if not c.bit & barred]))
                return
        options = self._options(node, members)
        if required is not None and required.position == position and required.kind is not GROUP:
            options.sort(key=lambda option: option[1] is not required)
        self._pick(node, options)

    def _pick(self, node: Node, options: Options) -> None:
        """Extend the picks of this level in every useful way, then go on to the next.

        What is required of this level cannot be passed over.
        """
        required = self._required
        must = required is not None and required.position == self._levels.position(node.level)
        must = must and required not in node.here
        for i, (_, candidate) in enumerate(options):
            if self._is_cut(node, *self._levels.bounds(node, options[i:])):
                return
            then = node.plus(candidate, self._conflicts[candidate.index], 0)
            state = self._after(then)
            then.worth, then.claimed = state.worth, state.claimed
            self._pick(then, self._options(then, [c for _, c in options[i + 1 :]]))
            if must and candidate is required:
                return
        if not must and not self._is_cut(node, *self._levels.bounds(node, [])):
            self._close(node)

    def _pick_groups(self, items: Items, node: Node, members: Sequence[Candidate]) -> None:
        """Extend the picks by some of `members`, which are in order of rank.

        Any other packing than the best gives up some cents, and as a rule later stages cannot make
        up for them.
        """
        members = [c for c in members if not c.bit & node.barred]
        wanted, missing = items.packing.best(members, node.claimed)
        best = node
        for candidate in wanted:
            if candidate.bit & best.barred:
                self._pick(node, self._options(node, members))
                return
            best = self._with_groups(items, best, candidate)
        self._close(best)
        cliques = self._levels.cliques[items.levels]
        loss = missing // (self._unit * node.before.board.scale)
        if self._is_cut(node, items.undecided(members, node.claimed), cliques, loss):
            return
        for place, candidate in enumerate(members):
            if candidate.bit & node.barred:
                continue
            then = self._with_groups(items, node, candidate)
            if then.claimed == node.claimed:
                continue
            other = node if candidate in wanted else then
            rest = members[place + 1 :]
            if not self._is_cut(other, items.undecided(rest, other.claimed), cliques):
                self._pick_groups(items, other, rest)
            if candidate in wanted:
                node = then

    def _with_groups(self, items: Items, node: Node, candidate: Candidate) -> Node:
        worth, claimed = items.added(candidate, node.claimed)
        return node.plus(candidate, self._conflicts[candidate.index], worth, claimed)

    def _pick_singles(self, table: Table, node: Node, allowed: int) -> None:
        """Extend the picks by some discounts on single units of those `allowed`.

        All together do best, as far as some unit takes them. Without one of them some cents are
        given up.
        """
        allowed |= node.chosen
        used = table.used(allowed) & ~node.chosen
        members = [c for c in self._levels.members[node.level] if c.bit & used]
        wanted = [(table.gain(c, allowed & ~c.bit), c) for c in members]
        wanted.sort(key=_key, reverse=True)
        best = node
        for _, candidate in wanted:
            if candidate.bit & best.barred:
                members = [
                    c for c in self._levels.members[node.level] if c.bit & allowed & ~node.chosen
                ]
                self._pick(node, self._options(node, members))
                return
            best = self._with_single(table, best, candidate)
        self._close(best)
        if not wanted:
            return
        goods = (best.worth - node.worth) // node.before.board.scale
        if self._is_cut(node, *self._left(table, node, allowed, goods), wanted[-1][0]):
            return
        for loss, candidate in wanted:
            rest = allowed & ~candidate.bit
            if not self._is_cut(node, *self._left(table, node, rest, goods - loss)):
                self._pick_singles(table, node, rest)
            then = self._with_single(table, node, candidate)
            goods -= (then.worth - node.worth) // node.before.board.scale
            node = then

    def _left(
        self, table: Table, node: Node, allowed: int, goods_minor: int
    ) -> tuple[Undecided, Sequence[Clique]]:
        cliques = self._levels.cliques[node.level + 1]
        return undecided_singles(table, allowed, node, self._unit, goods_minor), cliques

    def _with_single(self, table: Table, node: Node, candidate: Candidate) -> Node:
        worth = table.gain(candidate, node.chosen) * node.before.board.scale
        return node.plus(candidate, self._conflicts[candidate.index], worth)

    def _options(self, node: Node, members: Sequence[Candidate]) -> Options:
        members = [c for c in members if not c.bit & node.barred]
        return self._levels.options(node, self._after(node), members) if members else []

    def _after(self, node: Node) -> State:
        """Return the state after the picks of a node."""
        if node.after is None:
            self._found.evaluations += 1
            node.after = self._evaluator.after(node.before, node.here, node.chosen)
        return node.after

    def _close(self, node: Node) -> None:
        """End the picks of this level and go on from the state they lead to."""
        state = self._after(node)
        if state.chosen != node.chosen:
            return  # without the picks that had no effect the set is better
        if self._levels.members[node.level][0].kind in ITEM_KINDS:
            state.by_atom()  # what later levels are bounded by is exact then
        required = self._required
        if required is None or required not in node.here or state.has_taken(required.index):
            self._decide(node.level + 1, state, node.picked, node.merit, node.barred)

    def _offer(self, key: int, picked: Picks) -> None:
        """Keep the set if its key is the largest so far (pricing specification 2.5)."""
        if key > self._found.best_key:
            self._found.best, self._found.best_key = picked, key

    def _is_cut(
        self, node: Node, undecided: Undecided, cliques: Sequence[Clique], given_up: int = 0
    ) -> bool:
        """Whether sets that extend a node by some of what is `undecided` are not to be tried.

        Either none of them can become the best, or there is no budget left to see. `cliques` are
        those of all later levels. Only sets that give up at least `given_up` cents are asked for.
        """
        found = self._found
        is_spent = self._budget is not None and found.evaluations >= self._budget
        if not found.best_key and not is_spent:
            return False
        sure = node.worth * self._unit + node.merit
        most = sure + undecided.most + alone_together(cliques, node.barred)
        if most > found.best_key:
            most = sure + most_together(
                undecided, cliques, self._after(node), node.barred, self._unit, given_up=given_up
            )
        if most <= found.best_key:
            return True
        if is_spent:
            found.open_key = max(found.open_key, most)
        return is_spent


def _key(option: tuple[int, Candidate]) -> int:
    return option[0]
