"""Laws of replays: what was frozen gives its numbers again, and sums lose nothing."""

import itertools
from dataclasses import replace
from datetime import timedelta

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.money import MAX_MINOR
from app.services.pricing.engine import BLOCK_ALL, Line, PriceOption, TaxMode, TaxScope
from app.services.promotions.engine import Cart, Coupon, Customer, Quota, quote
from app.services.reports.engine import (
    FUNDERS,
    Facts,
    Goods,
    PlacedOrder,
    Spending,
    Tally,
    Trial,
    bars_of,
    bucket_of,
    edges_of,
    replay,
    shares_of,
)
from tests.property.rule_strategies import shops
from tests.unit.promotions.rules import NOON, context

amounts = st.integers(-MAX_MINOR, MAX_MINOR)
fundings = st.one_of(
    st.just({}),
    st.integers(0, 10_000).flatmap(
        lambda one: st.integers(0, 10_000 - one).map(
            lambda two: {
                "merchant_bps": one,
                "platform_bps": two,
                "supplier_bps": 10_000 - one - two,
            }
        )
    ),
)


@given(st.integers(0, MAX_MINOR), fundings)
def test_the_cents_of_funders_add_up(amount, funding):
    parts = shares_of(amount, funding)
    assert list(parts) == list(FUNDERS)
    assert sum(parts.values()) == amount
    for funder, part in parts.items():
        bps = funding.get(f"{funder}_bps", 10_000 if funder == "merchant" and not funding else 0)
        assert abs(part * 10_000 - amount * bps) < 10_000


@given(amounts)
def test_an_amount_lies_between_the_edges_of_its_class(amount):
    low, high = edges_of(bucket_of(amount))
    if amount > 0:
        assert low < amount <= high
    elif amount < 0:
        assert low <= amount < high
    else:
        assert low == high == 0


@given(st.lists(amounts, max_size=20))
def test_bars_stand_side_by_side_and_hold_everybody(found):
    counts = {}
    for amount in found:
        key = str(bucket_of(amount))
        counts[key] = counts.get(key, 0) + 1
    bars = bars_of(counts)
    assert sum(each.orders for each in bars) == len(found)
    assert all(a.high_minor == b.low_minor for a, b in itertools.pairwise(bars))


@st.composite
def priced(draw, lines):
    """The lines with prices below their list price, some for a few pieces, some blocked."""
    found = []
    for line in lines:
        options = draw(
            st.lists(
                st.builds(
                    PriceOption,
                    kind=st.sampled_from(("flash", "member_tier", "quantity")),
                    price_minor=st.integers(0, line.list_minor),
                    id=st.sampled_from(("a:1", "b:1", "c:2")),
                    quota=st.sampled_from((None, 1, 2)),
                    blocks=st.sampled_from(((), (), BLOCK_ALL)),
                ),
                max_size=3,
                unique_by=lambda each: each.id,
            )
        )
        found.append(replace(line, prices=tuple(options)))
    return found


def frozen(quoted):
    """The quote as an order keeps it."""
    return orjson.loads(orjson.dumps(quoted.to_dict()))


def placed(quoted, where, customer, lines):
    return PlacedOrder(
        id="order",
        number="O-1",
        member_id="member",
        placed_at=where.at,
        channel_id=where.channel_id,
        tax_mode=where.tax_mode,
        customer=customer,
        payable_minor=quoted.totals.payable_minor,
        quote=frozen(quoted),
        kept=where.kept() | {"floors": {each.sku_id: each.floor_minor for each in lines}},
    )


def facts_of(lines: list[Line], promotions):
    """What is known today: goods by SKU, promotions as if everything of them were left."""
    return Facts(
        {
            line.sku_id: Goods(
                line.sku_id,
                line.spu_id,
                line.brand_id,
                line.merchant_id,
                line.categories,
                cost_minor=line.list_minor // 2,
            )
            for line in lines
        },
        {each.id: replace(each, quota=Quota(), coupon=None, gifts=()) for each in promotions},
        {"mug": 15, "pen": 4, "gone": 90},
    )


@st.composite
def orders(draw):
    """An order with its facts: promotions in every state, prices of every kind, a fee."""
    lines, promotions = draw(shops())
    lines = [replace(each, spu_id="spu", merchant_id="m") for each in draw(priced(lines))]
    one_each = {}
    for line in lines:  # a SKU has one floor and one set of prices, whatever its lines
        one_each.setdefault(line.sku_id, line)
    lines = [
        replace(
            line,
            floor_minor=one_each[line.sku_id].floor_minor,
            prices=one_each[line.sku_id].prices,
        )
        for line in lines
    ]
    states = st.sampled_from(
        (
            {},
            {},
            {},
            {"quota": Quota(remaining_uses=0)},
            {"quota": Quota(remaining_budget_minor=20)},
            {"quota": Quota(uses_per_customer=1, customer_uses=1)},
            {"quota": Quota(uses_per_customer=1)},
            {"is_active": False},
            {"starts_at": NOON + timedelta(days=1)},
        )
    )
    promotions = [replace(each, **draw(states)) for each in promotions]
    promotions = [
        replace(each, coupon=Coupon(each.coupon.id, is_available=draw(st.booleans())))
        if each.coupon
        else each
        for each in promotions
    ]
    customer = draw(st.sampled_from((Customer(), Customer("member", orders_count=2))))
    where = replace(
        context(),
        customer=customer,
        tax_mode=draw(st.sampled_from(list(TaxMode))),
        tax_scope=draw(st.sampled_from(list(TaxScope))),
        max_discount_bps=draw(st.sampled_from((10_000, 10_000, 3_000))),
        channel_id="c",
    )
    quoted = quote(Cart(tuple(lines), draw(st.sampled_from((0, 800)))), promotions, where)
    return placed(quoted, where, customer, lines), facts_of(lines, promotions)


@settings(max_examples=300)
@given(orders())
def test_pr_15_a_frozen_order_gives_its_numbers_again(found):
    order, facts = found
    outcome = replay(order, facts, Trial(()), Spending())
    assert outcome.why is None
    assert outcome.before == outcome.after
    assert outcome.before.payable_minor == order.payable_minor
    assert not outcome.is_changed


@settings(max_examples=200)
@given(orders(), st.data())
def test_pr_9_what_is_tried_besides_never_makes_an_order_dearer(found, data):
    order, facts = found
    (_, tried) = data.draw(shops())
    tried = tuple(
        replace(each, id=f"T{each.id}", coupon=None, needs_coupon=False) for each in tried
    )
    outcome = replay(order, facts, Trial(tried), Spending())
    if outcome.before.is_exact and outcome.after.is_exact:
        assert outcome.after.payable_minor <= outcome.before.payable_minor
    tally = Tally()
    tally.add(outcome, {})
    again = Tally.from_dict(orjson.loads(orjson.dumps(tally.to_dict())))
    assert again == tally
    for sums in tally.promotions.values():
        assert set(sums) == {"orders", "amount", "capped", "gift"}
    for when in (0, 1):
        taken = sum(each["amount"][when] for each in tally.promotions.values())
        assert taken == tally.discount[when] == sum(each[when] for each in tally.funders.values())
    saved = tally.payable[0] - tally.payable[1]
    if order.tax_mode == TaxMode.INCLUSIVE:
        assert saved == tally.discount[1] - tally.discount[0]


@given(orders(), st.data())
def test_sums_are_the_same_in_two_parts_and_at_once(found, data):
    order, facts = found
    (_, tried) = data.draw(shops())
    trial = Trial(tuple(replace(each, id=f"T{each.id}") for each in tried))
    outcomes = [replay(order, facts, trial, Spending()) for _ in range(2)]
    at_once = Tally()
    for each in outcomes:
        at_once.add(each, {})
    first = Tally()
    first.add(outcomes[0], {})
    rest = Tally.from_dict(orjson.loads(orjson.dumps(first.to_dict())))
    rest.add(outcomes[1], {})
    assert rest == at_once
