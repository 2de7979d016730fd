"""Which warehouse fills what."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.inventory.engine import Level, Wanted, allocate, combine, shortages

TEA, CUP, POT = UUID(int=1), UUID(int=2), UUID(int=3)
NEAR, FAR, OTHER = UUID(int=11), UUID(int=12), UUID(int=13)
SELLER, RIVAL = UUID(int=21), UUID(int=22)


def level(sku, warehouse, available, *, priority=100, code="A", seller=SELLER):
    return Level(sku, warehouse, seller, seller, priority, code, available)


def plan(levels, need):
    return [(a.sku_id, a.warehouse_id, a.quantity) for a in allocate(levels, need)]


def test_lines_of_one_sku_count_together():
    assert combine([Wanted(CUP, 2), Wanted(TEA, 1), Wanted(CUP, 3)]) == {TEA: 1, CUP: 5}


@pytest.mark.parametrize("quantity", [0, -1])
def test_nobody_wants_nothing(quantity):
    with pytest.raises(ValueError, match="cannot want"):
        combine([Wanted(TEA, quantity)])


def test_every_sku_that_falls_short_is_named():
    levels = [level(TEA, NEAR, 1), level(TEA, FAR, 1), level(CUP, NEAR, 9)]
    assert shortages(levels, {TEA: 3, CUP: 9, POT: 1}) == {TEA: 2, POT: 0}


@pytest.mark.parametrize(
    ("levels", "need", "expected"),
    [
        pytest.param(
            [level(TEA, FAR, 9, priority=200), level(TEA, NEAR, 9)],
            {TEA: 2},
            [(TEA, NEAR, 2)],
            id="lowest priority first",
        ),
        pytest.param(
            [level(TEA, NEAR, 9, code="B"), level(TEA, FAR, 9, code="A")],
            {TEA: 2},
            [(TEA, FAR, 2)],
            id="then the code",
        ),
        pytest.param(
            [level(TEA, NEAR, 1), level(TEA, FAR, 2, priority=200)],
            {TEA: 3},
            [(TEA, NEAR, 1), (TEA, FAR, 2)],
            id="split when it must",
        ),
        pytest.param(
            [
                level(TEA, NEAR, 9),
                level(TEA, FAR, 9, priority=200),
                level(CUP, FAR, 9, priority=200),
            ],
            {TEA: 1, CUP: 1},
            [(TEA, FAR, 1), (CUP, FAR, 1)],
            id="one warehouse that has it all beats priority",
        ),
        pytest.param(
            [
                level(TEA, NEAR, 9),
                level(CUP, FAR, 9, priority=200),
                level(TEA, FAR, 9, priority=200),
                level(POT, OTHER, 1, seller=RIVAL),
            ],
            {TEA: 1, CUP: 1, POT: 1},
            [(TEA, FAR, 1), (CUP, FAR, 1), (POT, OTHER, 1)],
            id="sellers are looked at apart",
        ),
        pytest.param(
            [level(TEA, NEAR, -4), level(TEA, FAR, 1, priority=200)],
            {TEA: 1},
            [(TEA, FAR, 1)],
            id="a warehouse without goods gives none",
        ),
    ],
)
def test_choice(levels, need, expected):
    assert plan(levels, need) == expected
    assert plan(levels[::-1], need) == expected


def test_too_little_is_refused():
    with pytest.raises(ValueError, match="less than is needed"):
        allocate([level(TEA, NEAR, 1)], {TEA: 2})


@given(
    st.lists(
        st.tuples(
            st.sampled_from([TEA, CUP, POT]),
            st.sampled_from([NEAR, FAR, OTHER]),
            st.integers(0, 5),
            st.integers(1, 3),
        ),
        unique_by=lambda each: each[:2],
    ),
    st.dictionaries(st.sampled_from([TEA, CUP, POT]), st.integers(1, 8), min_size=1),
)
def test_exactly_what_is_needed_and_never_more_than_there_is(rows, need):
    levels = [level(sku, where, n, priority=p) for sku, where, n, p in rows]
    if shortages(levels, need):
        with pytest.raises(ValueError, match="less than is needed"):
            allocate(levels, need)
        return
    chosen = allocate(levels, need)
    there = {(each.sku_id, each.warehouse_id): each.available for each in levels}
    for each in chosen:
        assert 0 < each.quantity <= there[each.sku_id, each.warehouse_id]
    for sku, quantity in need.items():
        assert sum(each.quantity for each in chosen if each.sku_id == sku) == quantity
