"""How the levels of a search are bounded: one by itself, and all that come after it."""

from collections.abc import Sequence
from itertools import compress
from typing import TypeAlias

from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.items import Items
from app.services.promotions.engine.later import Clique
from app.services.promotions.engine.merit import worth_of
from app.services.promotions.engine.singles import Table
from app.services.promotions.engine.state import State
from app.services.promotions.engine.undecided import Undecided

Options: TypeAlias = list[tuple[int, Candidate]]
"""Candidates with the key each adds at most, the largest first; groups in order of rank."""


def cliques_of(levels: Sequence[Sequence[Candidate]], unit: int) -> list[Clique]:
    """Return the candidates of `levels` by clique: of each at most one is applied."""
    found: dict[int, list[tuple[int, Candidate]]] = {}
    for level in levels:
        for candidate in level:
            key = candidate.alone * unit + candidate.merit
            found.setdefault(candidate.clique, []).append((key, candidate))
    for clique in found.values():
        clique.sort(key=_first, reverse=True)
    return [*found.values()]


def items_of(
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
        state=evaluator.root,
    )


def undecided_singles(table: Table, allowed: int, after: State, unit: int) -> Undecided:
    """Return what `allowed` discounts on single units add to those `after` has."""
    board = after.board
    by_atom = table.open_by_atom(allowed, after.chosen, len(board.runs))
    goods = sum(by_atom)

    def outside(mask: int) -> int:
        return goods - sum(compress(by_atom, board.selector(mask & board.everything)))

    return Undecided(goods * board.scale * unit, goods, outside)


def undecided_of(options: Options, unit: int, scale: int) -> Undecided:
    """Return what one option of each clique can add."""
    most = gifts = seen = 0
    best: dict[int, list[tuple[int, int]]] = {}
    for key, candidate in options:
        if not candidate.clique & seen:
            seen |= candidate.clique
            most += key
        if candidate.kind is Kind.GIFT:
            gifts += worth_of(key, unit)
        elif candidate.kind is not Kind.FEE:
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

    return Undecided(most, max(0, goods // scale), outside)


def _first(option: tuple[int, Candidate]) -> int:
    return option[0]
