"""What the levels of a search that are still to come can be worth at most."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator, most_worth
from app.services.promotions.engine.state import State

Options: TypeAlias = list[tuple[int, Candidate]]
"""Candidates with the most each is worth."""


class Rest(NamedTuple):
    """The levels from one on: their candidates, and how the most they are worth is found.

    `singles` are positions of discounts on single units that are bounded together, with their
    bits. Of each clique at most one is applied; its worthiest alone comes first.
    """

    bits: int
    singles: tuple[tuple[int, int], ...]
    cliques: tuple[tuple[Candidate, ...], ...]

    def together(self, evaluator: Evaluator, state: State) -> int:
        """Return what discounts on single units save at most, all of them together."""
        return sum(evaluator.most_of(bits, state, position) for position, bits in self.singles)


NO_REST = Rest(0, (), ())


def rest_of(levels: Sequence[Sequence[Candidate]], evaluator: Evaluator) -> Rest:
    """Sort the candidates of `levels` by how they are bounded."""
    singles: list[tuple[int, int]] = []
    cliques: dict[int, list[Candidate]] = {}
    for level in levels:
        if evaluator.are_plain(level[0].position) and level[0].kind is Kind.UNIT:
            singles.append((level[0].position, sum(c.bit for c in level)))
            continue
        for candidate in level:
            cliques.setdefault(candidate.clique, []).append(candidate)
    for clique in cliques.values():
        clique.sort(key=lambda c: -c.alone)
    bits = sum(c.bit for level in levels for c in level)
    return Rest(bits, tuple(singles), tuple(map(tuple, cliques.values())))


def most_first(option: tuple[int, Candidate]) -> tuple[int, tuple[int, str, str]]:
    return (-option[0], option[1].rank)


def most_of_clique(clique: Sequence[Candidate], state: State) -> int:
    """Return the most one of a clique is worth after `state`; none is worth more than alone."""
    best = 0
    for candidate in clique:
        if candidate.alone <= best:
            break
        best = max(best, most_worth(candidate, state))
    return best


def most_of(options: Options, barred: int) -> int:
    """Return the sum of the largest option of every clique; `options` fall."""
    total = seen = 0
    for most, candidate in options:
        if not (candidate.bit & barred or candidate.clique & seen):
            total += most
            seen |= candidate.clique
    return total
