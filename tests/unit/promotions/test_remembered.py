"""Quotes given again: when they may be, and when something has to be worked out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.services.pricing.engine import PriceOption
from app.services.promotions import engine, remembered
from app.services.promotions.engine import Cart, Coupon, Quota

from . import rules

NOON = rules.NOON
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def times(monkeypatch) -> Callable[[], int]:
    """How often the engine was asked, with nothing remembered from before."""
    seen = []

    class Engine:
        @staticmethod
        def quote(*given):
            seen.append(given)
            return engine.quote(*given)

    monkeypatch.setattr(remembered, "_MADE", {})
    monkeypatch.setattr(remembered, "engine", Engine)
    return lambda: len(seen)


def cart(price_minor: int = 10_000, **more) -> Cart:
    return Cart((rules.line("a", price_minor, 2, **more),))


OFF = rules.promotion("A", rules.amount_off(500), rules.min_amount(15_000))


def test_the_very_same_is_not_worked_out_again(times) -> None:
    first = remembered.quote(cart(), (OFF,), rules.context())
    later = remembered.quote(cart(), (OFF,), rules.context(at=NOON + HOUR))
    assert times() == 1
    assert later is first


@pytest.mark.parametrize(
    "other",
    [
        lambda: (cart(10_001), (OFF,), rules.context()),
        lambda: (cart(floor_minor=9_999), (OFF,), rules.context()),
        lambda: (replace(cart(), shipping_minor=1), (OFF,), rules.context()),
        lambda: (cart(), (), rules.context()),
        lambda: (cart(), (replace(OFF, quota=Quota(remaining_uses=0)),), rules.context()),
        lambda: (cart(), (replace(OFF, name="Another"),), rules.context()),
        lambda: (cart(), (OFF,), rules.context(max_discount_bps=100)),
        lambda: (cart(), (OFF,), rules.context(customer=engine.Customer("m", tier="gold"))),
        lambda: (cart(), (OFF,), rules.context(at=NOON - MOMENT)),
    ],
)
def test_anything_else_is_worked_out(times, other) -> None:
    remembered.quote(cart(), (OFF,), rules.context())
    assert remembered.quote(*other()) == engine.quote(*other())
    assert times() == 2


@pytest.mark.parametrize(
    ("promotions", "prices"),
    [
        ((replace(OFF, ends_at=NOON + HOUR),), ()),
        ((replace(OFF, starts_at=NOON + HOUR),), ()),
        ((rules.promotion("A", rules.amount_off(9), {
            "type": "time_of_day", "from": "20:00", "to": "21:00"}),), ()),
        ((rules.coupon("A", rules.amount_off(9),
            coupon=Coupon("c", valid_to=NOON + HOUR)),), ()),
        ((rules.coupon("A", rules.amount_off(9),
            coupon=Coupon("c", valid_from=NOON + HOUR)),), ()),
        ((), (PriceOption("flash", 9_000, "p", ends_at=NOON + HOUR),)),
        ((), (PriceOption("flash", 9_000, "p", starts_at=NOON + HOUR),)),
    ],
)  # fmt: skip
def test_time_alone_makes_another_quote_at_an_edge(times, promotions, prices) -> None:
    goods = cart(prices=prices)
    first = remembered.quote(goods, promotions, rules.context())
    before = remembered.quote(goods, promotions, rules.context(at=NOON + HOUR - MOMENT))
    assert times() == 1
    assert before is first
    after = remembered.quote(goods, promotions, rules.context(at=NOON + HOUR))
    assert times() == 2
    assert after.quote_hash != first.quote_hash


def test_how_it_is_paid_matters_to_promotions_for_it_alone(times) -> None:
    chosen = rules.context(payment_kinds=frozenset({"balance"}))
    first = remembered.quote(cart(), (OFF,), rules.context())
    assert remembered.quote(cart(), (OFF,), chosen) is first
    paid = rules.coupon("B", rules.amount_off(9), {"type": "payment_kind", "kinds": ["balance"]})
    without = remembered.quote(cart(), (paid,), rules.context())
    assert rules.applied(remembered.quote(cart(), (paid,), chosen)) == {"B": 9}
    assert rules.reasons(without) == {"B": "PAYMENT_KIND"}
    assert times() == 3


def test_no_more_are_kept_than_there_is_room_for(times, monkeypatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    carts = [Cart((rules.line(each, 100),)) for each in "abc"]
    for each in (0, 1, 0, 2, 0, 1):
        remembered.quote(carts[each], (OFF,), rules.context())
        assert len(remembered._MADE) <= 2
    assert times() == 4  # 0 was asked for between the others; 1 had to go


def test_what_is_ordered_is_asked_for_the_last_time(times) -> None:
    seen = remembered.quote(cart(), (OFF,), rules.context())
    assert remembered.quote(cart(), (OFF,), rules.context(), is_last=True) is seen
    assert not remembered._MADE
    anew = remembered.quote(cart(), (OFF,), rules.context(), is_last=True)
    assert (anew, times()) == (seen, 2)
    assert not remembered._MADE
