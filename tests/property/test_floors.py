"""Promotions on groups where floors, the cap of the store or their own limits leave them little."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.property import reference
from tests.property.edge_strategies import Draw, EdgeShop, edge_shops
from tests.property.examples import examples
from tests.unit.promotions import rules

GROUPS = ("nth", "bxgy", "bundle_n", "bundle_fixed", "addon", "addon", "amount_off_unit")


@st.composite
def tight_shops(draw: Draw) -> EdgeShop:
    """Return a shop where goods, each SKU with pieces enough for pairs, often sell at the floor."""
    shop = draw(edge_shops(actions=GROUPS))
    price = st.sampled_from((100, 110, 150))
    goods = {sku: draw(price) for sku in "xyz"}
    floors = {sku: draw(st.sampled_from((0, goods[sku], goods[sku] - 1))) for sku in "xyz"}
    lines = [
        rules.line(
            f"L{sku}",
            goods[sku],
            draw(st.integers(1, 2)),
            sku_id=sku,
            floor_minor=floors[sku],
            categories=frozenset(draw(st.sampled_from(("a", "b", "ab")))),
        )
        for sku in "xyz"
    ]
    return replace(shop, lines=lines, max_discount_bps=10_000)


@examples(300)
@given(shop=tight_shops())
def test_the_choice_among_groups_is_the_best_of_all_sets(shop: EdgeShop) -> None:
    """PR-8, per unit and with the same tie-breaks."""
    answer = shop.quote()
    best = reference.best(shop.lines, shop.open, shop.max_discount_bps, shop.fee)
    assert (
        answer.totals.payable_minor,
        sorted(rules.applied(answer)),
        reference.by_line(reference.unit_nets(answer)),
    ) == best


@examples(300)
@given(shop=tight_shops())
def test_what_was_applied_costs_the_same_without_the_rest(shop: EdgeShop) -> None:
    """PR-15: what has no effect has none on others either."""
    answer = shop.quote()
    used = [p for p in shop.promotions if p.id in rules.applied(answer)]
    again = replace(shop, promotions=used).quote()
    assert again.quote_hash == answer.quote_hash
    assert again.lines == answer.lines
