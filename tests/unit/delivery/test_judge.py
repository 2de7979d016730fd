"""What an order may travel by, and why not by the rest."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.delivery import DeliveryMethod, FreightBasis, Refusal
from app.services.delivery.engine import (
    Goods,
    Judgement,
    Place,
    Point,
    Slot,
    Template,
    Wish,
    Zone,
    judge,
)

OURS, THEIRS, NORTH = UUID(int=1), UUID(int=2), UUID(int=9)
FOOD = UUID(int=7)
AT = datetime(2026, 11, 27, 10, tzinfo=UTC)
HOME = Place("CN", "310101")
ZONES = (
    Zone("near", "", ("31",), True, 1, 500, 1, 100, transit_days=1),
    Zone("far", "", ("54",), is_served=False),
)
STANDARD, EXPRESS = DeliveryMethod.STANDARD, DeliveryMethod.EXPRESS
PICKUP, SAME_CITY = DeliveryMethod.PICKUP, DeliveryMethod.SAME_CITY


def template(method: DeliveryMethod = STANDARD, **terms: Any) -> Template:
    values: dict[str, Any] = {
        "id": UUID(int=5),
        "version": 1,
        "merchant_id": OURS,
        "warehouse_id": None,
        "method": method,
        "basis": FreightBasis.PIECES,
        "zones": ZONES,
    }
    return Template(**(values | terms))


def goods(merchant_id: UUID = OURS, **terms: Any) -> Goods:
    values: dict[str, Any] = {
        "merchant_id": merchant_id,
        "warehouse_id": None,
        "pieces": 2,
        "weight_grams": 500,
        "volume_cm3": 0,
        "amount_minor": 1_000,
    }
    return Goods(**(values | terms))


def slot(method: DeliveryMethod = SAME_CITY, **terms: Any) -> Slot:
    values: dict[str, Any] = {
        "id": UUID(int=8),
        "merchant_id": OURS,
        "method": method,
        "ends_at": AT + timedelta(hours=4),
        "orders_until": AT + timedelta(hours=1),
        "left": 1,
        "is_active": True,
    }
    return Slot(**(values | terms))


def judged(templates: list[Template], wish: Wish, *what: Goods, place: Place = HOME) -> Judgement:
    return judge(what or (goods(),), templates, wish, place, AT)


def whys(found: Judgement) -> list[Refusal]:
    return [each.code for each in found.chosen.reasons]


def test_without_templates_standard_is_free_and_nothing_else_is_there() -> None:
    found = judged([], Wish(STANDARD))
    assert (found.chosen.is_allowed, found.chosen.fee_minor) == (True, 0)
    assert [each.kind for each in found.options] == [STANDARD]
    assert whys(judged([], Wish(EXPRESS))) == [Refusal.NOT_OFFERED]


@pytest.mark.parametrize(
    ("terms", "what", "place", "why"),
    [
        ({}, goods(), Place("CN", "540102"), Refusal.ZONE_NOT_SERVED),
        ({}, goods(), Place("DE", None), Refusal.ZONE_NOT_SERVED),
        ({"max_weight_grams": 999}, goods(), HOME, Refusal.TOO_HEAVY),
        (
            {"refused_category_ids": frozenset({FOOD})},
            goods(category_ids=frozenset({FOOD, OURS})),
            HOME,
            Refusal.CATEGORY_REFUSED,
        ),
    ],
)
def test_what_a_template_refuses(
    terms: dict[str, Any], what: Goods, place: Place, why: Refusal
) -> None:
    found = judged([template(**terms)], Wish(STANDARD), what, place=place)
    assert whys(found) == [why]
    assert found.chosen.reasons[0].merchant_id == OURS
    assert judged([template(max_weight_grams=1_000)], Wish(STANDARD)).chosen.is_allowed


@given(st.lists(st.integers(1, 20), min_size=1, max_size=4), st.integers(1, 20))
def test_the_fee_is_the_sum_over_merchants(ours: list[int], theirs: int) -> None:
    both = [template(), template(merchant_id=THEIRS)]
    mine = [goods(pieces=each) for each in ours]
    other = goods(THEIRS, pieces=theirs)
    whole = judged(both, Wish(STANDARD), *mine, other).chosen
    apart = [judged(both, Wish(STANDARD), *mine), judged(both, Wish(STANDARD), other)]
    assert whole.fee_minor == sum(each.chosen.fee_minor for each in apart)
    assert whole.fee_minor == sum(each.fee_minor for each in whole.freights)


def test_a_template_of_the_warehouse_goes_first() -> None:
    cheap = template(id=UUID(int=6), warehouse_id=NORTH, zones=(Zone("all", "", ("CN",)),))
    found = judged([template(), cheap], Wish(STANDARD), goods(warehouse_id=NORTH), goods(pieces=1))
    assert [(each.warehouse_id, each.fee_minor) for each in found.chosen.freights] == [
        (None, 500),
        (NORTH, 0),
    ]


def test_one_merchant_alone_is_fetched_from_or_comes_by_rider() -> None:
    methods = [template(PICKUP), template(PICKUP, merchant_id=THEIRS)]
    point = Point(UUID(int=4), OURS, HOME, is_active=True)
    found = judged(methods, Wish(PICKUP, point), goods(), goods(THEIRS))
    assert whys(found) == [Refusal.SEVERAL_MERCHANTS]


def test_fetching_needs_an_open_point_of_the_merchant() -> None:
    point = Point(UUID(int=4), OURS, HOME, is_active=True)
    far_home = Place("CN", "540102")  # what counts is where the point is
    assert judged([template(PICKUP)], Wish(PICKUP, point), place=far_home).chosen.is_allowed
    assert whys(judged([template(PICKUP)], Wish(PICKUP))) == [Refusal.POINT_NEEDED]
    for closed in (point._replace(is_active=False), point._replace(merchant_id=THEIRS)):
        assert whys(judged([template(PICKUP)], Wish(PICKUP, closed))) == [Refusal.POINT_CLOSED]


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        (slot(), []),
        (None, [Refusal.SLOT_NEEDED]),
        (slot(orders_until=AT), [Refusal.CUT_OFF_PASSED]),
        (slot(left=0), [Refusal.SLOT_FULL]),
        (slot(is_active=False), [Refusal.NO_SLOT]),
        (slot(PICKUP), [Refusal.NO_SLOT]),
        (slot(merchant_id=THEIRS), [Refusal.NO_SLOT]),
    ],
)
def test_a_rider_comes_in_a_slot(chosen: Slot | None, why: list[Refusal]) -> None:
    found = judged([template(SAME_CITY, has_slot=True)], Wish(SAME_CITY, slot=chosen))
    assert whys(found) == why
    if not why:
        assert found.chosen.arrives_on == AT.date()


def test_methods_nobody_chose_are_told_too() -> None:
    offered = [template(), template(EXPRESS, zones=()), template(SAME_CITY)]
    found = judged(offered, Wish(STANDARD))
    assert {each.kind: [why.code for why in each.reasons] for each in found.options} == {
        STANDARD: [],
        EXPRESS: [Refusal.ZONE_NOT_SERVED],
        SAME_CITY: [Refusal.NO_SLOT],
    }
