"""Notices: what is believed, and what is not."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.ids import new_id
from app.services.payments.ports import GatewayState, NoticeKind, SignatureInvalid
from tests.simulators.wechatpay.account import MCH_ID
from tests.unit.wechatpay.conftest import Bench, make_bench


async def read(bench: Bench, headers: dict[str, str], body: bytes, seconds: float = 0) -> object:
    await bench.gateway.learn_keys(headers)
    at = clock.now() + timedelta(seconds=seconds)
    return bench.gateway.verify_notice(headers, body, at=at)


async def test_a_payment_notice_says_what_was_paid_where(bench: Bench) -> None:
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    await bench.gateway.learn_keys(headers)
    notice = bench.gateway.verify_notice(headers, body, at=clock.now())
    assert (notice.kind, notice.number, notice.state) == (
        NoticeKind.PAYMENT,
        number,
        GatewayState.SUCCEEDED,
    )
    assert (notice.amount_minor, notice.currency) == (1_234, "CNY"), "the total, not the payer's"
    assert (notice.merchant_id, notice.app_id) == (MCH_ID, "wx1111111111111111")
    assert notice.provider_id == bench.platform.payments[number].transaction_id


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("SUCCESS", GatewayState.SUCCEEDED),
        ("ABNORMAL", GatewayState.ABNORMAL),
        ("CLOSED", GatewayState.FAILED),
    ],
)
async def test_a_refund_notice_is_about_our_refund(
    bench: Bench, status: str, state: GatewayState
) -> None:
    number = await bench.paid()
    await bench.gateway.refund(bench.refund(number, "R1-1"))
    bench.platform.settle("R1-1", status)
    headers, body = bench.platform.refund_notice("R1-1")
    notice = bench.gateway.verify_notice(headers, body, at=clock.now())
    assert (notice.kind, notice.number, notice.state) == (NoticeKind.REFUND, "R1-1", state)
    assert (notice.amount_minor, notice.app_id, notice.currency) == (234, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"wechatpay-signature": ""},
        {"wechatpay-signature": "WECHATPAY/SIGNTEST/c2ln"},
        {"wechatpay-signature": "不是"},
        {"wechatpay-signature": "AAAA"},
        {"wechatpay-serial": ""},
        {"wechatpay-serial": "PUB_KEY_ID_0000000000000000000000000000"},
        {"wechatpay-serial": "不是"},
        {"wechatpay-timestamp": ""},
        {"wechatpay-timestamp": "１７６４０００００0"},
        {"wechatpay-timestamp": "99999999999999"},
        {"wechatpay-nonce": "another"},
        {"wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"},
        {"wechatpay-signature-type": "MD5"},
    ],
)
async def test_m26_a_forged_notice_is_refused(bench: Bench, change: dict[str, str]) -> None:
    headers, body = bench.platform.payment_notice(await bench.paid())
    with pytest.raises(SignatureInvalid):
        await read(bench, headers | change, body)


@pytest.mark.parametrize("name", ["signature", "serial", "timestamp", "nonce"])
async def test_m26_a_notice_without_a_header_is_refused(bench: Bench, name: str) -> None:
    headers, body = bench.platform.payment_notice(await bench.paid())
    del headers[f"wechatpay-{name}"]
    with pytest.raises(SignatureInvalid):
        await read(bench, headers, body)


async def test_m26_a_notice_of_another_merchant_is_not_for_us(bench: Bench) -> None:
    """The platform signs for everybody with the same key; only the seal is the merchant's."""
    number = await bench.paid()
    other = bench.platform.merchant
    bench.platform.merchant = type(other)(**{**other.__dict__, "api_key": b"k" * 32})
    headers, body = bench.platform.payment_notice(number)
    with pytest.raises(SignatureInvalid, match="cannot be read"):
        await read(bench, headers, body)


async def test_m26_a_changed_notice_is_refused(bench: Bench) -> None:
    headers, body = bench.platform.payment_notice(await bench.paid())
    with pytest.raises(SignatureInvalid, match="not signed"):
        await read(bench, headers, body.replace(b"TRANSACTION", b"TRANSACTIOM"))


@pytest.mark.parametrize("seconds", [-301, 301, 10**6])
async def test_m30_a_notice_that_is_not_fresh_is_refused(bench: Bench, seconds: int) -> None:
    headers, body = bench.platform.payment_notice(await bench.paid())
    with pytest.raises(SignatureInvalid, match="too old"):
        await read(bench, headers, body, seconds)
    assert await read(bench, headers, body, seconds=240)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"resource": null}',
        b'{"resource": {"original_type": "transaction"}}',
        b'{"resource": {"original_type": "lottery", "algorithm": "AEAD_AES_256_GCM"}}',
        b'{"resource": {"original_type": ["transaction"], "algorithm": "AEAD_AES_256_GCM"}}',
        b'{"resource": {"original_type": "refund", "algorithm": "none", "ciphertext": ""}}',
        b'{"resource": {"original_type": "refund", "algorithm": "AEAD_AES_256_GCM"}}',
        b'{"resource": {"original_type": "refund", "algorithm": "AEAD_AES_256_GCM", "nonce": ""}}',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)
async def test_m33_whatever_else_is_signed_is_refused(bench: Bench, body: bytes) -> None:
    with pytest.raises(SignatureInvalid, match="cannot be read"):
        await read(bench, bench.platform.signed(body), body)


@pytest.mark.parametrize(
    "other",
    [
        {"amount": {"total": "1234", "currency": "CNY"}},
        {"amount": {"total": 12.34, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {}},
        {"amount": None},
        {"out_trade_no": None},
        {"out_trade_no": "x" * 129},
        {"transaction_id": 7},
        {"mchid": ""},
        {"appid": None},
    ],
)
async def test_a_notice_that_says_no_amount_or_name_is_refused(
    bench: Bench, other: dict[str, object]
) -> None:
    headers, body = bench.platform.payment_notice(await bench.paid(), **other)
    with pytest.raises(SignatureInvalid, match="cannot be read"):
        await read(bench, headers, body)


async def test_an_unknown_state_changes_nothing(bench: Bench) -> None:
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number, trade_state="SOMETHING_NEW")
    await bench.gateway.learn_keys(headers)
    notice = bench.gateway.verify_notice(headers, body, at=clock.now())
    assert notice.state is GatewayState.UNKNOWN


async def test_m26_a_notice_for_another_account_of_ours_is_refused() -> None:
    ours, other = make_bench(), make_bench(api_key="k" * 32)
    number = await ours.paid(out_trade_no=new_id().hex)
    headers, body = ours.platform.payment_notice(number)
    with pytest.raises(SignatureInvalid):
        await read(other, headers, body)
