"""The masks of who may not meet whom say what the rules say, pair by pair."""

from hypothesis import given

from app.services.promotions.engine import broken_rule, hard_rule
from app.services.promotions.engine.compatibility import conflict_masks
from tests.property.examples import examples
from tests.property.rule_strategies import shops


@examples(200)
@given(shop=shops())
def test_masks_hold_every_pair_of_the_rules(shop) -> None:
    _, promotions = shop
    masks = conflict_masks(promotions)
    for i, one in enumerate(promotions):
        for j, two in enumerate(promotions):
            if i != j:
                is_hard = bool(hard_rule(one, two))
                is_soft = bool(broken_rule(one, two)) and not is_hard
                assert masks.hard[i] >> j & 1 == is_hard
                assert masks.soft[i] >> j & 1 == is_soft
