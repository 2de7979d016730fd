"""The cheapest warehouses: never more than there is, never dearer than from the top."""

from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.inventory.engine import (
    Destination,
    Level,
    Policy,
    Site,
    allocate,
    find_route,
    shortages,
    steps_between,
)

TEA, CUP, POT = UUID(int=1), UUID(int=2), UUID(int=3)
PLACES = [UUID(int=n) for n in range(11, 17)]
NEAR, FAR, OTHER = PLACES[:3]
SELLER = UUID(int=21)
WEST_LAKE = Destination("CN", "330106")


def level(sku, warehouse, available, *, priority=100, code=None):
    code = code or f"W{warehouse.int}"
    return Level(sku, warehouse, SELLER, SELLER, priority, code, available)


def took(route):
    return [(a.sku_id, a.warehouse_id, a.quantity) for a in route.allocations]


@pytest.mark.parametrize(
    ("country", "code", "service", "to", "steps"),
    [
        ("CN", "330106", (), WEST_LAKE, 0),
        ("CN", "330105", (), WEST_LAKE, 1),
        ("CN", "330205", (), WEST_LAKE, 2),
        ("CN", "310101", (), WEST_LAKE, 3),
        ("CN", None, (), WEST_LAKE, 3),
        ("CN", "CN-ZJ", (), WEST_LAKE, 3),
        ("CN", "330106", (), Destination("CN", None), 3),
        ("DE", None, (), WEST_LAKE, 4),
        ("DE", None, (), Destination("DE", None), 3),
        ("CN", "310101", (), None, 0),
        ("CN", "310101", ({"regions": ["33"], "steps": 1},), WEST_LAKE, 1),
        (
            "CN",
            "310101",
            ({"regions": ["CN"], "steps": 7}, {"regions": ["3301"], "steps": 2}),
            WEST_LAKE,
            2,
        ),
        ("CN", "330106", ({"regions": ["44"], "steps": 9},), WEST_LAKE, 0),
        ("CN", "330106", ({"regions": ["DE"], "steps": 5},), Destination("DE", "330106"), 5),
    ],
)
def test_distance_is_by_divisions_unless_it_is_said(country, code, service, to, steps):
    assert steps_between(country, code, service, to) == steps


def test_nothing_is_sent_from_nowhere():
    assert find_route([level(TEA, NEAR, 9)], {}) == ((), {}, 0, 0, ())


def test_near_goes_before_priority_and_cheap_before_near():
    levels = [level(TEA, NEAR, 9, priority=200), level(TEA, FAR, 9)]
    sites = {NEAR: Site(steps=0), FAR: Site(steps=3)}
    assert took(find_route(levels, {TEA: 2}, sites)) == [(TEA, NEAR, 2)]
    assert took(find_route(levels, {TEA: 2})) == [(TEA, FAR, 2)]

    def rate(merchant_id, warehouse_id, grams, __):
        assert merchant_id == SELLER
        return (2_000 if warehouse_id == NEAR else 500, grams)

    assert took(find_route(levels, {TEA: 2}, sites, rate_of=rate)) == [(TEA, FAR, 2)]
    unweighed = Policy(freight_bps=0)
    assert took(find_route(levels, {TEA: 2}, sites, unweighed, rate)) == [(TEA, NEAR, 2)]


def test_one_parcel_or_two_as_the_weights_say():
    levels = [level(TEA, NEAR, 9), level(TEA, FAR, 9), level(CUP, FAR, 9)]
    sites = {NEAR: Site(steps=0), FAR: Site(steps=4)}

    def rate(_, warehouse_id, __, ___):
        return 0, 300 if warehouse_id == FAR else 0

    need = {TEA: 5, CUP: 1}
    together = find_route(levels, need, sites, rate_of=rate, policy=Policy(split_minor=2_000))
    assert {each.warehouse_id for each in together.allocations} == {FAR}
    apart = find_route(levels, need, sites, rate_of=rate, policy=Policy(split_minor=1_000))
    assert took(apart) == [(TEA, NEAR, 5), (CUP, FAR, 1)]
    assert apart.costs[FAR]._asdict() == {
        "split_minor": 1_000,
        "distance_minor": 800,
        "priority_minor": 0,
        "handling_minor": 0,
        "freight_minor": 0,
        "pieces_minor": 300,
    }
    assert apart.cost_minor == 1_000 + 1_000 + 800 + 300
    assert apart.passed_over == ((NEAR, None), (FAR, 1_000 + 800 + 6 * 300))


rows = st.lists(
    st.tuples(
        st.sampled_from([TEA, CUP, POT]),
        st.sampled_from(PLACES),
        st.integers(0, 5),
    ),
    unique_by=lambda each: each[:2],
)
needs = st.dictionaries(st.sampled_from([TEA, CUP, POT]), st.integers(1, 8), min_size=1)
costs = st.fixed_dictionaries({each: st.tuples(*[st.integers(0, 4)] * 4) for each in PLACES})
policies = st.builds(Policy, st.integers(0, 9), st.integers(0, 3), st.integers(0, 2))


def arguments(found, said):
    levels = [level(sku, where, n, priority=said[where][0]) for sku, where, n in found]
    sites = {each: Site(steps=said[each][1], handling_minor=said[each][2]) for each in PLACES}

    def rate(_, warehouse_id, __, ___):
        return said[warehouse_id][2], said[warehouse_id][3]

    return levels, sites, rate


def dear(allocations, sites, said, policy):
    used = {each.warehouse_id for each in allocations}
    once = sum(policy.once(sites[each], said[each][0], said[each][2]).total_minor for each in used)
    return once + sum(each.quantity * said[each.warehouse_id][3] for each in allocations)


def cheapest(levels, need, sites, said, policy):
    """By trying every set of warehouses and filling each SKU from the cheapest on."""
    found = []
    for size in range(1, len(PLACES) + 1):
        for chosen in combinations(PLACES, size):
            cost = sum(
                policy.once(sites[each], said[each][0], said[each][2]).total_minor
                for each in chosen
            )
            for sku, wanted in need.items():
                left = wanted
                there = [each for each in levels if each[0] == sku and each[1] in chosen]
                for each in sorted(there, key=lambda each: said[each.warehouse_id][3]):
                    taken = min(left, each.available)
                    cost += taken * said[each.warehouse_id][3]
                    left -= taken
                if left:
                    break
            else:
                found.append(cost)
    return min(found)


@given(rows, needs, costs, policies, st.randoms())
def test_laws(found, need, said, policy, random):
    levels, sites, rate = arguments(found, said)
    if shortages(levels, need):
        with pytest.raises(ValueError, match="less than is needed"):
            find_route(levels, need, sites, policy, rate)
        return
    route = find_route(levels, need, sites, policy, rate)
    there = {(each.sku_id, each.warehouse_id): each.available for each in levels}
    for each in route.allocations:
        assert 0 < each.quantity <= there[each.sku_id, each.warehouse_id]
    for sku, quantity in need.items():
        assert sum(each.quantity for each in route.allocations if each.sku_id == sku) == quantity
    assert route.cost_minor == dear(route.allocations, sites, said, policy)
    assert route.cost_minor == sum(each.total_minor for each in route.costs.values())
    assert route.gap_minor == 0
    assert route.cost_minor == cheapest(levels, need, sites, said, policy)
    random.shuffle(levels)
    shuffled = dict(random.sample(sorted(need.items()), len(need)))
    assert find_route(levels, shuffled, sites, policy, rate) == route


@given(rows, needs, costs, policies, st.integers(0, 60))
def test_little_effort_is_never_dearer_than_from_the_top_and_says_by_how_much_at_most(
    found, need, said, policy, effort
):
    levels, sites, rate = arguments(found, said)
    if shortages(levels, need):
        return
    hasty = find_route(levels, need, sites, policy, rate, effort=effort)
    best = find_route(levels, need, sites, policy, rate)
    assert hasty.cost_minor <= dear(allocate(levels, need), sites, said, policy)
    assert hasty.cost_minor - hasty.gap_minor <= best.cost_minor <= hasty.cost_minor


@given(rows, needs)
def test_what_one_warehouse_has_comes_from_one(found, need):
    levels = [level(*each) for each in found]
    there = {(each.sku_id, each.warehouse_id): each.available for each in levels}
    whole = [
        place for place in PLACES if all(there.get((sku, place), 0) >= n for sku, n in need.items())
    ]
    if whole:
        route = find_route(levels, need)
        assert {each.warehouse_id for each in route.allocations} == {whole[0]}


def test_forty_warehouses_are_chosen_among_in_bounded_time():
    skus = [UUID(int=1_000 + n) for n in range(30)]
    places = [UUID(int=2_000 + n) for n in range(40)]
    levels = [
        level(sku, place, 1 + (i * j) % 3, code=f"{j:03}")
        for i, sku in enumerate(skus)
        for j, place in enumerate(places)
        if (i + j) % 3
    ]
    sites = {place: Site(steps=j % 5, handling_minor=j % 7) for j, place in enumerate(places)}
    need = dict.fromkeys(skus, 4)
    route = find_route(levels, need, sites)
    assert sum(each.quantity for each in route.allocations) == 120
    assert 0 <= route.gap_minor < route.cost_minor
