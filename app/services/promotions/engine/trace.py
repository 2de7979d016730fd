"""Explaining the outcome: a verdict for every candidate, and what a little more would bring."""

from collections.abc import Sequence
from typing import NamedTuple

from app.core.enums.pricing import Objective
from app.services.promotions.engine.actions.base import AMOUNT, GROUP
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.compatibility import broken_rule
from app.services.promotions.engine.course import Course
from app.services.promotions.engine.eligibility import whole_gap
from app.services.promotions.engine.evaluate import Evaluator, applied
from app.services.promotions.engine.optimise import Choice
from app.services.promotions.engine.quote_types import NextTier
from app.services.promotions.engine.reasons import Reason, Refusal
from app.services.promotions.engine.screen import Slate
from app.services.promotions.engine.search import Search
from app.services.promotions.engine.state import State
from app.services.promotions.engine.units import by_rank
from app.services.promotions.engine.upcoming import upcoming

EXPLAIN_EXACTLY = 6
"""In components of so many candidates, what one left out would have cost is that of the best set.

In larger ones it is told in the place of those it excludes, everything else as chosen.
"""

_SHORT = (Reason.THRESHOLD_NOT_MET, Reason.DOMINATED)
"""Reasons that more goods may lift."""


class Trace:
    """Verdicts on one choice. Payables are goods and shipping, before tax on top of them."""

    __slots__ = (
        "_base_minor",
        "_choice",
        "_conflicts",
        "_course",
        "_given",
        "_is_optimised",
        "_parts",
        "_ranked",
        "_scale",
        "_taken",
        "_takings",
        "final",
    )

    def __init__(
        self,
        evaluator: Evaluator,
        choice: Choice,
        conflicts: Sequence[int],
        objective: Objective,
        shipping_minor: int,
    ) -> None:
        self._conflicts = conflicts
        self._choice = choice
        self._ranked = sorted(choice.chosen, key=by_rank)
        self._is_optimised = objective == Objective.CUSTOMER_BEST
        self._course = Course(evaluator, choice.chosen)
        self.final: State = self._course.final
        self._takings = {taking.candidate: taking for taking in applied(self.final)}
        self._taken = [(1 << index, each.amount_minor) for index, each in self._takings.items()]
        self._given: dict[int, int] = {}
        board = evaluator.root.board
        self._base_minor = evaluator.root.net_over(board.everything) + shipping_minor
        self._scale = board.scale
        self._parts: dict[int, _Part] = {}

    def verdicts(self, slate: Slate) -> list[Refusal | None]:
        """Return the refusals of `slate` and of every candidate that was left out of the choice."""
        refused = [*slate.refused]
        for candidate in slate.candidates:
            if candidate.index in self._takings:
                refused[candidate.place] = None
            elif refused[candidate.place] is None:
                refused[candidate.place] = self._left_out(candidate)
        return refused

    def next_tiers(self, slate: Slate, refused: Sequence[Refusal | None]) -> tuple[NextTier, ...]:
        """Return what adding goods would open, for applied and for short promotions."""
        tiers = []
        for candidate in slate.candidates:
            found = refused[candidate.place]
            if found is None or found.reason in _SHORT:
                tier = self._next_tier(candidate)
                if tier is not None:
                    tiers.append(tier)
        return tuple(tiers)

    def _left_out(self, candidate: Candidate) -> Refusal:
        with_minor = self._base_minor - self._saved_with(candidate)
        without_minor = self._base_minor - self.final.saved_minor
        by = self._excluder(candidate)
        if by is not None:
            return Refusal(
                Reason.EXCLUDED,
                (
                    ("by", by.promotion.id),
                    ("rule", broken_rule(candidate.promotion, by.promotion)),
                    ("with_minor", with_minor),
                    ("without_minor", without_minor),
                ),
            )
        entry = self._course.entry(candidate.position)
        gap = whole_gap(candidate, candidate.gap(entry), entry)
        if not self._is_optimised and any(gap):
            return Refusal(Reason.THRESHOLD_NOT_MET, gap.detail())
        return Refusal(
            Reason.DOMINATED,
            (("best_with_minor", with_minor), ("best_without_minor", without_minor)),
        )

    def _next_tier(self, candidate: Candidate) -> NextTier | None:
        kind = candidate.kind
        if not candidate.promotion.rule.thresholds and kind is not AMOUNT and kind is not GROUP:
            return None  # those have no steps of their own
        given_up = self._given_up(candidate)
        gap, off, gift_minor = upcoming(candidate, self._course.entry(candidate.position), given_up)
        gain = off - given_up
        if gain <= 0 and not gift_minor:
            return None
        promotion = candidate.promotion
        minor, quantity = (missing or None for missing in gap)
        return NextTier(promotion.id, promotion.name, minor, quantity, max(0, gain), gift_minor)

    def _given_up(self, candidate: Candidate) -> int:
        """Return what the candidate takes off now, and what those it would replace do."""
        replaced = self._conflicts[candidate.index] | candidate.apart | candidate.bit
        known = self._given.get(replaced)
        if known is None:
            known = sum([amount for bit, amount in self._taken if bit & replaced])
            self._given[replaced] = known
        return known

    def _excluder(self, candidate: Candidate) -> Candidate | None:
        """Return the first by rank of those it may not share the cart with, or else its units."""
        mask = self._conflicts[candidate.index]
        if mask & self._course.final.chosen:
            return next(c for c in self._ranked if c.bit & mask)
        for other in self._ranked:
            if other.bit & candidate.apart:
                taking = self._takings.get(other.index)
                if taking is not None and taking.mask & candidate.mask:
                    return other
        return None

    def _saved_with(self, candidate: Candidate) -> int:
        """Return what the best set that applies `candidate` saves.

        Without optimisation that is the chosen set with it in the place of its rivals.
        """
        swapped, is_applied = self._course.swapped(candidate, self._conflicts[candidate.index])
        if not self._is_optimised:
            return swapped.saved_minor
        size, search, elsewhere = self._part_of(candidate)
        known = swapped.worth - elsewhere * self._scale if is_applied else 0
        if size <= EXPLAIN_EXACTLY:
            known = search.best_worth_with(candidate, known)
        return known // self._scale + elsewhere

    def _part_of(self, candidate: Candidate) -> "_Part":
        if not self._parts:
            for members, search in self._choice.searches:
                bits = sum([member.bit for member in members])
                elsewhere = sum([amount for bit, amount in self._taken if not bit & bits])
                part = _Part(len(members), search, elsewhere)
                self._parts.update(dict.fromkeys([member.index for member in members], part))
        return self._parts[candidate.index]


class _Part(NamedTuple):
    """A component: how many candidates it has, its search, and what others take off."""

    size: int
    search: Search
    elsewhere_minor: int
