"""Whose part of an order is invoiced: exact, and never too little after a refund."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.services.finance.engine.invoice_sellers import by_seller, shares
from app.services.finance.engine.invoicing import Billed

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=5).filter(any)
LINES = [UUID(int=each) for each in range(1, 6)]
SELLERS = [UUID(int=each) for each in range(101, 106)]


@given(st.integers(0, 10**9), WEIGHTS)
def test_shares_make_up_the_whole_and_stay_near_their_weight(amount, weights):
    found = shares(amount, weights)
    assert sum(found) == amount
    for share, weight in zip(found, weights, strict=True):
        assert abs(share - amount * weight / sum(weights)) <= len(weights)
        assert weight or not share


@given(st.integers(1, 10**6), WEIGHTS)
def test_no_share_grows_while_the_whole_falls(amount, weights):
    before, after = shares(amount, weights), shares(amount - 1, weights)
    assert all(less <= more for less, more in zip(after, before, strict=True))


@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=5),
    st.integers(0, 5_000),
    st.integers(0, 1_300),
    st.lists(st.integers(0, 900), min_size=5, max_size=5),
)
def test_parts_of_merchants_make_up_what_may_be_invoiced(amounts, fee, rate, freights):
    goods = [
        Billed(line, 1, amount, amount * rate // 10_000, rate)
        for line, amount in zip(LINES, amounts, strict=False)
    ]
    lines = [*goods, Billed(None, 1, fee, fee * rate // 10_000, rate)] if fee else goods
    sellers = dict(zip(LINES[: len(goods)], SELLERS, strict=False))
    found = by_seller(lines, sellers, dict(zip(SELLERS, freights, strict=True)))
    every = [each for parts in found.values() for each in parts]
    assert sum(each.amount_minor for each in every) == sum(each.amount_minor for each in lines)
    assert sum(each.tax_minor for each in every) == sum(each.tax_minor for each in lines)
    assert all(0 <= each.tax_minor <= each.amount_minor for each in every)
    assert all(each.amount_minor for each in every)
    for merchant, parts in found.items():
        assert {sellers[each.line_id] for each in parts if each.line_id} <= {merchant}


def test_a_fee_nobody_had_freight_for_is_the_first_sellers():
    fee = Billed(None, 1, 1_000, 0, 0)
    first, second = SELLERS[:2]
    sellers = {LINES[0]: second, LINES[1]: first}
    assert by_seller([fee], sellers, {first: 0, second: 0}) == {second: (fee,)}
    assert by_seller([fee], sellers, {first: 600, second: 0}) == {first: (fee,)}
