"""Which ways to pay an order may use, as pure rules."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import MethodEffect, TenderKind
from app.services.payments.engine.method_rules import MethodRule, refusals
from app.services.payments.engine.routing import Sale, SaleLine

TEA, POTS, DRINKS = UUID(int=1), UUID(int=2), UUID(int=3)
CHANNEL = UUID(int=9)
SALE = Sale(
    currency="CNY",
    channel_id=CHANNEL,
    region=("CN", "广东省", "深圳市", "南山区"),
    tier="gold",
    lines=(
        SaleLine(id="a", amount_minor=1, categories=frozenset({TEA, DRINKS}), product_id=TEA),
        SaleLine(id="b", amount_minor=1, categories=frozenset({POTS}), product_id=POTS),
    ),
    delivery="standard",
)
CASH = TenderKind.CASH_ON_DELIVERY


def rule(effect: MethodEffect = MethodEffect.REFUSE, **conditions: Any) -> MethodRule:
    return MethodRule(id=UUID(int=5), name="no", method=CASH, effect=effect, **conditions)


CONDITIONS = [
    ("region", {"regions": ("CN/广东省",)}, {"regions": ("CN/广东", "US")}),
    ("amount", {"min_minor": 100, "max_minor": 100}, {"min_minor": 101}),
    ("amount", {"max_minor": 100}, {"max_minor": 99}),
    ("currency", {"currency": "CNY"}, {"currency": "USD"}),
    ("tier", {"tiers": ("gold", "silver")}, {"tiers": ("silver",)}),
    ("delivery", {"deliveries": ("standard",)}, {"deliveries": ("pickup",)}),
    ("channel", {"channel_ids": frozenset({CHANNEL})}, {"channel_ids": frozenset({TEA})}),
    ("category", {"category_ids": frozenset({DRINKS, POTS})}, {"category_ids": frozenset()}),
]


@pytest.mark.parametrize(("name", "holding", "other"), CONDITIONS)
def test_a_condition_refuses_where_it_holds(name: str, holding: Any, other: Any) -> None:
    [reason] = refusals([rule(**holding)], CASH, SALE, 100)
    assert reason["because"] == [name]
    if other != {"category_ids": frozenset()}:
        assert refusals([rule(**other)], CASH, SALE, 100) == []
        [reason] = refusals([rule(MethodEffect.ONLY, **other)], CASH, SALE, 100)
        assert reason["because"] == [name]
    assert refusals([rule(MethodEffect.ONLY, **holding)], CASH, SALE, 100) == []


def test_one_good_is_enough_to_refuse_and_not_to_allow() -> None:
    tea = frozenset({TEA})
    assert refusals([rule(category_ids=tea)], CASH, SALE, 1)
    [reason] = refusals([rule(MethodEffect.ONLY, category_ids=tea)], CASH, SALE, 1)
    assert reason["because"] == ["category"]


def test_every_rule_says_why() -> None:
    rules = [rule(), rule(MethodEffect.ONLY, tiers=("silver",), currency="USD"), rule(tiers=("x",))]
    found = refusals(rules, CASH, SALE, 1)
    assert [each["because"] for each in found] == [[], ["currency", "tier"]]
    assert refusals(rules, TenderKind.BALANCE, SALE, 1) == []


@given(
    st.sets(st.sampled_from([index for index, _ in enumerate(CONDITIONS[:-1])])),
    st.sets(st.sampled_from([index for index, _ in enumerate(CONDITIONS[:-1])])),
    st.integers(0, 200),
)
def test_what_is_refused_here_is_allowed_elsewhere(
    holding: set[int], other: set[int], payable: int
) -> None:
    """The same conditions refuse or allow: exactly one of the two effects speaks."""
    said: dict[str, Any] = {}
    for index in holding:
        said |= CONDITIONS[index][1]
    for index in other:
        said |= CONDITIONS[index][2]
    refused = refusals([rule(**said)], CASH, SALE, payable)
    only = refusals([rule(MethodEffect.ONLY, **said)], CASH, SALE, payable)
    assert bool(refused) != bool(only)
