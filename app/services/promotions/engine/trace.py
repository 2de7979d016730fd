"""Explaining the outcome: a verdict for every candidate, and what a little more would bring."""

from collections.abc import Mapping, Sequence

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.compatibility import broken_rule
from app.services.promotions.engine.context import Objective
from app.services.promotions.engine.eligibility import whole_gap
from app.services.promotions.engine.evaluate import Evaluator, applied, by_rank, entry_of
from app.services.promotions.engine.optimise import Choice
from app.services.promotions.engine.quote_types import NextTier
from app.services.promotions.engine.reasons import Gap, Reason, Refusal
from app.services.promotions.engine.screen import Key, Slate
from app.services.promotions.engine.state import State

EXPLAIN_EVALUATIONS = 64
"""Sets tried to find what a left-out candidate would have cost at best; then the best so far."""


class Trace:
    """Verdicts on one choice. Payables are goods and shipping, before tax on top of them."""

    __slots__ = (
        "_base_minor",
        "_choice",
        "_conflicts",
        "_course",
        "_evaluator",
        "_is_optimised",
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
        self._evaluator = evaluator
        self._conflicts = conflicts
        self._choice = choice
        self._is_optimised = objective == Objective.CUSTOMER_BEST
        self._course = evaluator.course(choice.chosen)
        self.final: State = self._course[-1][1]
        self._takings = {t.candidate: t.amount_minor for t in applied(self.final)}
        everything = evaluator.root.board.everything
        self._base_minor = evaluator.root.net_over(everything) + shipping_minor

    def verdicts(self, slate: Slate) -> dict[Key, Refusal]:
        """Return the refusals of `slate` and of every candidate that was left out of the choice."""
        refused = dict(slate.refused)
        for candidate in slate.candidates:
            if candidate.index not in self._takings and candidate.rank not in refused:
                refused[candidate.rank] = self._left_out(candidate)
        return refused

    def next_tiers(self, slate: Slate, refused: Mapping[Key, Refusal]) -> tuple[NextTier, ...]:
        """Return what adding goods would open, for applied and for short promotions."""
        short = {Reason.THRESHOLD_NOT_MET, Reason.DOMINATED}
        tiers = (
            self._next_tier(candidate)
            for candidate in slate.candidates
            if candidate.rank not in refused or refused[candidate.rank].reason in short
        )
        return tuple(tier for tier in tiers if tier is not None)

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
        gap = whole_gap(candidate, entry_of(self._course, candidate.position))
        if not self._is_optimised and any(gap):
            return Refusal(Reason.THRESHOLD_NOT_MET, gap.detail())
        return Refusal(
            Reason.DOMINATED,
            (("best_with_minor", with_minor), ("best_without_minor", without_minor)),
        )

    def _next_tier(self, candidate: Candidate) -> NextTier | None:
        entry = entry_of(self._course, candidate.position)
        gap, off = _next_threshold(candidate, entry)
        if not off:
            return None
        if candidate.limit_minor is not None:
            off = min(off, candidate.limit_minor)
        room = entry.net_over(candidate.mask) + gap.missing_minor - candidate.floor_minor
        gain = min(off, room) - self._given_up(candidate)
        if gain <= 0:
            return None
        promotion = candidate.promotion
        minor, quantity = (missing or None for missing in gap)
        return NextTier(promotion.id, promotion.name, minor, quantity, gain)

    def _given_up(self, candidate: Candidate) -> int:
        """Return what the candidate takes off now, and what those it would replace do."""
        replaced = self._conflicts[candidate.index] | candidate.bit
        return sum(amount for index, amount in self._takings.items() if replaced >> index & 1)

    def _excluder(self, candidate: Candidate) -> Candidate | None:
        mask = self._conflicts[candidate.index]
        rivals = [c for c in self._choice.chosen if c.bit & mask]
        return min(rivals, key=by_rank, default=None)

    def _saved_with(self, candidate: Candidate) -> int:
        """Return what the best set that applies `candidate` saves.

        Without optimisation that is the chosen set with it in the place of its rivals.
        """
        barred = self._conflicts[candidate.index]
        swapped = self._evaluator.final(
            [*(c for c in self._choice.chosen if not c.bit & barred), candidate]
        )
        if not self._is_optimised:
            return swapped.saved_minor
        part, search = next(pair for pair in self._choice.searches if candidate in pair[0])
        ours = {c.index for c in part}
        elsewhere = sum(a for index, a in self._takings.items() if index not in ours)
        is_applied = any(t.candidate == candidate.index for t in applied(swapped))
        known = swapped.saved_minor - elsewhere if is_applied else 0
        return search.best_minor_with(candidate, known, EXPLAIN_EVALUATIONS) + elsewhere


def _next_threshold(candidate: Candidate, entry: State) -> tuple[Gap, int]:
    """Return what is missing to the next threshold and what is taken off there."""
    base = entry.net_over(candidate.mask)
    action = candidate.action
    gap = candidate.gap(entry)
    if any(gap):
        # Goods that meet the conditions may reach the first tier of the action as well.
        reached = (base + gap.missing_minor, candidate.quantity + gap.missing_quantity)
        off = action.off_minor(*reached)
        step = None if off else action.next_step(*reached)
        return (_after(gap, step.gap), step.off_minor) if step else (gap, off)
    step = action.next_step(base, candidate.quantity)
    return (step.gap, step.off_minor) if step else (gap, 0)


def _after(gap: Gap, step: Gap) -> Gap:
    return Gap(*(a + b for a, b in zip(gap, step, strict=True)))
