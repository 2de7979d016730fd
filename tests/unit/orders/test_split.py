"""Allocations dealt out to lines lose nothing."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.inventory.engine import Allocation
from app.services.orders.engine import Ordered, Part, split

A, B = UUID(int=1), UUID(int=2)
TEA, POT = UUID(int=11), UUID(int=12)
NORTH, SOUTH = UUID(int=21), UUID(int=22)
OURS, THEIRS = UUID(int=31), UUID(int=32)


def test_lines_of_one_sku_share_its_allocations():
    lines = [Ordered(A, TEA, 2), Ordered(B, TEA, 3)]
    allocations = [Allocation(TEA, NORTH, OURS, 4), Allocation(TEA, SOUTH, OURS, 1)]
    assert split(lines, allocations) == (
        Part(OURS, NORTH, ((A, 2), (B, 2))),
        Part(OURS, SOUTH, ((B, 1),)),
    )


def test_each_merchant_ships_its_own():
    lines = [Ordered(A, TEA, 1), Ordered(B, POT, 1)]
    allocations = [Allocation(POT, SOUTH, THEIRS, 1), Allocation(TEA, NORTH, OURS, 1)]
    assert split(lines, allocations) == (
        Part(OURS, NORTH, ((A, 1),)),
        Part(THEIRS, SOUTH, ((B, 1),)),
    )


@pytest.mark.parametrize("allocated", [0, 1, 3])
def test_what_is_allocated_must_be_what_was_ordered(allocated):
    allocations = [Allocation(TEA, NORTH, OURS, allocated)] if allocated else []
    with pytest.raises(ValueError, match="allocated"):
        split([Ordered(A, TEA, 2)], allocations)


@given(st.lists(st.tuples(st.sampled_from([TEA, POT]), st.integers(1, 5)), max_size=6), st.data())
def test_every_unit_ships_once_from_where_it_was_allocated(wanted, data):
    lines = [Ordered(UUID(int=100 + i), sku, n) for i, (sku, n) in enumerate(wanted)]
    allocations = []
    for sku in (TEA, POT):
        need = sum(line.quantity for line in lines if line.sku_id == sku)
        north = data.draw(st.integers(0, need))
        for warehouse, n in ((NORTH, north), (SOUTH, need - north)):
            if n:
                allocations.append(Allocation(sku, warehouse, OURS, n))
    parts = split(lines, allocations)
    sku_of = {line.line_id: line.sku_id for line in lines}
    shipped: dict[tuple[UUID, UUID], int] = {}
    for part in parts:
        assert len({line_id for line_id, _ in part.lines}) == len(part.lines)
        for line_id, n in part.lines:
            key = (sku_of[line_id], part.warehouse_id)
            shipped[key] = shipped.get(key, 0) + n
    assert shipped == {(a.sku_id, a.warehouse_id): a.quantity for a in allocations}
    for line in lines:
        dealt = sum(n for part in parts for line_id, n in part.lines if line_id == line.line_id)
        assert dealt == line.quantity
