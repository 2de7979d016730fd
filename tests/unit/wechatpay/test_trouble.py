"""Answers that are late, broken, forged or too much leave the outcome unknown."""

import pytest

from app.services.payments.calls import ask
from app.services.payments.ports import (
    CloseOutcome,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
)
from app.services.payments.terms import PaymentTerms
from tests.simulators.wechatpay import Trouble
from tests.unit.wechatpay.conftest import Bench, payment

ANSWERS = (
    Trouble.DEAD,
    Trouble.HTML,
    Trouble.SYSTEM_ERROR,
    Trouble.FREQUENT,
    Trouble.LOST,
    Trouble.LARGE,
    Trouble.UNSIGNED,
    Trouble.FORGED,
    Trouble.STALE,
)
DONE = (Trouble.LOST, Trouble.LARGE, Trouble.UNSIGNED, Trouble.FORGED, Trouble.STALE)


@pytest.mark.parametrize("trouble", ANSWERS)
async def test_m38_what_is_no_answer_leaves_a_creation_unknown(
    bench: Bench, trouble: Trouble
) -> None:
    request = payment()
    bench.platform.troubles["create"] = [trouble]
    with pytest.raises(GatewayUnreachable):
        await bench.gateway.create(request)
    assert (request.out_trade_no in bench.platform.payments) == (trouble in DONE)
    action = await bench.gateway.create(request)
    assert action["kind"] == "qr"
    assert len(bench.platform.payments) == 1


@pytest.mark.parametrize("trouble", ANSWERS)
async def test_m36_what_is_no_answer_tells_nothing_about_a_payment(
    bench: Bench, trouble: Trouble
) -> None:
    number = await bench.paid()
    # A refusal may be unsigned: it never says that money moved, and comes over TLS.
    unsigned = trouble is Trouble.UNSIGNED
    for operation in ("query",) if unsigned else ("query", "close"):
        bench.platform.troubles[operation] = [trouble]
        with pytest.raises(GatewayUnreachable):
            await getattr(bench.gateway, operation)(number)
    assert (await bench.gateway.query(number)).state is GatewayState.SUCCEEDED
    assert await bench.gateway.close(number) is CloseOutcome.ALREADY_PAID


@pytest.mark.parametrize("trouble", ANSWERS)
async def test_a_refund_whose_answer_was_lost_is_made_once(bench: Bench, trouble: Trouble) -> None:
    number = await bench.paid()
    order = bench.refund(number, "R1-1")
    bench.platform.troubles = {"refund": [trouble], "query_refund": [trouble]}
    with pytest.raises(GatewayUnreachable):
        await bench.gateway.refund(order)
    with pytest.raises(GatewayUnreachable):
        await bench.gateway.query_refund(bench.question(number, "R1-1"))
    await bench.gateway.refund(order)
    assert len(bench.platform.refunds) == 1


async def test_m38_ten_megabytes_are_not_read(bench: Bench) -> None:
    bench.platform.troubles["create"] = [Trouble.LARGE]
    with pytest.raises(GatewayUnreachable, match="too much"):
        await bench.gateway.create(payment())
    large = max(bench.platform.sent, key=lambda each: len(each.body))
    assert len(large.body) > 10_000_000
    assert large.taken < 600_000


async def test_m38_a_slow_answer_is_waited_for_five_seconds_at_most(bench: Bench) -> None:
    bench.platform.troubles["query"] = [Trouble.SLOW]
    terms = PaymentTerms(gateway_timeout_seconds=0.05)
    assert PaymentTerms().gateway_timeout_seconds == 5
    with pytest.raises(GatewayUnreachable):
        await ask(bench.gateway.query("0" * 32), terms)


async def test_a_request_the_platform_cannot_verify_was_not_carried_out(bench: Bench) -> None:
    bench.platform.merchant = type(bench.platform.merchant)(
        **{**bench.platform.merchant.__dict__, "serial": "AB"}
    )
    with pytest.raises(GatewayRefused, match="SIGN_ERROR"):
        await bench.gateway.create(payment())
    with pytest.raises(GatewayUnreachable, match="SIGN_ERROR"):
        await bench.gateway.query("0" * 32)
    assert await bench.gateway.close("0" * 32) is CloseOutcome.UNKNOWN


async def test_a_payment_in_somebody_elses_app_is_no_answer(bench: Bench) -> None:
    number = await bench.paid()
    known = bench.platform.payments[number]
    for field in ("appid", "mchid"):
        known.asked = known.asked | {field: "wx9999999999999999"}
        with pytest.raises(GatewayUnreachable, match="somebody else"):
            await bench.gateway.query(number)
