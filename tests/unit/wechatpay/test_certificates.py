"""The platform's certificates: fetched when they are needed, changed by serial number."""

from datetime import timedelta

import pytest
import time_machine

from app.core import clock
from app.services.payments.ports import GatewayUnreachable, SignatureInvalid
from tests.simulators.wechatpay import Trouble
from tests.simulators.wechatpay.account import make_account
from tests.unit.wechatpay.conftest import Bench, make_bench, payment


@pytest.fixture
def bench() -> Bench:
    return make_bench(with_public_key=False)


def fetches(bench: Bench) -> int:
    return bench.platform.calls.count("certificates")


async def test_they_are_fetched_once(bench: Bench) -> None:
    for _ in range(3):
        await bench.gateway.create(payment())
    assert fetches(bench) == 1


async def test_a_notice_may_come_before_anything_was_asked(bench: Bench) -> None:
    number = await bench.paid()
    fresh = make_bench(with_public_key=False)
    fresh.platform.keys = bench.platform.keys
    headers, body = bench.platform.payment_notice(number)
    with pytest.raises(SignatureInvalid, match="does not hold"):
        fresh.gateway.verify_notice(headers, body, at=clock.now())
    await fresh.gateway.learn_keys(headers)
    assert fresh.gateway.verify_notice(headers, body, at=clock.now()).number == number


async def test_a_new_certificate_is_learnt_when_it_signs_and_the_old_one_still_holds(
    bench: Bench,
) -> None:
    number = await bench.paid()
    old = bench.platform.payment_notice(number)
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=True):
        bench.platform.keys.rotate()
        await bench.gateway.query(number)
        new = bench.platform.payment_notice(number)
        for headers, body in (old, new):
            assert bench.gateway.verify_notice(headers, body, at=clock.now()).number == number
    assert fetches(bench) == 2


async def test_m26_a_certificate_that_is_not_listed_any_more_signs_nothing(bench: Bench) -> None:
    number = await bench.paid()
    old = bench.platform.payment_notice(number)
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=True):
        bench.platform.keys.rotate()
        bench.platform.keys.retire_all_but_the_last()
        await bench.gateway.query(number)
        with pytest.raises(SignatureInvalid, match="does not hold"):
            bench.gateway.verify_notice(*old, at=clock.now())


async def test_m26_a_certificate_that_has_run_out_signs_nothing(bench: Bench) -> None:
    bench.platform.keys.rotate(days=1)
    number = await bench.paid()
    with time_machine.travel(clock.now() + timedelta(days=2), tick=True):
        headers, body = bench.platform.payment_notice(number)
        with pytest.raises(SignatureInvalid, match="does not hold"):
            bench.gateway.verify_notice(headers, body, at=clock.now())
        with pytest.raises(GatewayUnreachable, match="not the platform's"):
            await bench.gateway.query(number)


async def test_m26_made_up_serial_numbers_do_not_make_us_ask_every_time(bench: Bench) -> None:
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    for serial in range(50):
        forged = headers | {"wechatpay-serial": f"{serial:040X}"}
        await bench.gateway.learn_keys(forged)
        with pytest.raises(SignatureInvalid):
            bench.gateway.verify_notice(forged, body, at=clock.now())
    assert fetches(bench) == 1
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=True):
        await bench.gateway.learn_keys(headers | {"wechatpay-serial": "AB"})
    assert fetches(bench) == 2


@pytest.mark.parametrize("trouble", [Trouble.UNSIGNED, Trouble.FORGED, Trouble.STALE, Trouble.HTML])
async def test_certificates_nobody_signed_are_not_taken(bench: Bench, trouble: Trouble) -> None:
    bench.platform.troubles["certificates"] = [trouble]
    with pytest.raises(GatewayUnreachable):
        await bench.gateway.create(payment())
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=True):
        request = payment()
        await bench.gateway.create(request)
    assert request.out_trade_no in bench.platform.payments


async def test_certificates_sealed_for_somebody_else_are_not_taken(bench: Bench) -> None:
    other = bench.platform.merchant
    bench.platform.merchant = type(other)(**{**other.__dict__, "api_key": b"k" * 32})
    with pytest.raises(ValueError, match="another key"):
        await bench.gateway.create(payment())


async def test_a_certificate_under_another_name_is_not_taken(bench: Bench) -> None:
    (listed,) = bench.platform.keys.listed
    bench.platform.keys.listed = [type(listed)(**{**listed.__dict__, "serial": "AB"})]
    honest = bench.platform.keys.document(b"k" * 32)["data"][0]["serial_no"]
    assert honest == "AB"
    document = bench.platform.keys.document(bench.platform.merchant.api_key)
    document["data"][0]["serial_no"] = "CD"
    bench.platform.keys.document = lambda _: document  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="another serial number"):
        await bench.gateway.create(payment())


async def test_while_the_platform_changes_over_both_kinds_of_key_are_believed() -> None:
    bench = make_bench()
    number = await bench.paid()
    bench.platform.with_public_key = False
    await bench.gateway.query(number)
    headers, body = bench.platform.payment_notice(number)
    assert bench.gateway.verify_notice(headers, body, at=clock.now()).number == number
    assert fetches(bench) == 1


async def test_m26_a_merchant_without_certificates_refuses_unknown_serial_numbers() -> None:
    bench = make_bench()
    bench.platform.keys.listed.clear()
    number = await bench.paid()
    headers, body = bench.platform.payment_notice(number)
    forged = headers | {"wechatpay-serial": "AB"}
    await bench.gateway.learn_keys(forged)
    with pytest.raises(SignatureInvalid, match="does not hold"):
        bench.gateway.verify_notice(forged, body, at=clock.now())
    assert bench.gateway.verify_notice(headers, body, at=clock.now()).number == number


@pytest.mark.parametrize("trouble", [Trouble.DEAD, Trouble.FREQUENT, Trouble.SYSTEM_ERROR])
async def test_while_certificates_cannot_be_fetched_nothing_is_called_forged(
    bench: Bench, trouble: Trouble
) -> None:
    number = await bench.paid()
    bench.platform.keys.rotate()
    bench.platform.troubles["certificates"] = [trouble]
    headers, _ = bench.platform.payment_notice(number)
    later = clock.now() + timedelta(seconds=61)
    with time_machine.travel(later, tick=True), pytest.raises(GatewayUnreachable):
        await bench.gateway.learn_keys(headers)
    with time_machine.travel(later, tick=True), pytest.raises(GatewayUnreachable):
        await bench.gateway.learn_keys(headers)
    assert fetches(bench) == 2


def test_we_ask_to_be_answered_with_the_key_we_know() -> None:
    bench = make_bench()
    account = make_account(bench.platform)
    request = bench.gateway._client.request("GET", "/v3/certificates")
    assert request.headers["wechatpay-serial"] == account.public_key_id
