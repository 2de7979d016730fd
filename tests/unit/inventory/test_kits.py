"""What kits take of stock, how many there are, and what their pieces are worth."""

from itertools import product
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.services.inventory.engine import (
    Allocation,
    Level,
    Part,
    beside,
    explode,
    find_route,
    fits,
    fixed,
    place,
    to_take,
    with_kits,
    worths,
)

A, B, C = (UUID(int=i) for i in (1, 2, 3))
KIT, OTHER = UUID(int=11), UUID(int=12)
MERCHANT = UUID(int=99)
SITES = tuple(UUID(int=100 + i) for i in range(3))


def level(sku_id, site, available):
    return Level(sku_id, SITES[site], MERCHANT, MERCHANT, site, f"W{site}", available)


def parts(**counts):
    ids = {"a": A, "b": B, "c": C}
    return tuple(Part(ids[name], n, 1) for name, n in counts.items())


def pieces(levels, sku_id):
    return sum(each.available for each in levels if each.sku_id == sku_id)


def test_a_kit_is_whole_in_one_warehouse():
    kits = {KIT: parts(a=2, b=1)}
    levels = [level(A, 0, 5), level(B, 0, 1), level(A, 1, 9), level(B, 2, 9)]
    found = with_kits(levels, kits)
    assert pieces(found, KIT) == 1
    assert [each for each in found if each.sku_id != KIT] == levels


def test_what_is_owed_elsewhere_is_no_kit():
    kits = {KIT: parts(a=1, b=1)}
    assert pieces(with_kits([level(A, 0, -3), level(B, 0, 4)], kits), KIT) == 0


def test_kits_and_their_components_draw_on_one_quantity():
    kits = {KIT: parts(a=2, b=1)}
    need = {A: 3, KIT: 2}
    assert explode(need, kits) == {A: 7, B: 2}
    assert beside({A: 7, B: 9, KIT: 3}, need, kits) == {A: 3, KIT: 2}
    assert beside({A: 6, B: 9, KIT: 3}, need, kits) == {A: 2, KIT: 1}
    assert beside({A: 1, B: 9}, need, kits) == {A: 0, KIT: 0}


def test_kits_that_share_a_component_find_the_warehouses_that_have_them_all():
    """The first comes from the second warehouse, or the other is nowhere."""
    kits = {KIT: parts(a=1, b=1), OTHER: parts(a=1, c=1)}
    levels = [level(A, 0, 1), level(B, 0, 1), level(C, 0, 1), level(A, 1, 1), level(B, 1, 1)]
    placed, is_whole = place(levels, {KIT: 1, OTHER: 1}, kits)
    assert is_whole
    assert placed == {(KIT, SITES[1]): 1, (OTHER, SITES[0]): 1}
    assert place(levels, {KIT: 2, OTHER: 1}, kits)[1] is False


def test_a_search_that_takes_too_long_ends():
    kits = {KIT: parts(a=1, b=1), OTHER: parts(a=1, c=1)}
    levels = [level(sku, site, 400) for sku, site in product((A, B, C), range(3))]
    placed, is_whole = place(levels, {KIT: 1_000, OTHER: 300}, kits, effort=50)
    assert not is_whole
    assert sum(placed.values()) <= 1_300


COUNTS = st.integers(0, 4)
KITS = st.fixed_dictionaries(
    {
        KIT: st.tuples(st.integers(1, 2), st.integers(1, 2)).map(lambda n: parts(a=n[0], b=n[1])),
        OTHER: st.tuples(st.integers(1, 2), st.integers(1, 2)).map(lambda n: parts(a=n[0], c=n[1])),
    }
)
STOCK = st.lists(st.tuples(*[COUNTS] * 3), min_size=1, max_size=3)
NEED = st.fixed_dictionaries({}, optional={each: st.integers(1, 3) for each in (A, KIT, OTHER)})


def ways(need, kits, shelves):
    """Whether kits can be taken whole from some warehouses, and the rest from any. By trying."""
    if not any(kit in need for kit in kits):
        return need.get(A, 0) <= sum(shelf[A] for shelf in shelves)
    kit = next(kit for kit in kits if kit in need)
    rest = {each: n for each, n in need.items() if each != kit}
    if need[kit] > 1:
        rest[kit] = need[kit] - 1
    for at, shelf in enumerate(shelves):
        left = dict(shelf)
        for part in kits[kit]:
            left[part.sku_id] -= part.quantity
        if min(left.values()) >= 0 and ways(rest, kits, [*shelves[:at], left, *shelves[at + 1 :]]):
            return True
    return False


@given(kits=KITS, stock=STOCK, need=NEED)
def test_exactly_what_can_be_taken_is_there(kits, stock, need):
    shelves = [dict(zip((A, B, C), each, strict=True)) for each in stock]
    levels = [level(sku, at, n) for at, shelf in enumerate(shelves) for sku, n in shelf.items()]
    there = {}
    for each in with_kits(levels, kits):
        there[each.sku_id] = there.get(each.sku_id, 0) + each.available
    wanted = {kit: kits[kit] for kit in kits if kit in need}
    is_there = all(n >= need[sku] for sku, n in beside(there, need, wanted).items())
    placed, is_whole = place(levels, need, wanted)
    assert (is_there and is_whole) == ways(need, wanted, shelves)
    if is_there and is_whole and need:
        route = find_route(fixed(levels, placed, wanted), need)
        chosen = [each._replace(parts=wanted.get(each.sku_id, ())) for each in route.allocations]
        assert fits(chosen, levels)
        taken = {}
        for (sku_id, _), n in to_take(chosen).items():
            taken[sku_id] = taken.get(sku_id, 0) + n
        assert taken == explode(need, wanted)


def test_each_shelf_is_taken_from_once():
    chosen = [
        Allocation(KIT, SITES[0], MERCHANT, 2, None, parts(a=2, b=1)),
        Allocation(A, SITES[0], MERCHANT, 3),
    ]
    assert to_take(chosen) == {(A, SITES[0]): 7, (B, SITES[0]): 2}
    assert fits(chosen, [level(A, 0, 7), level(B, 0, 2)])
    assert not fits(chosen, [level(A, 0, 6), level(B, 0, 2)])


WORTHS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 1_000_000)), min_size=1, max_size=5)


@given(minor=st.integers(0, 10**9), each=WORTHS)
def test_a_kit_is_worth_what_its_pieces_are(minor, each):
    made = [Part(UUID(int=i + 1), n, worth) for i, (n, worth) in enumerate(each)]
    found = worths(minor, made)
    assert sum(map(sum, found.values())) == minor
    whole = sum(n * worth for n, worth in each)
    for part in made:
        assert len(found[part.sku_id]) == part.quantity
        for share in found[part.sku_id]:
            assert abs(share - minor * part.worth / whole) < 1
