"""Covering an amount (payments specification 3.3)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.payments import TenderKind
from app.core.ids import new_id
from app.services.payments import DuplicateTender, TenderMismatch
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
