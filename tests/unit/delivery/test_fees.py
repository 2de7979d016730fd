"""Freight keeps its laws: more never costs less, thresholds bite where they say, zones nest."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.delivery import FreightBasis
from app.services.delivery.engine import Goods, Place, Zone, fee_of, zone_of

MERCHANT = UUID(int=1)
PRICE = Zone("east", "East", ("31",), True, 1_000, 1_000, 500, 300, 200)
units = st.integers(1, 100_000)
minors = st.integers(0, 100_000)


def goods(weight: int, *, pieces: int = 1, amount: int = 0, volume: int = 0) -> Goods:
    return Goods(MERCHANT, None, pieces, weight, volume, amount)


zones = st.builds(
    Zone,
    st.just("z"),
    st.just("Z"),
    st.just(("31",)),
    st.just(True),
    units,
    minors,
    units,
    minors,
    minors,
).map(lambda zone: zone._replace(free_from_minor=None, free_from_pieces=None))


@given(zones, st.sampled_from(FreightBasis), *[st.integers(0, 10**6)] * 4)
def test_more_never_costs_less(
    zone: Zone, basis: FreightBasis, weight: int, volume: int, amount: int, more: int
) -> None:
    before = Goods(MERCHANT, None, 1, weight, volume, amount)
    after = Goods(MERCHANT, None, 2, weight + more, volume + more, amount + more)
    assert fee_of(zone, basis, [before]).fee_minor <= fee_of(zone, basis, [after]).fee_minor


@given(zones, st.lists(st.integers(0, 10**5), min_size=1, max_size=5))
def test_how_lines_are_cut_makes_no_difference(zone: Zone, weights: list[int]) -> None:
    whole = fee_of(zone, FreightBasis.WEIGHT, [goods(sum(weights))])
    assert fee_of(zone, FreightBasis.WEIGHT, [goods(each) for each in weights]) == whole


@pytest.mark.parametrize(
    ("grams", "fee"),
    [(0, 1_200), (1_000, 1_200), (1_001, 1_500), (1_500, 1_500), (1_501, 1_800)],
)
def test_steps_begin_just_after_the_last(grams: int, fee: int) -> None:
    assert fee_of(PRICE, FreightBasis.WEIGHT, [goods(grams)]).fee_minor == fee


@given(st.integers(1, 10**6), st.integers(1, 100))
def test_thresholds_free_all_but_the_surcharge(minor: int, pieces: int) -> None:
    zone = PRICE._replace(free_from_minor=minor, free_from_pieces=pieces + 1)
    under = fee_of(zone, FreightBasis.WEIGHT, [goods(1, pieces=pieces, amount=minor - 1)])
    assert (under.is_free, under.fee_minor > 200) == (False, True)
    for reached in (
        goods(1, pieces=pieces, amount=minor),
        goods(1, pieces=pieces + 1, amount=minor - 1),
    ):
        fee = fee_of(zone, FreightBasis.WEIGHT, [reached])
        assert (fee.is_free, fee.fee_minor, fee.surcharge_minor) == (True, 200, 200)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (Place("CN", "310115"), "pudong"),
        (Place("CN", "310104"), "shanghai"),
        (Place("CN", "540102"), "rest"),
        (Place("CN", None), "rest"),
        (Place("DE", None), None),
        (Place("DE", "310115"), None),
    ],
)
def test_the_closest_zone_wins(place: Place, code: str | None) -> None:
    found = zone_of(
        [
            Zone("rest", "", ("CN",)),
            Zone("pudong", "", ("310115", "44")),
            Zone("shanghai", "", ("31",)),
        ],
        place,
    )
    assert (found.code if found else None) == code
