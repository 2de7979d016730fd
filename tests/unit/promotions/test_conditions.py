"""Every condition of the specification: what it looks at, and what it says if it does not hold."""

from datetime import UTC, datetime

import pytest

from app.services.promotions.engine import GATES, THRESHOLDS, Customer, InvalidConfig

from . import rules

TEA = rules.line("TEA", 10_000)
OFF = rules.amount_off(1_000)


def paid_by(*kinds: str, pays: str = "all"):
    return rules.coupon("C", OFF, {"type": "payment_kind", "kinds": list(kinds), "pays": pays})


def verdict(promotion, **facts):
    return rules.reasons(rules.quote([TEA], promotion, **facts)).get("C", "applied")


def test_all_conditions_of_the_specification_are_there() -> None:
    assert {*GATES, *THRESHOLDS} == {
        "min_amount",
        "min_quantity",
        "customer_tags",
        "first_order",
        "nth_order",
        "channel",
        "time_of_day",
        "payment_kind",
    }


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ({"type": "first_order"}, {"customer": Customer("lin")}, "applied"),
        ({"type": "first_order"}, {"customer": Customer("lin", orders_count=1)}, "not eligible"),
        ({"type": "first_order"}, {}, "identity"),
        ({"type": "nth_order", "n": 3}, {"customer": Customer("lin", orders_count=2)}, "applied"),
        ({"type": "nth_order", "n": 3}, {"customer": Customer("lin", orders_count=3)}, "no"),
        ({"type": "channel", "channels": ["app"]}, {"channel_id": "app"}, "applied"),
        ({"type": "channel", "channels": ["app"]}, {"channel_id": "web"}, "channel"),
        ({"type": "customer_tags", "any": ["vip"]}, {}, "no"),
        (
            {"type": "customer_tags", "any": ["vip"]},
            {"customer": Customer("lin", tags=frozenset({"vip"}))},
            "applied",
        ),
        (
            {"type": "time_of_day", "from": "20:00", "to": "21:00"},
            {"at": datetime(2026, 9, 1, 12, 59, tzinfo=UTC)},
            "applied",
        ),
        (
            {"type": "time_of_day", "from": "20:00", "to": "21:00"},
            {"at": datetime(2026, 9, 1, 13, tzinfo=UTC)},
            "closed",
        ),
    ],
)
def test_who_where_and_when(condition, facts, expected) -> None:
    told = {
        "not eligible": "CUSTOMER_NOT_ELIGIBLE",
        "no": "CUSTOMER_NOT_ELIGIBLE",
        "identity": "IDENTITY_REQUIRED",
        "channel": "CHANNEL",
        "closed": "NOT_ACTIVE",
    }
    assert verdict(rules.coupon("C", OFF, condition), **facts) == told.get(expected, expected)


def test_thresholds_count_goods_of_their_own_scope_at_entry_or_list() -> None:
    """Tea at 100.00 less 5.00 in the item stage: 95.00 at entry, 100.00 on the list."""
    less = rules.item("I", rules.amount_off_unit(500))
    goods = [TEA, rules.line("CUP", 3_000, 2, categories=frozenset({"cups"}))]

    def applies(condition) -> bool:
        promotion = rules.promotion("O", OFF, condition, scope={"skus": ["TEA"]})
        return "O" in rules.applied(rules.quote(goods, promotion, less))

    assert applies(rules.min_amount(9_500))
    assert not applies(rules.min_amount(9_501))
    assert applies(rules.min_amount(10_000, on="list"))
    assert not applies(rules.min_amount(10_001, on="list"))
    assert applies(rules.min_amount(5_000, scope={"categories": ["cups"]}))
    assert not applies(rules.min_amount(5_001, scope={"categories": ["cups"]}))
    assert not applies(rules.min_quantity(2))
    assert applies(rules.min_quantity(2, scope={"categories": ["cups"]}))


@pytest.mark.parametrize(
    ("promotion", "chosen", "expected"),
    [
        (paid_by("balance"), None, "PAYMENT_KIND"),
        (paid_by("balance"), {"balance"}, "applied"),
        (paid_by("balance"), {"balance", "gateway"}, "PAYMENT_KIND"),
        (paid_by("balance", "gift_card"), {"balance", "gift_card"}, "applied"),
        (paid_by("balance", "gift_card"), {"gift_card"}, "applied"),
        (paid_by("balance", pays="some"), {"balance", "gateway"}, "applied"),
        (paid_by("balance", pays="some"), {"gateway"}, "PAYMENT_KIND"),
    ],
)
def test_the_way_of_paying_is_unknown_until_it_is_chosen(promotion, chosen, expected) -> None:
    kinds = None if chosen is None else frozenset(chosen)
    assert verdict(promotion, payment_kinds=kinds) == expected


def test_what_is_wanted_is_told_before_the_choice_and_what_was_chosen_after() -> None:
    offer = paid_by("gift_card", "balance")
    before = rules.quote([TEA], offer)
    assert rules.detail(before, "C") == {"kinds": "balance,gift_card", "pays": "all"}
    after = rules.quote([TEA], offer, payment_kinds=frozenset({"points", "gateway"}))
    assert rules.detail(after, "C") == {
        "kinds": "balance,gift_card",
        "pays": "all",
        "chosen": "gateway,points",
    }


def test_shipping_may_wait_for_the_way_of_paying() -> None:
    free = rules.promotion(
        "S",
        {"type": "ship_free"},
        {"type": "payment_kind", "kinds": ["balance"]},
        stage="shipping",
    )
    assert rules.quote([TEA], free, shipping_minor=800).totals.shipping_minor == 800
    chosen = frozenset({"balance"})
    answer = rules.quote([TEA], free, shipping_minor=800, payment_kinds=chosen)
    assert answer.totals.shipping_minor == 0


@pytest.mark.parametrize(
    ("stage", "action"), [("item", rules.percent_off_unit(1_000)), ("order", OFF)]
)
def test_prices_of_goods_do_not_wait_for_the_way_of_paying(stage, action) -> None:
    paying = {"type": "payment_kind", "kinds": ["balance"]}
    with pytest.raises(InvalidConfig, match="no condition of stage") as refused:
        rules.promotion("P", action, rules.min_amount(1), paying, stage=stage)
    assert refused.value.pointer == "/condition/all/1/type"


@pytest.mark.parametrize("kinds", [[], ["cash"], ["balance", "alipay"]])
def test_unknown_ways_of_paying_are_refused(kinds) -> None:
    with pytest.raises(InvalidConfig, match="must name some of") as refused:
        rules.coupon("C", OFF, {"type": "payment_kind", "kinds": kinds})
    assert refused.value.pointer == "/condition/all/0/kinds"
