"""Laws every quote obeys, whatever the rules."""

import copy
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.services.pricing.engine import PriceOption, TaxMode, TaxScope
from app.services.promotions.engine import Cart, Quote, quote
from tests.property import reference
from tests.property.examples import examples
from tests.property.missing_goods import goods_for
from tests.property.rule_strategies import carts, offers, shops
from tests.unit.promotions import rules

SHIPPING = st.sampled_from((0, 1, 1_200))
MODES = st.sampled_from(tuple(TaxMode))
FEW = examples(100)


@FEW
@given(shop=shops(), shipping_minor=SHIPPING, mode=MODES)
def test_every_cent_is_accounted_for(shop, shipping_minor, mode) -> None:
    """PR-1, PR-2 and PR-3."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions, shipping_minor=shipping_minor, tax_mode=mode)
    floors = {line.id: min(line.floor_minor, line.list_minor) for line in lines}
    by_promotion: dict[str, int] = {}
    for line in answer.lines:
        assert sum(unit.count for unit in line.units) == line.quantity
        assert sum(unit.count * unit.net_minor for unit in line.units) == line.net_minor
        assert line.goods_minor - line.discount_minor == line.net_minor
        for unit in line.units:
            assert floors[line.line_id] <= unit.net_minor <= unit.price_minor
            assert unit.price_minor - sum(a for _, a in unit.discounts) == unit.net_minor
            for key, amount in unit.discounts:
                assert amount > 0
                by_promotion[key] = by_promotion.get(key, 0) + amount * unit.count
    totals = answer.totals
    fees = {a.promotion_id: a.amount_minor for a in answer.applied if a.stage == "shipping"}
    assert sum(fees.values()) == totals.shipping_discount_minor
    assert totals.shipping_minor == shipping_minor - totals.shipping_discount_minor >= 0
    given = {gift.promotion_id: 0 for gift in answer.gifts}
    assert by_promotion | fees | given == rules.applied(answer)
    for each in answer.applied:
        assert each.amount_minor > 0 or each.promotion_id in given
        if each.stage != "shipping":
            assert sum(dict(each.by_line).values()) == each.amount_minor
    tax = totals.tax_minor if mode == TaxMode.EXCLUSIVE else 0
    assert totals.net_minor == sum(line.net_minor for line in answer.lines)
    assert totals.payable_minor == totals.net_minor + totals.shipping_minor + tax


@FEW
@given(shop=shops(), data=st.data())
def test_the_order_of_lines_and_promotions_does_not_matter(shop, data) -> None:
    """PR-4: the whole answer is the same, byte for byte."""
    lines, promotions = shop
    moved = rules.quote(data.draw(st.permutations(lines)), *data.draw(st.permutations(promotions)))
    assert moved.to_dict() == rules.quote(lines, *promotions).to_dict()


@FEW
@given(shop=shops(is_plain=True), data=st.data())
def test_line_ids_do_not_matter(shop, data) -> None:
    """PR-5."""
    lines, promotions = shop
    names = data.draw(st.permutations([f"N{i}" for i in range(len(lines))]))
    renamed = [replace(line, id=name) for line, name in zip(lines, names, strict=True)]
    assert _essence(rules.quote(renamed, *promotions)) == _essence(rules.quote(lines, *promotions))


@FEW
@given(shop=shops(is_plain=True), data=st.data())
def test_splitting_a_line_does_not_matter(shop, data) -> None:
    """PR-6, with a flash price of which few are left and a quantity price."""
    lines, promotions = shop
    quota = data.draw(st.sampled_from((None, 1, 2)))
    lines = [
        replace(
            line,
            prices=(
                PriceOption("flash", line.list_minor // 2, quota=quota),
                PriceOption("quantity", line.list_minor * 3 // 4, min_quantity=3),
            ),
        )
        for line in lines
    ]
    line = data.draw(st.sampled_from(lines))
    split = [
        replace(each, quantity=each.quantity - (each is line))
        for each in lines
        if each is not line or each.quantity > 1
    ]
    split.append(replace(line, id="L0a", quantity=1))
    assert _essence(rules.quote(split, *promotions)) == _essence(rules.quote(lines, *promotions))


@FEW
@given(lines=carts(), data=st.data(), price=st.integers(0, 5_000))
def test_a_unit_outside_every_scope_costs_its_price(lines, data, price) -> None:
    """PR-7."""
    scopes = ({"categories": ["a"]}, {"categories": ["b"]}, {"categories": ["a", "b"]})
    promotions = data.draw(offers(lines, scopes=scopes))
    before = rules.quote(lines, *promotions)
    after = rules.quote([*lines, rules.line("Z", price)], *promotions)
    assert after.totals.payable_minor == before.totals.payable_minor + price
    nets = dict(reference.unit_nets(after))
    assert all(nets[key] == net for key, net in reference.unit_nets(before))


@FEW
@given(shop=shops())
def test_a_quote_is_pure_and_plain(shop) -> None:
    """PR-14: same input, same bytes; nothing mutated, everything hashable and JSON."""
    lines, promotions = shop
    cart, context = Cart(tuple(lines)), rules.context()
    kept = copy.deepcopy((cart, promotions, context))
    first, second = quote(cart, promotions, context), quote(cart, promotions, context)
    assert (cart, promotions, context) == kept
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
    assert hash(first) == hash(second)
    assert json.loads(json.dumps(first.to_dict())) == first.to_dict()


@FEW
@given(shop=shops())
def test_quoting_an_order_again_gives_its_numbers(shop) -> None:
    """PR-15: with only what was applied, the money is the same and so is its hash."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions)
    used = [p for p in promotions if p.id in rules.applied(answer)]
    again = rules.quote(lines, *used)
    assert again.quote_hash == answer.quote_hash
    assert again.lines == answer.lines


@FEW
@given(shop=shops(), mode=MODES, scope=st.sampled_from(tuple(TaxScope)), shipping_minor=SHIPPING)
def test_taxes_add_up(shop, mode, scope, shipping_minor) -> None:
    """PR-17."""
    lines, promotions = shop
    cart = Cart(tuple(lines), shipping_minor, shipping_tax_rate_bps=900)
    answer = quote(cart, promotions, rules.context(tax_mode=mode, tax_scope=scope))
    for line in answer.lines:
        assert sum(unit.count * unit.tax_minor for unit in line.units) == line.tax_minor
        assert all(0 <= unit.tax_minor <= unit.net_minor for unit in line.units)
    taxes = sum(line.tax_minor for line in answer.lines)
    assert taxes + answer.shipping_tax_minor == answer.totals.tax_minor


@FEW
@given(shop=shops())
def test_every_candidate_has_one_verdict(shop) -> None:
    """PR-20, first half; what is said to be lost by a promotion is never negative."""
    lines, promotions = shop
    answer = rules.quote(lines, *promotions)
    verdicts = [each.promotion_id for each in (*answer.applied, *answer.rejected)]
    assert sorted(verdicts) == sorted(p.id for p in promotions)
    for rejected in answer.rejected:
        detail = dict(rejected.detail)
        if rejected.reason == "EXCLUDED":
            assert detail["with_minor"] >= detail["without_minor"] == answer.totals.payable_minor
        if rejected.reason == "DOMINATED":
            assert detail["best_with_minor"] >= detail["best_without_minor"]


@FEW
@given(shop=shops(is_plain=True))
def test_goods_worth_what_is_missing_make_a_promotion_eligible(shop) -> None:
    """PR-20, second half; a cent less does not."""
    lines, promotions = shop
    for promotion in promotions:
        answer = rules.quote(lines, promotion)
        if rules.reasons(answer) != {promotion.id: "THRESHOLD_NOT_MET"}:
            continue
        missing = rules.detail(answer, promotion.id)
        pieces, amount = missing.get("missing_quantity", 0), missing.get("missing_minor", 0)
        goods = goods_for(promotion, lines, pieces, amount)
        if goods is None:
            continue
        enough = rules.quote([*lines, *goods], promotion)
        assert rules.reasons(enough).get(promotion.id) != "THRESHOLD_NOT_MET"
        if amount and not pieces:
            less = replace(goods[0], list_minor=amount - 1)
            short = rules.quote([*lines, less], promotion)
            assert rules.reasons(short) == {promotion.id: "THRESHOLD_NOT_MET"}


def _essence(answer: Quote) -> tuple:
    skus = sorted(
        (line.sku_id, unit.net_minor)
        for line in answer.lines
        for unit in line.units
        for _ in range(unit.count)
    )
    return answer.totals.payable_minor, sorted(rules.applied(answer)), skus
