"""Which promotions enter the choice, and why the others do not."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.context import Context
from app.services.promotions.engine.eligibility import alone_refusal, refusal
from app.services.promotions.engine.reasons import Reason, Refusal
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import Promotion

Key = tuple[int, str, str]


class Slate(NamedTuple):
    """All promotions in order of stage and rank; those that touch the cart; refusals by rank."""

    ranked: Sequence[Promotion]
    candidates: Sequence[Candidate]
    refused: dict[Key, Refusal]


def screen(promotions: Iterable[Promotion], root: State, context: Context) -> Slate:
    """Sort promotions into candidates and refusals; candidates too weak alone are in both."""
    stages = {stage: position for position, stage in enumerate(context.stages)}
    ranked = _ranked(promotions, stages)
    refused: dict[Key, Refusal] = {}
    candidates: list[Candidate] = []
    for promotion in ranked:
        found = _stage_refusal(promotion, stages) or refusal(promotion, context)
        if found is None:
            stage = stages[promotion.stage]
            candidate = Candidate(len(candidates), promotion, stage, root.board)
            candidates.append(candidate)
            found = alone_refusal(candidate, root)
        if found is not None:
            refused[promotion.rank] = found
    return Slate(ranked, candidates, refused)


def _stage_refusal(promotion: Promotion, stages: dict[str, int]) -> Refusal | None:
    """A channel need not have every stage that promotions of others stand in."""
    if promotion.stage in stages:
        return None
    return Refusal(Reason.CHANNEL, (("stage", promotion.stage),))


def _ranked(promotions: Iterable[Promotion], stages: dict[str, int]) -> list[Promotion]:
    ranked = sorted(promotions, key=lambda p: (stages.get(p.stage, len(stages)), p.rank))
    if len({p.rank[1:] for p in ranked}) != len(ranked):
        raise ValueError("a candidate promotion is given twice")
    return ranked
