"""Laws of the bounds the search relies on."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.pricing.engine import PriceContext, price_lines
from app.services.promotions.engine.actions import ACTIONS, Kind, read_action
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.groups import piles_of
from app.services.promotions.engine.reading import Node
from tests.property.examples import examples
from tests.property.item_strategies import group_actions
from tests.property.rule_strategies import amounts_near, carts
from tests.unit.promotions import rules


@examples(300)
@given(lines=carts(most_lines=5, is_plain=True), data=st.data())
def test_no_group_saves_more_than_its_units_parts(lines, data) -> None:
    near = data.draw(amounts_near(lines, {}))
    promotion = rules.item("P", data.draw(group_actions(lines, near)))
    board = Board(price_lines(lines, PriceContext(rules.NOON)), 10_000)
    candidate = Candidate(0, promotion, 0, board)
    action = candidate.action
    pools = piles_of(candidate, board)
    parts: dict[int, int] = {}
    for ref, most in action.bounds(pools):
        parts[ref] = max(parts.get(ref, 0), most)
    for group in action.form(pools):
        bound = sum(part.count * parts.get(part.pile.ref, 0) for part in group.parts)
        assert group.off_minor <= bound


AMOUNTS = st.sampled_from(
    (
        {"type": "amount_off", "amount_minor": 70},
        {"type": "percent_off", "rate_bps": 1_234, "cap_minor": 90},
        {"type": "percent_off", "rate_bps": 3_333},
        {"type": "each", "every_minor": 100, "off_minor": 30, "max_times": 3},
        {"type": "ladder", "tiers": [{"min": 50, "off_minor": 5}, {"min": 300, "off_minor": 60}]},
        {"type": "ladder", "tiers": [{"min": 50, "off_bps": 500}, {"min": 300, "off_bps": 900}]},
    )
)


@examples(300)
@given(raw=AMOUNTS, low=st.integers(0, 1_200), more=st.integers(0, 500))
def test_a_discount_falls_no_faster_than_its_slope(raw, low, more) -> None:
    action = read_action(Node(raw), "order")
    high = low + more
    slope = action.slope_bps(low, high, 3)
    if slope is not None:
        for base in range(low, high + 1, max(1, more // 7)):
            fallen = action.off_minor(high, 3) - action.off_minor(base, 3)
            assert 0 <= fallen <= slope * (high - base) / 10_000 + 1


def test_every_kind_of_group_is_among_the_generated() -> None:
    grouping = {name for name, action in ACTIONS.items() if action.kind is Kind.GROUP}
    assert grouping == {"nth", "bxgy", "bundle_n", "bundle_fixed", "addon"}
