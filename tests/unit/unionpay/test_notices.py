"""What a notice of UnionPay says."""

from datetime import UTC, datetime

import pytest

from app.adapters.unionpay import Credentials, notices, wire
from app.core.ids import new_id
from app.services.payments.ports import Notice
from tests.simulators.unionpay import MER_ID, Order, UnionPaySimulator
from tests.unit.unionpay.conftest import make_account

NOW = datetime(2026, 11, 26, tzinfo=UTC)
UNIONPAY = UnionPaySimulator()
NUMBER = new_id().hex


def order(code: str = "00", **changes: str) -> Order:
    fields = {
        "txnType": "01",
        "orderId": NUMBER,
        "txnTime": wire.stamp(wire.ordered_at(NUMBER)),
        "merId": MER_ID,
        "reqReserved": "20261126101500|qr",
    }
    return Order(fields | changes, "Q1", code, 8_888)


def read(body: bytes) -> Notice:
    return notices.read(Credentials.of(make_account(), at=NOW), body, at=NOW)


def test_a_payment() -> None:
    found = read(UNIONPAY.notice(order()))
    assert (found.kind, found.number, found.state) == ("payment", NUMBER, "succeeded")
    assert (found.provider_id, found.amount_minor, found.currency) == ("Q1", 8_888, "CNY")
    assert (found.merchant_id, found.app_id) == (MER_ID, None)


def test_empty_fields_do_not_count() -> None:
    assert read(UNIONPAY.notice(order()) + b"&accNo=&payCardType=").number == NUMBER


@pytest.mark.parametrize("code", ["03", "05", "30", "00x"])
def test_a_payment_that_failed_may_be_tried_again(code: str) -> None:
    assert read(UNIONPAY.notice(order(code))).state == "pending"


def test_m27_another_time_is_another_order() -> None:
    """UnionPay knows an order by number and time."""
    found = read(UNIONPAY.notice(order(txnTime="20200101000000")))
    assert found.number == f"{NUMBER}@20200101000000"
    assert read(UNIONPAY.notice(order(orderId="SHOP12345678"))).number.startswith("SHOP12345678@")


@pytest.mark.parametrize("amount", ["-", "88.88", "-1", "abc"])
def test_m27_a_senseless_amount_is_left_to_people(amount: str) -> None:
    assert read(UNIONPAY.notice(order(), txnAmt=amount)).amount_minor is None


def test_m27_another_currency_is_told() -> None:
    assert read(UNIONPAY.notice(order(), currencyCode="840")).currency is None


@pytest.mark.parametrize("kind", ["04", "31"])
def test_a_refund_is_named_by_our_number(kind: str) -> None:
    found = read(UNIONPAY.notice(order(txnType=kind, orderId="R1", reqReserved="R1-1")))
    assert (found.kind, found.number, found.provider_id) == ("refund", "R1-1", "Q1")
