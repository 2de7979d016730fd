"""Promotions of item and shipping stages, and gifts, at random."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from app.services.pricing.engine import Line
from app.services.promotions.engine import GiftFact, Promotion
from tests.property import rule_strategies
from tests.unit.promotions import rules

Draw = Callable[[st.SearchStrategy[Any]], Any]

GIFTS = (GiftFact("mug", 15, 1), GiftFact("pen", 4, 2), GiftFact("gone", 90, 0))


@st.composite
def other(draw: Draw, key: str, lines: list[Line]) -> Promotion:
    """Return a promotion of an item or shipping stage, or one that gives something."""
    make = draw(st.sampled_from((item, item, item, fee, gift)))
    return draw(make(key, lines))


@st.composite
def item(draw: Draw, key: str, lines: list[Line]) -> Promotion:
    near = draw(rule_strategies.amounts_near(lines, {}))
    action = draw(st.one_of(unit_actions(), group_actions(lines, near)))
    own_scope = draw(st.sampled_from(rule_strategies.SCOPES))
    scope = draw(st.sampled_from(rule_strategies.SCOPES))
    conditions = draw(
        st.sampled_from(
            ([], [], [rules.min_amount(near)], [rules.min_amount(near, scope=own_scope)])
        )
    )
    return rules.item(
        key,
        action,
        *conditions,
        scope=scope,
        stack=draw(stacks()),
        limit=draw(st.sampled_from((None, None, None, 7, 60))),
        priority=draw(st.integers(0, 2)),
    )


@st.composite
def unit_actions(draw: Draw) -> dict[str, Any]:
    return draw(
        st.sampled_from(
            (
                rules.percent_off_unit(draw(st.sampled_from((1, 333, 1_000, 5_000, 10_000)))),
                rules.amount_off_unit(draw(st.integers(1, 120))),
                rules.fixed_price(draw(st.integers(0, 150))),
            )
        )
    )


@st.composite
def group_actions(draw: Draw, lines: list[Line], near: int) -> dict[str, Any]:
    spread = draw(st.sampled_from(("group", "target")))
    most = draw(st.sampled_from((None, None, 1)))
    rate = draw(st.sampled_from((333, 5_000, 10_000)))
    named = {line.sku_id: draw(st.integers(1, 2)) for line in lines[:2]}
    if sum(named.values()) == 1:
        named = dict.fromkeys(named, 2)
    price = draw(st.one_of(st.integers(0, 300), st.just(near)))
    get_scope = draw(st.sampled_from((None, {"categories": ["a"]}, {"categories": ["b"]})))
    more = {"spread": spread, "max_groups": most}
    return draw(
        st.sampled_from(
            (
                rules.nth(draw(st.integers(1, 3)), rate, **more),
                rules.nth(2, rate, group_by="sku", **more),
                rules.bxgy(draw(st.integers(1, 2)), 1, rate_bps=rate, **more),
                rules.bxgy(1, draw(st.integers(1, 2)), get_scope=get_scope, **more),
                rules.bundle_n(draw(st.integers(1, 3)), price, max_groups=most),
                rules.bundle_fixed(price, **named),
                rules.addon(draw(st.integers(0, 90)), draw(st.integers(1, 2))),
            )
        )
    )


@st.composite
def fee(draw: Draw, key: str, lines: list[Line]) -> Promotion:
    near = draw(rule_strategies.amounts_near(lines, {}))
    action = draw(
        st.sampled_from(
            (
                {"type": "ship_free"},
                {"type": "ship_off", "amount_minor": 500},
                {"type": "ship_percent", "rate_bps": 3_333, "cap_minor": 90},
            )
        )
    )
    conditions = draw(st.sampled_from(([], [rules.min_amount(near)])))
    stack = draw(st.sampled_from(({}, {}, {"in_stage": "stack"}, {"across": "conflict"})))
    return rules.promotion(key, action, *conditions, stage="shipping", stack=stack)


@st.composite
def gift(draw: Draw, key: str, lines: list[Line]) -> Promotion:
    near = draw(rule_strategies.amounts_near(lines, {}))
    presents = draw(st.sampled_from(({"mug": 1}, {"gone": 1, "mug": 1}, {"pen": 2}, {"gone": 1})))
    return rules.promotion(
        key,
        rules.gift(**presents),
        rules.min_amount(near),
        stack=draw(rule_strategies.stacks()),
        priority=draw(st.integers(0, 2)),
        gifts=GIFTS,
    )


def stacks() -> st.SearchStrategy[dict[str, Any]]:
    loose = {"in_stage": "stack"}
    return st.sampled_from(
        (
            {},
            {},
            {},
            loose,
            loose,
            {"in_stage": ["P0", "P1", "g"]},
            {"in_stage": "stack", "groups": ["g"]},
            {"in_stage": "stack", "not_with": ["P2"]},
            {"scope": "order"},
            {"exclusive": "stage", "in_stage": "stack"},
            {"exclusive": "order"},
            {"across": "conflict"},
        )
    )
