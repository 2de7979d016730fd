"""Covering an amount (payments specification 3.3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import TenderKind
from app.core.ids import new_id
from app.services.payments import DuplicateTender, PointsMissing, TenderMismatch
from app.services.payments.engine.tenders import Source, cover, in_tender_order, plan_tenders

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GATEWAY = Source(kind=TenderKind.GATEWAY, available_minor=None, channel="alipay")


def balance(available_minor: int, max_minor: int | None = None) -> Source:
    return Source(kind=TenderKind.BALANCE, available_minor=available_minor, max_minor=max_minor)


def points(owned: int, value: int = 1, multiple: int = 1, cap_bps: int = 10_000) -> Source:
    return Source(
        kind=TenderKind.POINTS,
        points=owned,
        point_value_minor=value,
        multiple=multiple,
        cap_bps=cap_bps,
    )


@pytest.mark.parametrize(
    ("payable", "sources", "amounts"),
    [
        (100, [balance(100)], [100]),
        (100, [balance(150)], [100]),
        (100, [balance(0), GATEWAY], [100]),
        (100, [balance(150, max_minor=30), GATEWAY], [30, 70]),
        (1_234, [points(300, 5), GATEWAY], [1_230, 4]),
        (999, [points(1_000, 1, 100, 5_000), GATEWAY], [400, 599]),
        (3, [points(10, 5), GATEWAY], [3]),
        (0, [balance(5), GATEWAY], []),
    ],
)
def test_each_source_pays_what_it_can(
    payable: int, sources: list[Source], amounts: list[int]
) -> None:
    assert [each.amount_minor for each in plan_tenders(payable, sources)] == amounts


def test_what_nothing_covers_is_refused_with_the_gap() -> None:
    with pytest.raises(TenderMismatch) as refused:
        plan_tenders(100, [balance(60), points(10)])
    assert refused.value.context == {"uncovered_minor": 30}


def test_tenders_pay_in_one_order_whatever_the_order_asked() -> None:
    def card(days: int | None) -> Source:
        expires_at = None if days is None else NOW + timedelta(days=days)
        return Source(
            kind=TenderKind.GIFT_CARD,
            available_minor=1,
            gift_card_id=new_id(),
            expires_at=expires_at,
        )

    late, early, never = card(9), card(1), card(None)
    asked = [GATEWAY, balance(1), never, points(1), late, early]
    ordered = in_tender_order(asked)
    assert ordered[:3] == [early, late, never]
    assert [each.kind for each in ordered[3:]] == ["points", "balance", "gateway"]


@pytest.mark.parametrize("twice", [GATEWAY, balance(1), points(1)])
def test_no_means_is_named_twice(twice: Source) -> None:
    with pytest.raises(DuplicateTender):
        in_tender_order([twice, twice])


@given(
    payable=st.integers(0, 10**6),
    owned=st.integers(0, 10**6),
    value=st.integers(1, 50),
    multiple=st.integers(1, 500),
    cap_bps=st.integers(0, 10_000),
    money=st.integers(0, 10**6),
)
def test_inv_3_tenders_sum_to_the_payable(
    payable: int, owned: int, value: int, multiple: int, cap_bps: int, money: int
) -> None:
    sources = [points(owned, value, multiple, cap_bps), balance(money), GATEWAY]
    planned = plan_tenders(payable, sources)
    assert sum(each.amount_minor for each in planned) == payable
    assert all(each.amount_minor > 0 for each in planned)
    for each in planned:
        if each.points is not None:
            assert each.points <= owned
            assert each.points % multiple == 0
            assert each.points * value == each.amount_minor <= payable * cap_bps // 10_000
    _, rest = cover(payable, sources[:2])
    assert rest == sum(each.amount_minor for each in planned if each.source is GATEWAY)


def for_goods(owned: int, exchange: int, value: int = 1, **values: Any) -> Source:
    return replace(points(owned, value, **values), exchange_points=exchange, max_points=0)


@pytest.mark.parametrize(
    ("payable", "sources", "amounts"),
    [
        (100, [for_goods(50, 40), balance(100)], [40, 60]),
        (100, [balance(100), for_goods(50, 40)], [60, 40]),
        (100, [for_goods(20, 20, value=5)], [100]),
        (100, [for_goods(30, 10, value=5), GATEWAY], [50, 50]),
        (100, [for_goods(40, 40, multiple=25, cap_bps=0), GATEWAY], [40, 60]),
        (100, [replace(for_goods(90, 40), max_points=None), GATEWAY], [90, 10]),
        (100, [replace(for_goods(90, 40, cap_bps=5_000), max_points=None), GATEWAY], [70, 30]),
        (100, [replace(for_goods(90, 40), max_points=25), GATEWAY], [65, 35]),
    ],
    ids=str,
)
def test_points_that_goods_cost_are_taken_whatever_else_pays(
    payable: int, sources: list[Source], amounts: list[int]
) -> None:
    assert [each.amount_minor for each in plan_tenders(payable, sources)] == amounts


def test_money_does_not_make_up_for_points() -> None:
    sources = [for_goods(39, 40, value=2), balance(10_000), GATEWAY]
    planned, uncovered = cover(100, sources)
    assert [each.amount_minor for each in planned] == [78, 20]
    assert uncovered == 2
    with pytest.raises(PointsMissing) as refused:
        plan_tenders(100, sources)
    assert refused.value.context == {"missing_points": 1}


@given(
    money=st.integers(0, 10_000),
    owned=st.integers(0, 3_000),
    exchange=st.integers(0, 3_000),
    value=st.integers(1, 7),
    multiple=st.integers(1, 50),
    cap_bps=st.integers(0, 10_000),
    more=st.none() | st.integers(0, 3_000),
    funds=st.integers(0, 20_000),
)
def test_tenders_and_what_they_leave_are_the_payable(
    money: int,
    owned: int,
    exchange: int,
    value: int,
    multiple: int,
    cap_bps: int,
    more: int | None,
    funds: int,
) -> None:
    """And the points due are taken first, as far as there are any, and never more than owned."""
    source = for_goods(owned, exchange, value, multiple=multiple, cap_bps=cap_bps)
    payable = exchange * value + money
    planned, uncovered = cover(payable, [replace(source, max_points=more), balance(funds)])
    assert sum(each.amount_minor for each in planned) + uncovered == payable
    taken = sum(each.points or 0 for each in planned)
    assert min(owned, exchange) <= taken <= owned
    assert sum(each.missing_points for each in planned) == max(0, exchange - owned)
    assert (taken - min(owned, exchange)) * value <= money * cap_bps // 10_000
