"""Which promotions enter the choice, and why the others do not."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.context import Context
from app.services.promotions.engine.eligibility import alone_refusal, refusal
from app.services.promotions.engine.reasons import Reason, Refusal
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import Promotion

_TOUCHES_NOTHING = Refusal(Reason.NO_MATCHING_ITEMS)
_by_rank = attrgetter("rank")


class Slate(NamedTuple):
    """All promotions in order of stage and rank, and those that touch the cart.

    `refused` tells in the same order why a promotion would do nothing even alone; None where it
    would do something. Candidates that are too weak alone are among both.
    """

    ranked: Sequence[Promotion]
    candidates: Sequence[Candidate]
    refused: Sequence[Refusal | None]


def screen(promotions: Iterable[Promotion], root: State, context: Context) -> Slate:
    """Sort promotions into candidates and refusals."""
    stages = {stage: position for position, stage in enumerate(context.stages)}
    ranked = _ranked(promotions, context.stages)
    refused: list[Refusal | None] = []
    candidates: list[Candidate] = []
    for place, promotion in enumerate(ranked):
        stage = stages.get(promotion.stage)
        if stage is None:
            # A channel need not have every stage that promotions of others stand in.
            refused.append(Refusal(Reason.CHANNEL, (("stage", promotion.stage),)))
            continue
        found = refusal(promotion, context)
        if found is None:
            candidate = Candidate(len(candidates), promotion, stage, root.board)
            if candidate.mask:
                candidate.place = place
                candidates.append(candidate)
                found = alone_refusal(candidate, root)
            else:
                found = _TOUCHES_NOTHING
        refused.append(found)
    root.board.ids = [candidate.promotion.id for candidate in candidates]
    return Slate(ranked, candidates, refused)


def _ranked(promotions: Iterable[Promotion], stages: Sequence[str]) -> list[Promotion]:
    """Return the promotions by stage and rank, those of unknown stages last."""
    by_stage: dict[str, list[Promotion]] = {stage: [] for stage in stages}
    others: list[Promotion] = []
    for promotion in promotions:
        by_stage.get(promotion.stage, others).append(promotion)
    ranked: list[Promotion] = []
    for found in (*by_stage.values(), others):
        found.sort(key=_by_rank)
        ranked += found
    if len({promotion.rank[1:] for promotion in ranked}) != len(ranked):
        raise ValueError("a candidate promotion is given twice")
    return ranked
