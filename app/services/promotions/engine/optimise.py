"""Choosing the set of promotions to apply (pricing specification 2.5)."""

from collections.abc import Sequence
from typing import NamedTuple

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.components import assign_cliques, components
from app.services.promotions.engine.evaluate import Evaluator, applied
from app.services.promotions.engine.search import Search

EXACT_CANDIDATES = 12
"""Components of up to so many candidates are always searched to the end."""

SMALL_CANDIDATES = 16
"""Beyond so many a set costs about twice as much to work out, so half as many are."""


class Choice(NamedTuple):
    """The chosen set. `gap_minor` is the most any other set could still save beyond it.

    `searches` are the components with the search that decided each.
    """

    chosen: tuple[Candidate, ...]
    gap_minor: int
    is_exact: bool
    evaluations: int
    searches: tuple[tuple[tuple[Candidate, ...], Search], ...]


def customer_best(
    evaluator: Evaluator,
    candidates: Sequence[Candidate],
    conflicts: Sequence[int],
    max_evaluations: int,
) -> Choice:
    """Return the set with the least payable; ties by fewer coupons, fewer promotions, rank.

    Exact up to `EXACT_CANDIDATES` per component, and beyond while `max_evaluations` last.
    Candidates without worth alone have none in company and are left out.
    """
    useful = sorted((c for c in candidates if c.alone), key=lambda c: (-c.alone, c.rank))
    chosen: list[Candidate] = []
    searches: list[tuple[tuple[Candidate, ...], Search]] = []
    gap_minor = evaluations = 0
    is_exact = True
    for part in components(useful, conflicts):
        assign_cliques(part, conflicts)
        budget = None if len(part) <= EXACT_CANDIDATES else max_evaluations
        if budget is not None and len(part) > SMALL_CANDIDATES:
            budget //= 2
        search = Search(evaluator, part, conflicts)
        found = search.best(budget)
        searches.append((part, search))
        chosen += found.best
        scale = evaluator.root.board.scale
        gap_minor += max(0, found.open_worth // scale - found.best_worth // scale)
        is_exact = is_exact and found.is_exact
        evaluations += found.evaluations
    return Choice(tuple(chosen), gap_minor, is_exact, evaluations, tuple(searches))


def by_priority(
    evaluator: Evaluator, candidates: Sequence[Candidate], conflicts: Sequence[int]
) -> Choice:
    """Go by rank and keep what is compatible, applied, and keeps the earlier ones applied."""
    kept: list[Candidate] = []
    barred = evaluations = 0
    for candidate in sorted((c for c in candidates if c.alone), key=lambda c: c.rank):
        if candidate.bit & barred:
            continue
        evaluations += 1
        if len(applied(evaluator.final([*kept, candidate]))) == len(kept) + 1:
            kept.append(candidate)
            barred |= conflicts[candidate.index]
    return Choice(tuple(kept), 0, True, evaluations, ())
