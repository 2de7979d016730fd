"""Rules of reviews: what holds, and what follows from all that hold."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.order_reviews import OrderReviewAction, OrderReviewState, ReviewEffect
from app.core.ids import new_id
from app.services.orders.engine.review import (
    CONDITIONS,
    ReviewRule,
    conditions_schema,
    judge,
    problem_of,
)
from app.services.orders.engine.review_facts import (
    OrderFacts,
    VelocityScorer,
    key_of,
    problems_of,
)
from app.services.orders.engine.review_states import (
    STATES,
    IllegalOrderReviewTransition,
    OrderReviewClaimed,
    actions_of,
    follow,
    standing,
)
from tests.factories.orders import ADDRESS

CATEGORY, SKU, CHANNEL = new_id(), new_id(), new_id()
PLAIN = OrderFacts(
    payable_minor=10_000,
    currency="CNY",
    channel_id=CHANNEL,
    region=("CN", "上海市", "上海市", "黄浦区"),
    address_text="Lin 南京东路 1 号",
    methods=frozenset({"gateway"}),
    category_ids=frozenset({CATEGORY}),
    sku_ids=frozenset({SKU}),
    tier="gold",
)

# Each condition with a value, an order that meets it, and one that does not.
MEETS = {
    "min_minor": (10_000, PLAIN, replace(PLAIN, payable_minor=9_999)),
    "max_minor": (10_000, PLAIN, replace(PLAIN, payable_minor=10_001)),
    "currency": (["CNY"], PLAIN, replace(PLAIN, currency="USD")),
    "regions": (["CN/上海市"], PLAIN, replace(PLAIN, region=("CN", "上海"))),
    "region_differs": (True, replace(PLAIN, region_differs=True), PLAIN),
    "address_odd": (True, replace(PLAIN, address_problems=("odd_phone",)), PLAIN),
    "address_contains": (["转运"], replace(PLAIN, address_text="某转运仓"), PLAIN),
    "is_blacklisted": (True, replace(PLAIN, blacklisted=({"kind": "phone"},)), PLAIN),
    "min_risk_score": (50, replace(PLAIN, risk_score=50), replace(PLAIN, risk_score=49)),
    "duplicate_within_minutes": (10, replace(PLAIN, duplicate_minutes=10.0), PLAIN),
    "member_orders_per_hour": (2, replace(PLAIN, member_orders=2), PLAIN),
    "phone_orders_per_hour": (3, replace(PLAIN, phone_orders=4), PLAIN),
    "address_orders_per_hour": (2, replace(PLAIN, address_orders=2), PLAIN),
    "has_note": (True, replace(PLAIN, note="!"), replace(PLAIN, note=" ")),
    "note_contains": (["invoice"], replace(PLAIN, note="INVOICE please"), PLAIN),
    "is_first_order": (True, replace(PLAIN, is_first=True), PLAIN),
    "payment_methods": (["gateway"], PLAIN, replace(PLAIN, methods=frozenset({"points"}))),
    "category_ids": ([str(CATEGORY)], PLAIN, replace(PLAIN, category_ids=frozenset())),
    "sku_ids": ([str(SKU)], PLAIN, replace(PLAIN, sku_ids=frozenset())),
    "min_quantity": (2, replace(PLAIN, quantity=2), PLAIN),
    "channel_ids": ([str(CHANNEL)], PLAIN, replace(PLAIN, channel_id=new_id())),
    "channel_kinds": (
        ["marketplace"],
        replace(PLAIN, channel_kind="marketplace"),
        replace(PLAIN, channel_kind="storefront"),
    ),
    "sources": (["group", "phone"], replace(PLAIN, source="phone"), PLAIN),
    "kinds": (["sample"], replace(PLAIN, kind="sample"), PLAIN),
    "tiers": (["gold"], PLAIN, replace(PLAIN, tier=None)),
}


def rule(effect=ReviewEffect.HOLD, *, priority=100, conditions=None, **more):
    return ReviewRule(
        id=new_id(),
        name="r",
        reason_zh="因",
        reason_en="why",
        effect=effect,
        priority=priority,
        conditions=conditions or {},
        **more,
    )


@pytest.mark.parametrize("name", list(CONDITIONS))
def test_each_condition_tells_orders_apart(name):
    value, meets, not_so = MEETS[name]
    said = {name: value} | ({"currency": ["CNY"]} if name.endswith("_minor") else {})
    assert problem_of(said) is None
    asked = rule(conditions={name: value})
    assert asked.holds(meets)
    assert not asked.holds(not_so)
    assert asked.reason()["because"] == [name]


def test_a_duplicate_further_away_is_none():
    asked = rule(conditions={"duplicate_within_minutes": 10})
    assert not asked.holds(replace(PLAIN, duplicate_minutes=10.5))


@pytest.mark.parametrize(
    "said",
    [
        {"nothing": 1},
        {"min_minor": 1},
        {"min_minor": True, "currency": ["CNY"]},
        {"min_minor": 2, "max_minor": 1, "currency": ["CNY"]},
        {"currency": ["cny"]},
        {"currency": []},
        {"currency": "CNY"},
        {"has_note": False},
        {"has_note": 1},
        {"regions": [""]},
        {"regions": ["x" * 201]},
        {"regions": ["a\x00"]},
        {"regions": ["a"] * 101},
        {"payment_methods": ["shells"]},
        {"sku_ids": ["x"]},
        {"min_risk_score": 101},
        {"min_quantity": 1.0},
    ],
)
def test_conditions_that_do_not_fit_are_refused(said):
    assert problem_of(said) is not None


def test_the_schema_knows_every_condition():
    schema = json.loads(json.dumps(conditions_schema()))
    assert set(schema["properties"]) == set(CONDITIONS) == set(MEETS)
    assert all(each["description"] for each in schema["properties"].values())


_EFFECTS = st.lists(st.sampled_from(list(ReviewEffect)), max_size=4)


@given(_EFFECTS)
def test_the_hardest_effect_counts_whatever_the_order(effects):
    rules = [
        rule(each, priority=place, labels=(f"l{place}", "x"), order_priority=place * 10)
        for place, each in enumerate(effects)
    ]
    verdict = judge(rules, PLAIN)
    assert all(judge(each, PLAIN) == verdict for each in permutations(rules))
    if ReviewEffect.REJECT in effects:
        assert verdict.effect is ReviewEffect.REJECT
    elif ReviewEffect.HOLD in effects:
        assert verdict.effect is ReviewEffect.HOLD
    else:
        assert verdict.effect is ReviewEffect.PASS
    assert [each["effect"] for each in verdict.reasons] == [str(each) for each in effects]
    assert verdict.order_priority == max((10 * each for each in range(len(effects))), default=0)


def test_the_shortest_time_and_two_people_count():
    rules = [rule(sla_minutes=30), rule(sla_minutes=10), rule(needs_two=True)]
    verdict = judge(rules, PLAIN)
    assert (verdict.sla_minutes, verdict.needs_two) == (10, True)
    assert judge([rule(sla_minutes=1, conditions={"is_first_order": True})], PLAIN).reasons == ()


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_risk_grows_with_speed_and_stays_a_score(member, phone, is_first):
    facts = replace(PLAIN, member_orders=member, phone_orders=phone, is_first=is_first)
    risk = VelocityScorer().score(facts)
    more = VelocityScorer().score(replace(facts, member_orders=member + 1))
    assert 0 <= risk.score <= more.score <= 100
    assert risk.score == min(100, sum(risk.parts.values()))


def test_what_is_wrong_with_addresses():
    assert problems_of(ADDRESS) == ()
    assert problems_of(ADDRESS | {"street": " "}) == ("missing_street",)
    assert problems_of(ADDRESS | {"street": "1111111"}) == (
        "repeated_characters",
        "street_too_short",
    )
    assert problems_of(ADDRESS | {"street": "路😀好地方"}) == ("odd_characters",)
    assert problems_of(ADDRESS | {"recipient": "12"}) == ("recipient_is_a_number",)
    assert problems_of(ADDRESS | {"phone": "+8611111111111"}) == ("odd_phone",)
    assert problems_of(ADDRESS | {"phone": "+4930123456", "country": "DE"}) == ()
    assert key_of("南京东路 1 号, A-座") == "南京东路1号a座"


ME, OTHER = "admin:me", "admin:other"


@pytest.mark.parametrize("state", list(OrderReviewState))
@pytest.mark.parametrize("action", list(OrderReviewAction))
@pytest.mark.parametrize("claimed_by", [None, ME, OTHER])
def test_every_state_and_action(state, action, claimed_by):
    if (state is OrderReviewState.CLAIMED) != (claimed_by is not None):
        return
    if action not in STATES[state]:
        with pytest.raises(IllegalOrderReviewTransition) as refused:
            follow(state, action, claimed_by=claimed_by, actor=ME)
        assert refused.value.context["state"] == state
    elif claimed_by == OTHER and action is not OrderReviewAction.NOTE:
        with pytest.raises(OrderReviewClaimed) as claimed:
            follow(state, action, claimed_by=claimed_by, actor=ME)
        assert claimed.value.context == {"claimed_by": OTHER}
    else:
        target = follow(state, action, claimed_by=claimed_by, actor=ME)
        assert target is STATES[state][action]
        assert action in actions_of(state, claimed_by=claimed_by, actor=ME)


def test_a_claim_whose_time_is_over_is_none():
    at = datetime.now(UTC)
    claimed = OrderReviewState.CLAIMED
    assert standing(claimed, at, at) is OrderReviewState.OPEN
    assert standing(claimed, at + timedelta(seconds=1), at) is claimed
    assert standing(OrderReviewState.SECOND, None, at) is OrderReviewState.SECOND
