"""What a set does to a cart depends on the set alone, not on what was asked before."""

from app.services.pricing.engine import PriceContext, price_lines
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.compatibility import conflict_masks
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.screen import screen

from . import rules


def _evaluator(lines, promotions):
    context = rules.context()
    evaluator = Evaluator(Board(price_lines(lines, PriceContext(context.at)), 10_000))
    slate = screen(promotions, evaluator.root, context)
    evaluator.root.board.ids = [c.promotion.id for c in slate.candidates]
    soft = conflict_masks([c.promotion for c in slate.candidates]).soft
    for candidate in slate.candidates:
        candidate.apart = soft[candidate.index]
    evaluator.know(slate.candidates)
    return evaluator, {c.promotion.id: c for c in slate.candidates}


def test_a_discount_without_effect_still_keeps_another_from_a_unit() -> None:
    """On the first unit A is worth more than B, so B is not offered, and C leaves A no room."""
    lines = [
        rules.line("L1", 100, sku_id="x", floor_minor=90),
        rules.line("L2", 100, sku_id="y", floor_minor=90),
    ]

    def off(key: str, amount: int, priority: int, *shares: str, skus: tuple[str, ...]):
        return rules.promotion(
            key,
            rules.amount_off_unit(amount),
            stage="item",
            scope={"skus": list(skus)},
            stack={"in_stage": list(shares)},
            priority=priority,
        )

    promotions = [
        off("A", 20, 0, "C", skus=("x",)),
        off("B", 15, 2, "C", skus=("x", "y")),
        off("C", 10, 1, "A", "B", skus=("x",)),
    ]
    told = []
    for asked_before in ((), ("A", "B", "C")):
        evaluator, named = _evaluator(lines, promotions)
        for keys in (asked_before, ("B", "C")):
            picks = [named[key] for key in keys]
            if picks:
                state = evaluator.after(evaluator.root, picks, sum(pick.bit for pick in picks))
        told.append([(t.candidate, t.amount_minor) for t in state.takings])
    assert told[0] == told[1] == [(named["B"].index, 20)]
