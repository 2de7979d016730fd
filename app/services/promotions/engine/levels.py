"""The stages of a component in the order they are decided, and what bounds the choice at each."""

from collections.abc import Sequence

from app.services.promotions.engine.actions.base import GROUP, UNIT
from app.services.promotions.engine.bounds import (
    Options,
    cliques_by_level,
    undecided_of,
    undecided_singles,
)
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.items import Items
from app.services.promotions.engine.later import Clique
from app.services.promotions.engine.nodes import Node
from app.services.promotions.engine.state import State
from app.services.promotions.engine.undecided import NOTHING, Undecided


class Levels:
    """`members` of each level, `cliques` of each level and all later ones.

    `items` bounds the first level, or the first two, where groups are formed in the common case.
    """

    __slots__ = ("_evaluator", "_unit", "cliques", "items", "members")

    def __init__(self, evaluator: Evaluator, members: Sequence[Candidate], unit: int) -> None:
        self._evaluator, self._unit = evaluator, unit
        levels: dict[int, list[Candidate]] = {}
        for member in members:
            levels.setdefault(member.position, []).append(member)
        self.members = [levels[position] for position in sorted(levels)]
        self.cliques = cliques_by_level(self.members, unit)
        self.items = _items_of(evaluator, self.members[:2], unit)

    def position(self, level: int) -> int:
        """Return the position of the candidates of a level."""
        return self.members[level][0].position

    def bounds(self, node: Node, options: Options) -> tuple[Undecided, Sequence[Clique]]:
        """Return what bounds a level with `options` left, and the cliques of all later levels."""
        first = self.members[node.level][0]
        if node.level == 0 and self.items is not None:
            undecided = self.items.undecided([c for _, c in options], node.claimed)
            return undecided, self.cliques[self.items.levels]
        cliques = self.cliques[node.level + 1]
        if not options:
            return NOTHING, cliques
        if first.kind is UNIT:
            table = self._evaluator.table(node.before, first.position)
            if table is not None:
                allowed = sum([c.bit for _, c in options])
                goods = sum(table.open_by_atom(allowed, node.chosen, len(node.before.board.runs)))
                return undecided_singles(table, allowed, node, self._unit, goods), cliques
        if first.kind is GROUP:
            options = sorted(options, key=_key, reverse=True)
        return undecided_of(options, self._unit, node.before.board.scale), cliques

    def options(self, node: Node, after: State, members: Sequence[Candidate]) -> Options:
        """Return the `members` that add something to a node, each with the key it adds at most.

        The best first; groups by rank, in which they claim units, so that what is picked later
        claims nothing that is claimed already.
        """
        unit, gain, before = self._unit, self._evaluator.gain, node.before
        options = []
        for member in members:
            more = gain(member, after, before)
            if more:
                options.append((more * unit + member.merit, member))
        if members[0].kind is GROUP:
            options.sort(key=_rank)
        else:
            options.sort(key=_key, reverse=True)
        return options


def _items_of(
    evaluator: Evaluator, levels: Sequence[Sequence[Candidate]], unit: int
) -> Items | None:
    """Return what bounds promotions on groups, if they are the first of the two `levels`.

    Those on single units are bounded with them, where they are the second.
    """
    claims = evaluator.claims
    if not levels or claims is None or levels[0][0].position != claims.position:
        return None
    position = claims.position + 1
    table, chosen = None, 0
    if len(levels) > 1 and levels[1][0].position == position:
        table = evaluator.table(evaluator.root, position)
        chosen = sum([c.bit for c in levels[1]])
    return Items(
        claims,
        sorted(levels[0], key=lambda c: c.rank),
        table,
        chosen,
        unit,
        is_clean=evaluator.is_clean(position),
        board=evaluator.root.board,
    )


def _key(option: tuple[int, Candidate]) -> int:
    return option[0]


def _rank(option: tuple[int, Candidate]) -> tuple[int, str, str]:
    return option[1].rank
