"""Configuration that is refused, and where the refusal points."""

import pytest

from app.services.promotions.engine import InvalidConfig, parse_rule

from . import rules

OFF = rules.amount_off(100)


def ladder(*tiers, **more):
    return {"action": {"type": "ladder", "tiers": list(tiers), **more}}


def conditions(*items):
    return {"action": OFF, "condition": {"all": list(items)}}


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ([], ""),
        ({}, "/action"),
        ({"action": None}, "/action"),
        ({"action": 5}, "/action"),
        ({"action": {}}, "/action/type"),
        ({"action": {"type": "magic"}}, "/action/type"),
        ({"action": OFF, "a/b~c": 1}, "/a~1b~0c"),
        ({"action": OFF | {"cap": 1}}, "/action/cap"),
        ({"action": rules.amount_off(0)}, "/action/amount_minor"),
        ({"action": rules.amount_off(-5)}, "/action/amount_minor"),
        ({"action": rules.amount_off("5")}, "/action/amount_minor"),
        ({"action": rules.amount_off(1.5)}, "/action/amount_minor"),
        ({"action": rules.amount_off(True)}, "/action/amount_minor"),
        ({"action": rules.amount_off(10**15 + 1)}, "/action/amount_minor"),
        ({"action": {"type": "amount_off"}}, "/action/amount_minor"),
        ({"action": rules.percent_off(10_001)}, "/action/rate_bps"),
        ({"action": rules.percent_off(100, 0)}, "/action/cap_minor"),
        ({"action": rules.each(0, 5)}, "/action/every_minor"),
        ({"action": rules.each(100, 101)}, "/action/off_minor"),
        ({"action": rules.each(100, 10, 0)}, "/action/max_times"),
        (ladder(), "/action/tiers"),
        ({"action": {"type": "ladder", "tiers": 3}}, "/action/tiers"),
        (ladder(1), "/action/tiers/0"),
        (ladder({"min": 100, "off_minor": 5}, by="weight"), "/action/by"),
        (ladder({"min": 0, "off_minor": 5}), "/action/tiers/0/min"),
        (ladder({"min": 100}), "/action/tiers/0/off_minor"),
        (ladder({"min": 100, "off_minor": 5, "off_bps": 5}), "/action/tiers/0/off_minor"),
        (ladder({"min": 100, "off_bps": 10_001}), "/action/tiers/0/off_bps"),
        (ladder({"min": 100, "off_minor": 5, "x": 1}), "/action/tiers/0/x"),
        (
            ladder({"min": 100, "off_minor": 5}, {"min": 100, "off_minor": 6}),
            "/action/tiers/1/min",
        ),
        (ladder({"min": 100, "off_minor": 5}, {"min": 200, "off_minor": 4}), "/action/tiers/1"),
        (ladder({"min": 100, "off_bps": 5}, {"min": 200, "off_bps": 4}), "/action/tiers/1"),
        (ladder({"min": 100, "off_minor": 5}, {"min": 200, "off_bps": 5}), "/action/tiers/1"),
        (conditions({"type": "moon"}), "/condition/all/0/type"),
        (conditions(rules.min_amount(-1)), "/condition/all/0/amount_minor"),
        (conditions(rules.min_amount(1, on="net")), "/condition/all/0/on"),
        (conditions(rules.min_amount(1, scope={"sku": []})), "/condition/all/0/scope/sku"),
        (conditions(rules.min_amount(1), rules.min_quantity(0)), "/condition/all/1/quantity"),
        (conditions({"type": "customer_tags"}), "/condition/all/0/any"),
        (conditions({"type": "nth_order"}), "/condition/all/0/n"),
        (conditions({"type": "nth_order", "n": 101}), "/condition/all/0/n"),
        (conditions({"type": "first_order", "n": 1}), "/condition/all/0/n"),
        (conditions({"type": "channel", "channels": []}), "/condition/all/0/channels"),
        ({"action": OFF, "condition": {"any": []}}, "/condition/any"),
        ({"action": OFF, "scope": {"skus": "TEA"}}, "/scope/skus"),
        ({"action": OFF, "scope": {"skus": ["TEA", ""]}}, "/scope/skus/1"),
        ({"action": OFF, "scope": {"skus": [7]}}, "/scope/skus/0"),
        ({"action": OFF, "stack": {"exclusive": "all"}}, "/stack/exclusive"),
        ({"action": OFF, "stack": {"in_stage": "maybe"}}, "/stack/in_stage"),
        ({"action": OFF, "stack": {"across": ["checkout"]}}, "/stack/across"),
        ({"action": OFF, "stack": {"scope": "unit"}}, "/stack/scope"),
        ({"action": OFF, "stack": {"friends": []}}, "/stack/friends"),
        ({"action": OFF, "limits": {"max_discount_minor": 0}}, "/limits/max_discount_minor"),
        ({"action": OFF, "limits": {"max": 1}}, "/limits/max"),
    ],
)
def test_bad_config_is_refused_where_it_is_bad(config, pointer) -> None:
    with pytest.raises(InvalidConfig) as refusal:
        parse_rule("order", config)
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("stage", ["item", "shipping"])
def test_stages_take_their_own_actions_only(stage) -> None:
    with pytest.raises(InvalidConfig, match="not an action of stage") as refusal:
        parse_rule(stage, {"action": OFF})
    assert refusal.value.pointer == "/action/type"


def test_stages_are_those_of_the_store() -> None:
    with pytest.raises(InvalidConfig) as refusal:
        parse_rule("coupon_shop", {"action": OFF}, stages=("coupon",))
    assert refusal.value.pointer == "/stage"
    assert parse_rule("coupon_shop", {"action": OFF}, stages=("coupon_shop", "coupon"))


def test_a_store_may_have_any_stage_of_a_known_family() -> None:
    assert parse_rule("coupon_shop", {"action": OFF, "stack": {"across": ["item_first"]}})
    for stage, across in (("price", []), ("order", ["prices"])):
        with pytest.raises(InvalidConfig):
            parse_rule(stage, {"action": OFF, "stack": {"across": across}})


def test_defaults_and_digest() -> None:
    bare = parse_rule("order", {"action": OFF})
    assert bare.stack.is_default
    assert (bare.gates, bare.thresholds, bare.max_discount_minor) == ((), (), None)
    assert bare.digest == parse_rule("coupon", {"action": dict(reversed(OFF.items()))}).digest
    assert bare.digest != parse_rule("order", {"action": rules.amount_off(101)}).digest
