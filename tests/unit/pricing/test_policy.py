"""Floors out of cost and margin, and stages a shop may have, worked by hand."""

import pytest

from app.core.enums.pricing import ShippingTax
from app.services.pricing.engine import Policy, TaxMode, floor_minor, stages_fault


@pytest.mark.parametrize(
    ("explicit", "cost", "margin_bps", "inclusive", "exclusive"),
    [
        (None, None, 2_000, 0, 0),
        (500, None, 2_000, 500, 500),
        (None, 8_000, None, 0, 0),
        # 80.00 / (1 - 20 %) = 100.00, and 13 % tax on top where prices contain it.
        (None, 8_000, 2_000, 11_300, 10_000),
        (None, 8_000, 0, 9_040, 8_000),
        # 80.01 / 0.8 = 100.0125 and 113.014…: both up, or the margin would be missed.
        (None, 8_001, 2_000, 11_302, 10_002),
        (12_000, 8_000, 2_000, 12_000, 12_000),
        (9_000, 8_000, 2_000, 11_300, 10_000),
        (None, 0, 9_999, 0, 0),
    ],
)
def test_the_floor_keeps_the_margin(explicit, cost, margin_bps, inclusive, exclusive) -> None:
    found = [
        floor_minor(
            Policy(min_margin_bps=margin_bps),
            explicit_minor=explicit,
            cost_minor=cost,
            tax_rate_bps=1_300,
            tax_mode=mode,
        )
        for mode in (TaxMode.INCLUSIVE, TaxMode.EXCLUSIVE)
    ]
    assert found == [inclusive, exclusive]


@pytest.mark.parametrize(
    ("shipping_tax", "goods", "rate_bps"),
    [
        (ShippingTax.NONE, [600, 1_300], 0),
        (ShippingTax.FIXED, [600, 1_300], 900),
        (ShippingTax.HIGHEST, [600, 1_300, 0], 1_300),
        (ShippingTax.HIGHEST, [], 0),
    ],
)
def test_the_tax_of_sending(shipping_tax, goods, rate_bps) -> None:
    policy = Policy(shipping_tax=shipping_tax, shipping_tax_bps=900)
    assert policy.shipping_rate_bps(goods) == rate_bps


@pytest.mark.parametrize(
    "stages",
    [
        ("item", "order", "coupon", "shipping"),
        ("item", "order", "coupon_shop", "coupon_platform", "shipping"),
        ("item_first", "item", "order", "shipping"),
        ("coupon",),
    ],
)
def test_stages_may_be_inserted(stages) -> None:
    assert stages_fault(stages) is None


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        ((), "from one to 12"),
        (("order", "item"), "order item, order, coupon, shipping"),
        (("coupon", "order_late"), "in the order"),
        (("item", "item"), "twice"),
        (("price",), "price is no stage"),
        (("coupon_",), "no stage"),
        (("coupon_Shop",), "no stage"),
        (tuple(f"item_{n}" for n in range(13)), "from one to 12"),
        (("item_" + "a" * 28,), "no stage"),
    ],
)
def test_stages_no_price_could_go_through_are_refused(stages, fault) -> None:
    assert fault in (stages_fault(stages) or "")
