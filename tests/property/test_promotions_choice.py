"""Laws of the choice: exact, feasible, never worse for having more to choose from."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.services.pricing.engine import PriceContext, price_lines
from app.services.promotions.engine import Objective, hard_rule
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.compatibility import conflict_masks
from app.services.promotions.engine.components import assign_cliques
from app.services.promotions.engine.evaluate import Evaluator
from app.services.promotions.engine.optimise import customer_best
from app.services.promotions.engine.screen import screen
from app.services.promotions.engine.search import Search
from tests.property import reference
from tests.property.examples import examples
from tests.property.rule_strategies import common_shops, offer, shops
from tests.unit.promotions import rules

FEE = 600
CAPS = st.sampled_from((10_000, 10_000, 3_000, 500))


@examples(400)
@given(shop=shops(), max_discount_bps=CAPS)
def test_choice_equals_brute_force_over_all_sets(shop, max_discount_bps) -> None:
    """PR-8, per unit and with the same tie-breaks."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions, max_discount_bps=max_discount_bps, shipping_minor=FEE)
    payable, ids, nets = reference.best(lines, promotions, max_discount_bps, FEE)
    assert answer.totals.payable_minor == payable
    assert sorted(rules.applied(answer)) == ids
    assert reference.by_line(reference.unit_nets(answer)) == nets
    assert (answer.optimality, answer.gap_minor) == ("exact", 0)


@examples(400)
@given(shop=common_shops())
def test_the_common_case_equals_brute_force_too(shop) -> None:
    """PR-8 where everything shares on default terms, which the engine has short cuts for."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions)
    payable, ids, nets = reference.best(lines, promotions)
    assert answer.totals.payable_minor == payable
    assert sorted(rules.applied(answer)) == ids
    assert reference.by_line(reference.unit_nets(answer)) == nets


@examples(200)
@given(shop=shops())
def test_what_a_left_out_promotion_would_have_cost_is_the_best_with_it(shop) -> None:
    """PR-20: the numbers of EXCLUDED and DOMINATED, against all sets that apply the promotion."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions, shipping_minor=FEE)
    outcomes = [
        reference.evaluate(reference.units_of(lines), chosen, FEE)
        for chosen in reference.feasible(promotions)
    ]
    for rejected in answer.rejected:
        detail = dict(rejected.detail)
        told = detail.get("with_minor", detail.get("best_with_minor"))
        if told is not None:
            key = rejected.promotion_id
            assert told == min(each.payable for each in outcomes if key in each.amounts)


@examples(100)
@given(shop=shops(most=4), max_discount_bps=CAPS)
def test_priority_keeps_what_keeps_earlier_ones_applied(shop, max_discount_bps) -> None:
    lines, promotions = shop
    kept: list = []
    for promotion in sorted(promotions, key=lambda p: p.rank):
        if not any(hard_rule(promotion, other) for other in kept):
            units = reference.units_of(lines, max_discount_bps)
            outcome = reference.evaluate(units, [*kept, promotion], FEE)
            if len(outcome.amounts) == len(kept) + 1:
                kept.append(promotion)
    answer = rules.quote(
        lines,
        *promotions,
        objective=Objective.PRIORITY,
        max_discount_bps=max_discount_bps,
        shipping_minor=FEE,
    )
    assert sorted(rules.applied(answer)) == sorted(p.id for p in kept)


@examples(100)
@given(shop=shops(), data=st.data())
def test_another_candidate_never_raises_the_payable(shop, data) -> None:
    """PR-9."""
    lines, promotions = shop
    more = [*promotions, data.draw(offer("P9", lines))]
    before = rules.quote(lines, *promotions).totals.payable_minor
    assert rules.quote(lines, *more).totals.payable_minor <= before


@examples(100)
@given(shop=shops())
def test_choice_is_feasible_and_beats_each_alone_and_none(shop) -> None:
    """PR-10 and PR-11."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions)
    chosen = [p for p in promotions if p.id in rules.applied(answer)]
    assert not any(hard_rule(a, b) for a, b in combinations(chosen, 2))
    payable = answer.totals.payable_minor
    assert payable <= answer.totals.goods_minor
    for promotion in promotions:
        assert payable <= rules.quote(lines, promotion).totals.payable_minor


@examples(100)
@given(shop=shops())
def test_components_apart_choose_what_they_choose_together(shop) -> None:
    """PR-19."""
    lines, promotions = shop
    context = rules.context()
    evaluator = Evaluator(Board(price_lines(lines, PriceContext(context.at)), 10_000))
    slate = screen(promotions, evaluator.root, context)
    conflicts = conflict_masks([c.promotion for c in slate.candidates]).hard
    apart = customer_best(evaluator, slate.candidates, conflicts, 10)
    useful = [c for c in slate.candidates if c.alone]
    assign_cliques(useful, conflicts)
    together = Search(evaluator, useful, conflicts).best()
    assert {c.index for c in apart.chosen} == {c.index for c in together.best}


@examples(100)
@given(shop=shops())
def test_a_spent_budget_is_owned_up_to(shop) -> None:
    """`gap_minor` bounds what the best set could still save."""
    lines, promotions = shop
    context = rules.context()
    evaluator = Evaluator(Board(price_lines(lines, PriceContext(context.at)), 10_000))
    slate = screen(promotions, evaluator.root, context)
    conflicts = conflict_masks([c.promotion for c in slate.candidates]).hard
    useful = [c for c in slate.candidates if c.alone]
    assign_cliques(useful, conflicts)
    exact, short = (Search(evaluator, useful, conflicts).best(budget) for budget in (None, 1))
    gap = max(0, short.open_worth - short.best_worth)
    assert short.best_worth <= exact.best_worth <= short.best_worth + gap


@examples(100)
@given(shop=shops(), priorities=st.permutations(range(5)))
def test_priorities_of_a_stacking_stage_matter_only_at_floors(shop, priorities) -> None:
    """PR-12."""
    lines, promotions = shop
    stacked = [
        rules.promotion(p.id, rules.amount_off(5 + 3 * n), stack={"in_stage": "stack"})
        for n, p in enumerate(promotions)
    ]
    answer = rules.quote(lines, *stacked)
    shuffled = [
        rules.promotion(
            p.id,
            rules.amount_off(5 + 3 * n),
            stack={"in_stage": "stack"},
            priority=priorities[n],
        )
        for n, p in enumerate(promotions)
    ]
    other = rules.quote(lines, *shuffled)
    capped = any(each.capped_minor for each in (*answer.applied, *other.applied))
    if not capped and len(answer.applied) == len(stacked):
        assert rules.applied(answer) == rules.applied(other)
    assert answer.totals.payable_minor == other.totals.payable_minor
