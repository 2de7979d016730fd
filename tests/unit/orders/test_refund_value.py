"""What a refund is worth: shipping by rule, units in order, gifts by their value."""

from uuid import UUID

import pytest

from app.core.enums.payments import (
    AT_FAULT,
    PlanState,
    RefundKind,
    RefundReason,
    TenderKind,
    TenderState,
)
from app.core.errors import InvalidReference
from app.core.ids import new_id
from app.services.orders.engine import LineFact, RefundWish, value_of, with_shipping
from app.services.payments.engine.attribution import SHIPPING, PaidRow, Row, Span
from app.services.payments.engine.order_standing import OrderStanding
from app.services.payments.engine.refunding import standing
from app.services.payments.engine.types import Plan, RefundRules, Tender
from app.services.payments.errors import RefundExceeds

TEA, CUP = UUID(int=1), UUID(int=2)
MERCHANT = new_id()
PROMISED = RefundRules()


def order(returned: tuple[Span, ...] = (), rules: RefundRules = PROMISED) -> OrderStanding:
    """Two teas at 10.00, a cup for nothing, 8.00 of shipping; by the gateway alone."""
    rows = (PaidRow(Span(TEA, 0, 2), 1_000), PaidRow(Span(CUP, 0, 1), 0), PaidRow(SHIPPING, 800))
    tender = Tender(
        id=new_id(), kind=TenderKind.GATEWAY, amount_minor=2_800, state=TenderState.CAPTURED
    )
    plan = Plan(
        id=new_id(),
        order_id=new_id(),
        member_id=new_id(),
        currency="CNY",
        payable_minor=2_800,
        state=PlanState.PAID,
        tenders=(tender,),
        refund_rules=rules,
    )
    left = standing(
        plan.refund_policy, [Row(r.span, r.amount_minor) for r in rows], [(2_800, 0)], ()
    )
    return OrderStanding(
        plan=plan,
        rows=rows,
        left=left,
        returned=returned,
        taken=(),
        parts=(),
        waiting=(),
        has_pending=False,
        is_disputed=False,
        earning=None,
        points_available=0,
        withheld_minor=0,
    )


def line(line_id: UUID, quantity: int, *, is_gift: bool = False) -> LineFact:
    return LineFact(
        id=line_id,
        quantity=quantity,
        is_gift=is_gift,
        promotion_id=None,
        sku_id=new_id(),
        priced_as=None,
        name="x",
        sku_code="x",
        merchant_id=MERCHANT,
    )


LINES = (line(TEA, 2), line(CUP, 1, is_gift=True))


def wish(quantity: int, reason: RefundReason = RefundReason.CHANGED_MIND, **more) -> RefundWish:
    return RefundWish(
        kind=RefundKind.UNITS, reason_code=reason, reason="x", lines=((TEA, quantity),), **more
    )


@pytest.mark.parametrize(
    ("reason", "is_last", "has_shipped", "comes"),
    [
        (RefundReason.CHANGED_MIND, True, False, True),
        (RefundReason.CHANGED_MIND, False, False, False),
        (RefundReason.CHANGED_MIND, True, True, False),
        (RefundReason.DEFECTIVE, True, True, True),
        (RefundReason.NOT_DELIVERED, True, True, True),
        (RefundReason.DEFECTIVE, False, True, False),
    ],
)
def test_the_fee_comes_with_the_last_unit_or_by_reason(
    reason: RefundReason, is_last: bool, has_shipped: bool, comes: bool
) -> None:
    assert (
        with_shipping(is_last=is_last, has_shipped=has_shipped, shop_pays=reason in AT_FAULT)
        is comes
    )


@pytest.mark.parametrize("reason", [RefundReason.CHANGED_MIND, RefundReason.DEFECTIVE])
def test_the_store_says_for_which_reasons_it_pays_the_fee(reason: RefundReason) -> None:
    """As the order was promised: here for a change of mind, and not for what was broken."""
    found = order(rules=RefundRules(shop_pays=frozenset({RefundReason.CHANGED_MIND})))
    valued = value_of(wish(2, reason), found, LINES, None, has_shipped=True)
    has_fee = (SHIPPING,) in [each.pools[0] for each in valued.takes]
    assert has_fee is (reason is RefundReason.CHANGED_MIND)


def test_gifts_that_stay_do_not_keep_the_fee_back() -> None:
    found = value_of(wish(2), order(), LINES, None, has_shipped=False)
    assert [each.pools[0] for each in found.takes] == [(Span(TEA, 0, 2),), (SHIPPING,)]
    found = value_of(wish(1), order(), LINES, None, has_shipped=False)
    assert len(found.takes) == 1
    assert found.units == (Span(TEA, 0, 1),)


def test_a_named_fee_is_taken_whatever_the_rule_says() -> None:
    found = value_of(wish(1, shipping_minor=300), order(), LINES, None, has_shipped=True)
    assert [each.amount_minor for each in found.takes] == [None, 300]
    found = value_of(wish(2, shipping_minor=0), order(), LINES, None, has_shipped=False)
    assert len(found.takes) == 1


def test_units_come_in_order_and_only_those_that_are_not_back() -> None:
    found = value_of(wish(1), order((Span(TEA, 0, 1),)), LINES, None, has_shipped=True)
    assert found.units == (Span(TEA, 1, 1),)
    with pytest.raises(RefundExceeds) as refused:
        value_of(wish(2), order((Span(TEA, 0, 1),)), LINES, None, has_shipped=True)
    assert refused.value.context["refundable_quantity"] == 1


def test_lines_are_the_orders_own_and_named_once() -> None:
    twice = RefundWish(
        kind=RefundKind.UNITS,
        reason_code=RefundReason.OTHER,
        reason="x",
        lines=((TEA, 1), (TEA, 1)),
    )
    foreign = RefundWish(
        kind=RefundKind.UNITS, reason_code=RefundReason.OTHER, reason="x", lines=((new_id(), 1),)
    )
    for each in (twice, foreign):
        with pytest.raises(InvalidReference):
            value_of(each, order(), LINES, None, has_shipped=True)
