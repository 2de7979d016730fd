"""Notices: whom they are from, and what each of their many meanings is."""

from datetime import UTC, datetime

import pytest

from app.adapters.alipay import notices, signing
from app.adapters.alipay.trust import PlainKeys
from app.services.payments.ports import Notice, SignatureInvalid
from tests.simulators.alipay import APP_ID, SELLER_ID, AlipaySimulator, Trade
from tests.simulators.pki import public_pem

NOW = datetime(2026, 11, 26, tzinfo=UTC)
TRUST = PlainKeys((signing.public_key(public_pem("alipay")),))
ALIPAY = AlipaySimulator()


def trade(status: str = "TRADE_SUCCESS") -> Trade:
    return Trade("N1", "88.88", "T1", {}, status)


def read(body: bytes) -> Notice:
    return notices.read(TRUST, body, at=NOW)


def test_a_payment() -> None:
    found = read(ALIPAY.notice(trade()))
    assert (found.kind, found.number, found.state) == ("payment", "N1", "succeeded")
    assert (found.provider_id, found.amount_minor, found.currency) == ("T1", 8_888, "CNY")
    assert (found.merchant_id, found.app_id) == (SELLER_ID, APP_ID)


def test_notices_come_in_the_character_set_they_name() -> None:
    assert read(ALIPAY.notice(trade(), charset="gbk")).amount_minor == 8_888


def test_fields_nobody_knows_are_signed_too() -> None:
    assert read(ALIPAY.notice(trade(), brand_new="1", blank="")).number == "N1"


@pytest.mark.parametrize("status", ["TRADE_SUCCESS", "TRADE_CLOSED"])
def test_a_refund_is_told_by_its_own_fields(status: str) -> None:
    body = ALIPAY.notice(
        trade(status),
        refund_fee="3.00",
        gmt_refund="2026-11-26 10:00:00.123",
        out_biz_no="R1-1",
    )
    found = read(body)
    assert (found.kind, found.number, found.provider_id) == ("refund", "R1-1", "R1-1")


def test_a_refund_without_our_number_names_nothing() -> None:
    found = read(ALIPAY.notice(trade(), refund_fee="3.00"))
    assert (found.kind, found.number, found.provider_id) == ("refund", "", "n-T1")


@pytest.mark.parametrize(
    ("status", "state"),
    [("TRADE_CLOSED", "closed"), ("TRADE_FINISHED", "succeeded"), ("WAIT_BUYER_PAY", "pending")],
)
def test_other_states_are_the_payments(status: str, state: str) -> None:
    found = read(ALIPAY.notice(trade(status)))
    assert (found.kind, found.state) == ("payment", state)


def test_a_finished_trade_is_paid_although_some_went_back() -> None:
    found = read(ALIPAY.notice(trade("TRADE_FINISHED"), refund_fee="3.00"))
    assert (found.kind, found.state, found.amount_minor) == ("payment", "succeeded", 8_888)


@pytest.mark.parametrize("amount", ["", "abc", "1.234", "-1.00", "1e3"])
def test_m27_a_senseless_amount_is_left_to_people(amount: str) -> None:
    assert read(ALIPAY.notice(trade(), total_amount=amount)).amount_minor is None


FORGED = {
    "another key": ALIPAY.notice(trade(), key_name="mallory"),
    "changed amount": ALIPAY.notice(trade()).replace(b"88.88", b"00.01"),
    "changed order": ALIPAY.notice(trade()).replace(b"out_trade_no=N1", b"out_trade_no=N2"),
    "added field": ALIPAY.notice(trade()) + b"&gmt_refund=1",
    "second value": ALIPAY.notice(trade()) + b"&out_trade_no=N2",
    "first value": b"out_trade_no=N2&" + ALIPAY.notice(trade()),
    "no signature": ALIPAY.notice(trade()).split(b"&sign=")[0],
    "empty signature": ALIPAY.notice(trade()).split(b"&sign=")[0] + b"&sign=",
    "older algorithm": ALIPAY.notice(trade(), sign_type="RSA"),
    "digest only": ALIPAY.notice(trade(), sign_type="MD5"),
    "no algorithm": ALIPAY.notice(trade(), sign_type="-"),
    "no order": ALIPAY.notice(trade(), out_trade_no="-"),
    "no state": ALIPAY.notice(trade(), trade_status="PAID"),
    "odd characters": ALIPAY.notice(trade()).replace(b"utf-8", b"utf-7"),
    "not a form": b'{"out_trade_no": "N1"}',
    "empty": b"",
    "bytes": b"\xff\xfe\x00",
    "bad escape": b"sign=%ff&charset=utf-8",
    "many fields": b"&".join(b"f%d=1" % i for i in range(200)),
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
}


@pytest.mark.parametrize("case", FORGED)
def test_m26_what_alipay_did_not_sign_is_refused(case: str) -> None:
    with pytest.raises(SignatureInvalid):
        read(FORGED[case])


def test_m30_an_old_notice_is_read_for_alipay_repeats_it_for_a_day() -> None:
    """Its fields say nothing trustworthy about now, so every success is confirmed by a query."""
    body = ALIPAY.notice(trade(), notify_time="2020-01-01 00:00:00")
    assert read(body).number == "N1"
