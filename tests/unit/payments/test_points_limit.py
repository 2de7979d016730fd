"""Why points may not pay all of an order, worked by hand."""

from uuid import UUID

from app.core.enums.payments import MethodEffect, TenderKind
from app.services.payments.engine.method_rules import MethodRule
from app.services.payments.engine.points_limit import (
    PointsLimit,
    PointsLimitReason,
    points_limit,
)
from app.services.payments.engine.routing import Sale, SaleLine

TEA, POT = UUID(int=1), UUID(int=2)
SALE = Sale(
    currency="CNY",
    lines=(
        SaleLine(id="a", amount_minor=1_000, product_id=TEA),
        SaleLine(id="b", amount_minor=2_000, product_id=POT),
    ),
)
HALF_OF_TEA = MethodRule(
    id=UUID(int=5),
    name="half",
    method=TenderKind.POINTS,
    effect=MethodEffect.LIMIT,
    product_ids=frozenset({TEA}),
    limit_bps=5_000,
)


def test_each_limit_that_says_less_than_all_is_named_in_order() -> None:
    """5.00 of the tea, 20.00 of the pot, 0.60 of 3.00 shipping; 90 % of 33.00 would be more."""
    found = points_limit([HALF_OF_TEA], SALE, 3_300, shipping_bps=2_000, order_bps=9_000)
    assert found == PointsLimit(
        most_minor=2_560,
        reasons=(
            PointsLimitReason(
                code="rule", limit_bps=5_000, rule_id=UUID(int=5), name="half", lines=("a",)
            ),
            PointsLimitReason(code="shipping", limit_bps=2_000),
            PointsLimitReason(code="order", limit_bps=9_000),
        ),
    )


def test_limits_that_take_nothing_away_are_not_named() -> None:
    assert points_limit([], SALE, 3_000, shipping_bps=0) == PointsLimit(most_minor=3_000)
    assert points_limit([], SALE, 3_300) == PointsLimit(most_minor=3_300)
