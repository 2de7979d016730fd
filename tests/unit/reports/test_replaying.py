"""One order replayed: states of gifts, shares of funders, floors, what counts as changed."""

from dataclasses import replace

import orjson

from app.services.promotions.engine import Customer, GiftFact
from app.services.reports.engine import (
    Facts,
    Goods,
    PlacedOrder,
    Spending,
    Trial,
    replay,
    shares_of,
)
from tests.unit.promotions import rules


def order_of(lines, *promotions, floors=None, **facts):
    quoted = rules.quote(lines, *promotions, **facts)
    return PlacedOrder(
        id="order",
        number="O-1",
        member_id="member",
        placed_at=rules.NOON,
        channel_id="web",
        tax_mode=rules.context().tax_mode,
        customer=Customer(),
        payable_minor=quoted.totals.payable_minor,
        quote=orjson.loads(orjson.dumps(quoted.to_dict())),
        kept=rules.context(**facts).kept() | {"floors": floors or {}},
    )


def goods(key="a", **facts):
    return Goods(key, "spu", None, "merchant", frozenset(), **facts)


def facts_of(*promotions, listed=None, **skus):
    known = {each.id: replace(each, gifts=()) for each in promotions}
    return Facts({key: goods(key, **facts) for key, facts in skus.items()}, known, listed or {})


def test_a_gift_that_was_out_of_stock_stays_out_whatever_there_is_now():
    mug = rules.promotion("P", rules.gift(mug=1), gifts=(GiftFact("mug", 15, 0),))
    lines = [rules.line("a", 100)]
    outcome = replay(
        order_of(lines, mug), facts_of(mug, listed={"mug": 15}, a={}), Trial(()), Spending()
    )
    assert outcome.why is None
    assert outcome.before.taken == ()


def test_the_gift_that_was_given_is_given_again_at_its_cost():
    mug = rules.promotion("P", rules.gift(cup=1, mug=2), gifts=(GiftFact("mug", 15, 2),))
    lines = [rules.line("a", 100)]
    facts = facts_of(mug, listed={"cup": 9, "mug": 99}, a={"cost_minor": 40}, mug={"cost_minor": 7})
    outcome = replay(order_of(lines, mug), facts, Trial(()), Spending())
    assert outcome.why is None
    assert outcome.before.taken == (("P", 0, 0, 30),)
    assert outcome.before.margin == (100, 40 + 14, 3, 0, 0)


def test_the_way_of_paying_is_that_of_the_order():
    paying = rules.promotion(
        "P",
        rules.amount_off(10),
        {"type": "payment_kind", "kinds": ["balance"]},
        stage="coupon",
    )
    order = order_of([rules.line("a", 100)], paying, payment_kinds=frozenset({"balance"}))
    outcome = replay(order, facts_of(paying, a={}), Trial(()), Spending())
    assert outcome.why is None
    assert outcome.before.payable_minor == outcome.after.payable_minor == 90


def test_an_order_that_kept_no_way_of_paying_has_that_of_its_tenders():
    """Whether or not it kept anything else."""
    tried = rules.promotion(
        "T", rules.amount_off(10), {"type": "payment_kind", "kinds": ["balance"]}, stage="coupon"
    )
    order = replace(order_of([rules.line("a", 100)]), tender_kinds=("balance",))
    older = {name: value for name, value in order.kept.items() if name != "payment_kinds"}
    for kept, due in ((None, 90), (older, 90), (order.kept, 100)):
        outcome = replay(replace(order, kept=kept), facts_of(a={}), Trial((tried,)), Spending())
        assert outcome.after.payable_minor == due


def test_what_is_tried_gives_from_plenty():
    tried = rules.promotion("T", rules.gift(mug=1))
    lines = [rules.line("a", 100)]
    outcome = replay(
        order_of(lines), facts_of(listed={"mug": 15}, a={}), Trial((tried,)), Spending()
    )
    assert outcome.after.taken == (("T", 0, 0, 15),)
    assert outcome.is_changed
    assert outcome.after.payable_minor == outcome.before.payable_minor


def test_floors_hold_back_and_costs_are_passed():
    tried = rules.promotion("T", rules.amount_off(50))
    lines = [rules.line("a", 100, tax_rate_bps=1_300)]
    facts = facts_of(a={"cost_minor": 65})
    outcome = replay(order_of(lines, floors={"a": 70}), facts, Trial((tried,)), Spending())
    assert outcome.after.taken == (("T", 30, 20, 0),)
    assert (outcome.before.margin.pieces_below_cost, outcome.after.margin.pieces_below_cost) == (
        0,
        1,
    )
    assert outcome.after.pieces_below_floor == 0


def test_a_price_below_the_floor_is_told():
    lines = [rules.line("a", 60)]
    outcome = replay(order_of(lines, floors={"a": 70}), facts_of(a={}), Trial(()), Spending())
    assert outcome.after.pieces_below_floor == 1


def test_what_the_order_names_and_nobody_knows_is_said():
    off = rules.promotion("P", rules.amount_off(5))
    lines = [rules.line("a", 60)]
    order = order_of(lines, off)
    assert replay(order, facts_of(off), Trial(()), Spending()).why == "goods_gone"
    assert replay(order, facts_of(a={}), Trial(()), Spending()).why == "promotion_unreadable"
    taxed = replace(order, quote=dict(order.quote) | {"shipping_tax_minor": 1})
    assert replay(taxed, facts_of(off, a={}), Trial(()), Spending()).why == "taxed_shipping"


def test_spare_cents_go_to_the_larger_share():
    half = {"merchant_bps": 5_000, "supplier_bps": 5_000}
    assert shares_of(101, half) == {"merchant": 51, "platform": 0, "supplier": 50}
    most = {"merchant_bps": 3_333, "platform_bps": 3_334, "supplier_bps": 3_333}
    assert shares_of(100, most) == {"merchant": 33, "platform": 34, "supplier": 33}
    assert shares_of(7, {}) == {"merchant": 7, "platform": 0, "supplier": 0}
