"""The laws of the specification on its edges: where a wrong engine differs from a right one."""

from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.promotions.engine import Objective, Quota, broken_rule, hard_rule
from app.services.promotions.engine.scope import Scope
from tests.property import reference
from tests.property.edge_strategies import SHOPPER, EdgeShop, edge_promotion, edge_shops
from tests.unit.promotions import rules

STACKED = {"in_stage": "stack"}
APART = ("amount_off_unit", "nth", "bxgy", "bundle_n", "percent_off", "each", "ladder")


@settings(max_examples=400)
@given(shop=edge_shops())
def test_the_choice_is_the_best_of_all_sets(shop: EdgeShop) -> None:
    """PR-8, with what is used up left out, per unit and with the same tie-breaks."""
    answer = shop.quote()
    best = reference.best(shop.lines, shop.open, shop.max_discount_bps, shop.fee)
    assert (
        answer.totals.payable_minor,
        sorted(rules.applied(answer)),
        reference.by_line(reference.unit_nets(answer)),
    ) == best


@settings(max_examples=300)
@given(shop=edge_shops())
def test_by_priority_nothing_earlier_is_lost(shop: EdgeShop) -> None:
    """Specification 2.5: kept if compatible, applied, and keeping the earlier ones applied."""
    kept: list = []
    for promotion in sorted(shop.open, key=lambda p: p.rank):
        if not any(hard_rule(promotion, other) for other in kept):
            units = reference.units_of(shop.lines, shop.max_discount_bps)
            if len(reference.evaluate(units, [*kept, promotion], shop.fee).amounts) > len(kept):
                kept.append(promotion)
    answer = shop.quote(objective=Objective.PRIORITY)
    assert sorted(rules.applied(answer)) == sorted(p.id for p in kept)


@settings(max_examples=300)
@given(shop=edge_shops(), objective=st.sampled_from(tuple(Objective)))
def test_units_stay_between_floor_and_price_and_bear_only_what_may_meet(shop, objective) -> None:
    """PR-2 with the cap of the store rounded up, PR-3, and PR-10 on every single unit."""
    answer = shop.quote(objective=objective)
    by_id = {p.id: p for p in shop.promotions}
    for unit in reference.units_of(shop.lines, shop.max_discount_bps):
        assert unit.floor * 10_000 >= unit.list_minor * (10_000 - shop.max_discount_bps)
    floors = {
        unit.key[0]: unit.floor for unit in reference.units_of(shop.lines, shop.max_discount_bps)
    }
    for line in answer.lines:
        for unit in line.units:
            assert floors[line.line_id] <= unit.net_minor <= unit.price_minor
            assert not (unit.is_blocked and unit.discounts)
            for (a, _), (b, _) in combinations(unit.discounts, 2):
                assert broken_rule(by_id[a], by_id[b]) == 0
    for a, b in combinations(answer.applied, 2):
        assert hard_rule(by_id[a.promotion_id], by_id[b.promotion_id]) == 0
    given = {gift.promotion_id for gift in answer.gifts}
    for each in answer.applied:
        assert each.amount_minor > 0 or each.promotion_id in given
        assert by_id[each.promotion_id] in shop.open


@settings(max_examples=200)
@given(shop=edge_shops(), data=st.data())
def test_any_further_candidate_never_raises_the_payable(shop, data) -> None:
    """PR-9 with candidates of every stage."""
    more = data.draw(edge_promotion("P9", shop.lines))
    after = replace(shop, promotions=[*shop.promotions, more])
    assert after.quote().totals.payable_minor <= shop.quote().totals.payable_minor


@settings(max_examples=200)
@given(shop=edge_shops(), data=st.data())
def test_neither_order_names_nor_splitting_of_lines_matters(shop, data) -> None:
    """PR-4, PR-5 and PR-6 with floors that bind: fair to the unit, not to the line."""
    before = shop.quote()
    names = data.draw(st.permutations([f"N{i}" for i in range(len(shop.lines))]))
    renamed = [replace(line, id=name) for line, name in zip(shop.lines, names, strict=True)]
    moved = data.draw(st.permutations(renamed))
    line = data.draw(st.sampled_from(moved))
    if line.quantity > 1:
        moved = [each for each in moved if each is not line]
        moved += [replace(line, quantity=line.quantity - 1), replace(line, id="M", quantity=1)]
    promotions = data.draw(st.permutations(shop.promotions))
    after = replace(shop, lines=moved, promotions=promotions).quote()
    assert _essence(after) == _essence(before)


@settings(max_examples=200)
@given(
    pieces=st.lists(st.tuples(st.sampled_from("xyz"), st.integers(1, 4)), min_size=2, max_size=5),
    amount=st.integers(1, 299),
    data=st.data(),
)
def test_every_cent_lies_where_it_did_when_lines_are_split_and_joined(pieces, amount, data) -> None:
    """PR-6: an amount is spread over classes of equal units, so how they are lined up is nothing.

    One line for each SKU, against the same units in the lines drawn and then in other ones.
    """
    prices = {"x": 99, "y": 100, "z": 151}
    off = rules.promotion("O", rules.amount_off(amount))

    def essence(lined: list) -> list:
        lines = [
            rules.line(f"L{i}", prices[sku], n, sku_id=sku) for i, (sku, n) in enumerate(lined)
        ]
        return _essence(rules.quote(lines, off))

    joined = [(sku, sum(n for s, n in pieces if s == sku)) for sku in {s: 0 for s, _ in pieces}]
    assert essence(pieces) == essence(joined) == essence(data.draw(st.permutations(pieces)))


@settings(max_examples=200)
@given(shop=edge_shops(), price=st.integers(0, 300))
def test_a_unit_outside_every_scope_changes_no_discount(shop, price) -> None:
    """PR-7 with promotions of item stages and gifts."""
    promotions = [p for p in shop.promotions if _has_bounds(p)]
    before = replace(shop, promotions=promotions).quote()
    lines = [*shop.lines, rules.line("Z", price)]
    after = replace(shop, lines=lines, promotions=promotions).quote()
    assert after.totals.payable_minor == before.totals.payable_minor + price
    nets = dict(reference.unit_nets(after))
    assert all(nets[key] == net for key, net in reference.unit_nets(before))
    assert rules.applied(after) == rules.applied(before)


@settings(max_examples=200)
@given(
    shop=edge_shops(actions=("amount_off_unit", "percent_off_unit", "amount_off", "percent_off"))
)
def test_priorities_do_not_matter_where_all_stack_and_no_floor_binds(shop) -> None:
    """PR-12 with discounts on units and percentages."""
    lines = [replace(line, floor_minor=0, blocks=()) for line in shop.lines]

    def made(sign: int) -> list:
        return [
            replace(
                p,
                priority=sign * number,
                rule=replace(p.rule, stack=replace(p.rule.stack, **LOOSE), max_discount_minor=None),
            )
            for number, p in enumerate(shop.promotions)
        ]

    one, other = (rules.quote(lines, *made(sign), customer=SHOPPER) for sign in (1, -1))
    capped = any(each.capped_minor for each in (*one.applied, *other.applied))
    if not capped and "DOMINATED" not in {*rules.reasons(one).values()}:
        assert rules.applied(one) == rules.applied(other)
    assert one.totals.payable_minor == other.totals.payable_minor


@settings(max_examples=200)
@given(shop=edge_shops(actions=("addon",), most=1), more=st.integers(1, 3))
def test_addon_goods_never_help_to_their_own_threshold(shop, more) -> None:
    """PR-18: with more of the goods it sells cheaper, an add-on offer is as short as before."""
    (offer,) = shop.promotions
    before = rules.reasons(shop.quote())
    if before.get(offer.id) == "THRESHOLD_NOT_MET":
        goods = [line for line in shop.lines if _is_in(line, offer.rule.scope)]
        lines = [replace(line, id=f"{line.id}+", quantity=more) for line in goods]
        after = replace(shop, lines=[*shop.lines, *lines]).quote()
        assert rules.reasons(after) == before


@settings(max_examples=200)
@given(shop=edge_shops(actions=("gift",)), short=st.integers(1, 15))
def test_gifts_never_help_to_a_threshold(shop, short) -> None:
    """PR-18: a threshold less than a gift's worth away stays out of reach, its own too."""
    lines = [replace(line, blocks=()) for line in shop.lines]
    subtotal = sum(line.list_minor * line.quantity for line in lines)
    gifts = shop.promotions[0].gifts
    lure = rules.promotion("G", rules.gift(mug=1), gifts=gifts, stack=STACKED)
    far = rules.promotion(
        "H", rules.gift(mug=1), rules.min_amount(subtotal + short), gifts=gifts, stack=STACKED
    )
    off = rules.promotion(
        "O", rules.amount_off(1), rules.min_amount(subtotal + short), stack=STACKED
    )
    answer = replace(shop, lines=lines, promotions=[lure, far, off]).quote()
    assert rules.reasons(answer)["H"] == rules.reasons(answer)["O"] == "THRESHOLD_NOT_MET"


@settings(max_examples=200)
@given(shop=edge_shops())
def test_every_candidate_has_one_verdict_and_its_numbers_are_consistent(shop) -> None:
    """PR-20, first half, with limits used up."""
    answer = shop.quote()
    told = [each.promotion_id for each in (*answer.applied, *answer.rejected)]
    assert sorted(told) == sorted(p.id for p in shop.promotions)
    spent = {p.id for p in shop.promotions if p not in shop.open}
    assert {k for k, reason in rules.reasons(answer).items() if reason == "EXHAUSTED"} == spent


@settings(max_examples=200)
@given(shop=edge_shops())
def test_taxes_of_units_add_up_on_edges_too(shop) -> None:
    """PR-17 with nets of nothing and pieces that differ by a cent."""
    answer = shop.quote()
    for line in answer.lines:
        assert sum(unit.count * unit.tax_minor for unit in line.units) == line.tax_minor
    assert sum(line.tax_minor for line in answer.lines) == answer.totals.tax_minor


@settings(max_examples=200)
@given(shop=edge_shops(most=1), short=st.sampled_from((0, 1)))
def test_a_budget_a_cent_short_of_the_saving_is_refused(shop, short) -> None:
    (offer,) = (replace(p, quota=Quota()) for p in shop.promotions)
    saved = rules.applied(replace(shop, promotions=[offer]).quote()).get(offer.id, 0)
    if saved > short:
        limited = replace(offer, quota=Quota(remaining_budget_minor=saved - short))
        answer = replace(shop, promotions=[limited]).quote()
        assert rules.reasons(answer) == ({offer.id: "BUDGET"} if short else {})


@settings(max_examples=200)
@given(one=edge_shops(most=3, actions=APART), other=edge_shops(most=3, actions=APART))
def test_carts_that_share_nothing_cost_together_what_they_cost_apart(one, other) -> None:
    """PR-19: payable, applied set and every unit, by quoting alone and side by side."""
    left, right = _apart(one, "a"), _apart(other, "b")
    whole = EdgeShop(
        [*left.lines, *right.lines], [*left.promotions, *right.promotions], 10_000, 0
    ).quote()
    parts = [left.quote(), right.quote()]
    assert whole.totals.payable_minor == sum(each.totals.payable_minor for each in parts)
    assert rules.applied(whole) == rules.applied(parts[0]) | rules.applied(parts[1])
    assert sorted(reference.unit_nets(whole)) == sorted(
        net for each in parts for net in reference.unit_nets(each)
    )


def _apart(shop: EdgeShop, side: str) -> EdgeShop:
    """The shop with goods, names and rules of its own, all of which share."""
    scope = Scope(included=(("categories", (side,)),))
    lines = [
        replace(line, id=side + line.id, sku_id=side + line.sku_id, categories=frozenset({side}))
        for line in shop.lines
    ]
    promotions = [
        replace(
            p,
            id=side + p.id,
            rule=replace(
                p.rule,
                scope=scope,
                thresholds=tuple(replace(t, scope=None) for t in p.rule.thresholds),
                stack=replace(p.rule.stack, **LOOSE),
            ),
        )
        for p in shop.promotions
    ]
    return EdgeShop(lines, promotions, 10_000, 0)


LOOSE = {"exclusive": "none", "groups": (), "in_stage": "stack", "across": "stack", "not_with": ()}


def _has_bounds(promotion) -> bool:
    """Whether goods of no category are outside everything the promotion looks at."""
    rule = promotion.rule
    scopes = [rule.scope, *(t.scope for t in rule.thresholds if t.scope)]
    return all(scope.included for scope in scopes) and rule.action.type != "addon"


def _is_in(line, scope) -> bool:
    return not scope.included or any(set(names) & line.categories for _, names in scope.included)


def _essence(answer) -> tuple:
    """What must be the same however lines are cut and called."""
    units = sorted(
        (line.sku_id, unit.net_minor)
        for line in answer.lines
        for unit in line.units
        for _ in range(unit.count)
    )
    return answer.totals.payable_minor, sorted(rules.applied(answer)), units
