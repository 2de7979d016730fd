"""Why a promotion was not applied: every reason with its numbers."""

from datetime import timedelta

import pytest

from app.services.promotions.engine import Coupon, Customer, Quota

from . import rules

HOUR = timedelta(hours=1)
OFF = rules.amount_off(1_000)
TEA = rules.line("TEA", 10_000, categories=frozenset({"drinks"}))
ADA = Customer("ada", tags=frozenset({"vip"}), orders_count=1)


def tags(**names):
    return {"type": "customer_tags"} | names


@pytest.mark.parametrize(
    ("candidate", "context", "reason", "detail"),
    [
        (rules.promotion("P", OFF, is_active=False), {}, "NOT_ACTIVE", {}),
        (rules.promotion("P", OFF, starts_at=rules.NOON + HOUR), {}, "NOT_ACTIVE", {}),
        (rules.promotion("P", OFF, ends_at=rules.NOON), {}, "NOT_ACTIVE", {}),
        (
            rules.coupon("P", OFF, coupon=Coupon("c1", valid_to=rules.NOON)),
            {},
            "NOT_ACTIVE",
            {"coupon_id": "c1"},
        ),
        (
            rules.promotion("P", OFF, channel_ids=frozenset({"pos"})),
            {"channel_id": "app"},
            "CHANNEL",
            {},
        ),
        (
            rules.promotion("P", OFF, {"type": "channel", "channels": ["pos"]}),
            {"channel_id": "app"},
            "CHANNEL",
            {},
        ),
        (rules.promotion("P", OFF, currency="JPY"), {}, "CHANNEL", {"currency": "JPY"}),
        (rules.coupon("P", OFF, coupon=None), {}, "CODE_REQUIRED", {}),
        (
            rules.coupon("P", OFF, coupon=Coupon("c1", is_available=False)),
            {},
            "EXHAUSTED",
            {"coupon_id": "c1"},
        ),
        (
            rules.promotion("P", OFF, quota=Quota(remaining_uses=0)),
            {},
            "EXHAUSTED",
            {"remaining_uses": 0},
        ),
        (
            rules.promotion("P", OFF, quota=Quota(uses_per_customer=2, customer_uses=2)),
            {"customer": ADA},
            "EXHAUSTED",
            {"uses_per_customer": 2},
        ),
        (
            rules.promotion("P", OFF, quota=Quota(uses_per_customer=2)),
            {},
            "IDENTITY_REQUIRED",
            {"uses_per_customer": 2},
        ),
        (
            rules.promotion("P", OFF, {"type": "first_order"}),
            {},
            "IDENTITY_REQUIRED",
            {"condition": "first_order"},
        ),
        (
            rules.promotion("P", OFF, {"type": "first_order"}),
            {"customer": ADA},
            "CUSTOMER_NOT_ELIGIBLE",
            {"condition": "first_order"},
        ),
        (
            rules.promotion("P", OFF, {"type": "nth_order", "n": 3}),
            {"customer": ADA},
            "CUSTOMER_NOT_ELIGIBLE",
            {"condition": "nth_order"},
        ),
        (
            rules.promotion("P", OFF, tags(any=["staff"])),
            {"customer": ADA},
            "CUSTOMER_NOT_ELIGIBLE",
            {"condition": "customer_tags"},
        ),
        (
            rules.promotion("P", OFF, tags(none=["vip"])),
            {"customer": ADA},
            "CUSTOMER_NOT_ELIGIBLE",
            {"condition": "customer_tags"},
        ),
        (
            rules.promotion("P", OFF, quota=Quota(remaining_budget_minor=0)),
            {},
            "BUDGET",
            {"remaining_minor": 0},
        ),
        (
            rules.promotion("P", OFF, quota=Quota(remaining_budget_minor=999)),
            {},
            "BUDGET",
            {"needed_minor": 1_000, "remaining_minor": 999},
        ),
        (rules.promotion("P", OFF, scope={"skus": ["CUP"]}), {}, "NO_MATCHING_ITEMS", {}),
        (
            rules.promotion("P", OFF, scope={"exclude_categories": ["drinks"]}),
            {},
            "NO_MATCHING_ITEMS",
            {},
        ),
        (
            rules.promotion("P", OFF, rules.min_amount(10_001)),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_minor": 1},
        ),
        (
            rules.promotion("P", OFF, rules.min_amount(10_002, on="list")),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_minor": 2},
        ),
        (
            rules.promotion("P", OFF, rules.min_quantity(3)),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_quantity": 2},
        ),
        (
            rules.promotion("P", OFF, rules.min_amount(12_000), rules.min_quantity(2)),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_minor": 2_000, "missing_quantity": 1},
        ),
        (
            rules.item("P", rules.bxgy(1, 1, get_scope={"skus": ["A"]})),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_quantity": 1},
        ),
        (
            rules.promotion("P", rules.ladder((15_000, 1)), rules.min_amount(12_000)),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_minor": 5_000},
        ),
        (
            rules.promotion("P", rules.each(20_000, 1)),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_minor": 10_000},
        ),
        (
            rules.promotion("P", OFF, rules.min_amount(1, scope={"skus": ["CUP"]})),
            {},
            "THRESHOLD_NOT_MET",
            {"missing_minor": 1},
        ),
        (rules.promotion("P", OFF), {"max_discount_bps": 0}, "ZERO_EFFECT", {}),
    ],
)
def test_reasons_of_a_promotion_alone(candidate, context, reason, detail) -> None:
    answer = rules.quote([TEA], candidate, **context)
    assert rules.reasons(answer) == {"P": reason}
    assert rules.detail(answer, "P") == detail
    assert answer.totals.payable_minor == 10_000


@pytest.mark.parametrize(
    ("candidate", "context"),
    [
        (rules.promotion("P", OFF, starts_at=rules.NOON, ends_at=rules.NOON + HOUR), {}),
        (rules.promotion("P", OFF, {"type": "nth_order", "n": 2}), {"customer": ADA}),
        (rules.promotion("P", OFF, {"type": "first_order"}), {"customer": Customer("new")}),
        (rules.promotion("P", OFF, tags(any=["vip", "staff"])), {"customer": ADA}),
        (rules.promotion("P", OFF, tags(none=["staff"])), {}),
        (
            rules.promotion("P", OFF, {"type": "channel", "channels": ["app"]}),
            {"channel_id": "app"},
        ),
        (rules.promotion("P", OFF, channel_ids=frozenset({"app"})), {"channel_id": "app"}),
        (rules.promotion("P", OFF, currency="CNY"), {}),
        (rules.promotion("P", OFF, rules.min_amount(10_000)), {}),
        (rules.promotion("P", OFF, rules.min_quantity(1)), {}),
        (rules.promotion("P", OFF, quota=Quota(1, 1_000, 1, 0)), {"customer": ADA}),
        (rules.coupon("P", OFF), {}),
        (rules.promotion("P", OFF, scope={"categories": ["drinks"]}), {}),
    ],
)
def test_what_is_just_enough(candidate, context) -> None:
    answer = rules.quote([TEA], candidate, **context)
    assert rules.applied(answer) == {"P": 1_000}
    assert answer.rejected == ()


def test_a_code_nobody_entered_is_not_given_away() -> None:
    answer = rules.quote([TEA], rules.coupon("P", OFF, coupon=None))
    assert (answer.rejected[0].coupon_id, answer.rejected[0].code) == (None, None)
