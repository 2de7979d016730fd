"""How the levels of a search are bounded: one by itself, and all that come after it."""

from collections.abc import Sequence
from itertools import compress
from typing import TypeAlias

from app.services.promotions.engine.actions.base import FEE, GIFT
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.later import Clique
from app.services.promotions.engine.merit import worth_of
from app.services.promotions.engine.nodes import Node
from app.services.promotions.engine.singles import Table
from app.services.promotions.engine.undecided import Look, Undecided

Options: TypeAlias = list[tuple[int, Candidate]]
"""Candidates with the key each adds at most, the largest first; groups in order of rank."""


def cliques_by_level(levels: Sequence[Sequence[Candidate]], unit: int) -> list[list[Clique]]:
    """Return for each level the candidates from it on by clique: of each at most one is applied.

    The last is for what comes after all levels.
    """
    ranked = [
        (candidate.alone * unit + candidate.merit, candidate, number)
        for number, level in enumerate(levels)
        for candidate in level
    ]
    ranked.sort(key=_first, reverse=True)
    found: list[dict[int, list[tuple[int, Candidate]]]] = [{} for _ in range(len(levels) + 1)]
    for key, candidate, last in ranked:
        option = (key, candidate)
        for number in range(last + 1):
            cliques = found[number]
            if candidate.clique in cliques:
                cliques[candidate.clique].append(option)
            else:
                cliques[candidate.clique] = [option]
    return [[*cliques.values()] for cliques in found]


def undecided_singles(
    table: Table, allowed: int, node: Node, unit: int, goods_minor: int
) -> Undecided:
    """Return what `allowed` discounts on single units add to those a node has.

    `goods_minor` is what they add up to.
    """
    board = node.before.board

    def look() -> Look:
        by_atom: list[int] = []

        def outside(mask: int) -> int:
            if mask & board.everything == board.everything:
                return 0
            if not by_atom:
                by_atom.extend(table.open_by_atom(allowed, node.chosen, len(board.runs)))
            return sum(compress(by_atom, board.selector(board.everything & ~mask)))

        return goods_minor, outside

    return Undecided(goods_minor * board.scale * unit, look)


def undecided_of(options: Options, unit: int, scale: int) -> Undecided:
    """Return what one option of each clique can add."""
    most = seen = 0
    for key, candidate in options:
        if not candidate.clique & seen:
            seen |= candidate.clique
            most += key

    def look() -> Look:
        gifts = 0
        best: dict[int, list[tuple[int, int]]] = {}
        for key, candidate in options:
            if candidate.kind is GIFT:
                gifts += worth_of(key, unit)
            elif candidate.kind is not FEE:
                cents = worth_of(key, unit) // scale
                best.setdefault(candidate.clique, []).append((cents, candidate.mask))
        goods = worth_of(most, unit) - gifts if best else 0

        def outside(mask: int) -> int:
            return sum(
                [
                    max([cents for cents, other in found if other & ~mask], default=0)
                    for found in best.values()
                ]
            )

        return max(0, goods // scale), outside

    return Undecided(most, look)


def _first(option: tuple[int, Candidate, int]) -> int:
    return option[0]
