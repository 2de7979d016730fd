"""Which of the discounts offered to one unit it takes (pricing specification 2.4)."""

from collections.abc import Sequence
from typing import TypeAlias

from app.services.promotions.engine.candidates import Candidate

Offer: TypeAlias = tuple[Candidate, int]
"""A promotion and what it would take off the unit."""


def heaviest(offers: Sequence[Offer]) -> Sequence[Offer]:
    """Return the compatible offers with the largest total, a maximum-weight independent set.

    Ties go to fewer promotions, then to higher priorities, then to smaller ids.
    """
    if len(offers) < 2:  # noqa: PLR2004 - one has nothing to be compatible with
        return offers
    everyone = 0
    for pick, _ in offers:
        everyone |= pick.bit
    if all(everyone & ~pick.bit & ~pick.apart == 0 for pick, _ in offers):
        return (min(offers, key=_most_first),)
    if not any(everyone & pick.apart for pick, _ in offers):
        return offers
    return _Search(offers).best


class _Search:
    """Tries every set, the heaviest offers first; a branch ends where the rest cannot suffice."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = sorted(offers, key=_most_first)
        self._rest = [0]
        for _, off in reversed(self._offers):
            self._rest.append(self._rest[-1] + off)
        self._rest.reverse()
        self._total = 0
        self.best: tuple[Offer, ...] = ()
        self._extend(0, (), 0, 0)

    def _extend(self, start: int, picked: tuple[Offer, ...], barred: int, total: int) -> None:
        if total > self._total or (total == self._total and _tie(picked) < _tie(self.best)):
            self.best, self._total = picked, total
        for position in range(start, len(self._offers)):
            if total + self._rest[position] < self._total:
                return
            offer = self._offers[position]
            pick, off = offer
            if not pick.bit & barred:
                self._extend(position + 1, (*picked, offer), barred | pick.apart, total + off)


def _most_first(offer: Offer) -> tuple[int, tuple[int, str, str]]:
    return -offer[1], offer[0].rank


def _tie(picked: Sequence[Offer]) -> tuple[int, list[int], list[tuple[str, str]]]:
    ranks = sorted(pick.rank for pick, _ in picked)
    return len(ranks), [rank[0] for rank in ranks], sorted(rank[1:] for rank in ranks)
