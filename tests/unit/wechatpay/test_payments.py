"""Payments and refunds over the wire format, as a merchant's documentation has them."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.enums.payments import Scene
from app.core.ids import new_id
from app.services.payments.ports import CloseOutcome, GatewayRefused, GatewayState
from tests.simulators.wechatpay import crypto
from tests.simulators.wechatpay.account import APP_IDS, MCH_ID
from tests.unit.wechatpay.conftest import Bench, payment


@pytest.mark.parametrize(
    ("scene", "kind"),
    [
        (Scene.PAGE, "qr"),
        (Scene.QR, "qr"),
        (Scene.WAP, "redirect"),
        (Scene.APP, "app"),
        (Scene.MINI_PROGRAM, "jsapi"),
        (Scene.JSAPI, "jsapi"),
    ],
)
async def test_each_scene_is_ordered_in_its_app(bench: Bench, scene: Scene, kind: str) -> None:
    request = payment(scene, return_url="https://shop.test/orders/7")
    action = await bench.gateway.create(request)
    asked = bench.platform.payments[request.out_trade_no].asked
    assert action["kind"] == kind
    assert (asked["appid"], asked["amount"]) == (APP_IDS[scene], {"total": 1234, "currency": "CNY"})
    if action["kind"] == "redirect":
        assert action["url"].endswith("&redirect_url=https%3A%2F%2Fshop.test%2Forders%2F7")


async def test_what_a_mini_program_gets_is_signed_by_us(bench: Bench) -> None:
    request = payment(Scene.MINI_PROGRAM)
    action = await bench.gateway.create(request)
    assert action["kind"] == "jsapi"
    said = action["params"]
    assert said["package"] == f"prepay_id=wx{request.out_trade_no}"
    lines = [said[each].encode() for each in ("appId", "timeStamp", "nonceStr", "package")]
    assert crypto.verifies(bench.platform.merchant.key, said["paySign"], *lines)
    assert said["signType"] == "RSA"


async def test_what_an_app_gets_is_signed_by_us(bench: Bench) -> None:
    request = payment(Scene.APP)
    action = await bench.gateway.create(request)
    assert action["kind"] == "app"
    said = action["params"]
    assert (said["partnerid"], said["package"]) == (MCH_ID, "Sign=WXPay")
    lines = [said[each].encode() for each in ("appid", "timestamp", "noncestr", "prepayid")]
    assert crypto.verifies(bench.platform.merchant.key, said["sign"], *lines)


async def test_an_order_made_twice_is_one(bench: Bench) -> None:
    request = payment()
    assert await bench.gateway.create(request) == await bench.gateway.create(request)
    assert len(bench.platform.payments) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "USD"},
        {"instalments": 3},
        {"scene": Scene.JSAPI, "payer_id": None},
        {"scene": Scene.WAP, "client_ip": None},
    ],
)
async def test_what_cannot_be_asked_is_not_asked(bench: Bench, other: dict[str, object]) -> None:
    with pytest.raises(GatewayRefused):
        await bench.gateway.create(payment(**other))
    assert bench.platform.requests == []


async def test_a_long_subject_is_cut_between_characters(bench: Bench) -> None:
    request = payment(subject="山" * 100)
    await bench.gateway.create(request)
    assert bench.platform.payments[request.out_trade_no].asked["description"] == "山" * 42


async def test_the_platform_stops_taking_money_when_we_say(bench: Bench) -> None:
    request = payment(expires_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(GatewayRefused, match="PARAM_ERROR"):
        await bench.gateway.create(request)


async def test_a_payment_is_found_as_it_stands(bench: Bench) -> None:
    request = payment()
    number = request.out_trade_no
    assert (await bench.gateway.query(number)).state is GatewayState.NOT_FOUND
    await bench.gateway.create(request)
    assert (await bench.gateway.query(number)).state is GatewayState.PENDING
    for there, here in {
        "USERPAYING": GatewayState.PENDING,
        "PAYERROR": GatewayState.FAILED,
        "REVOKED": GatewayState.CLOSED,
        "SOMETHING_NEW": GatewayState.UNKNOWN,
    }.items():
        bench.platform.payments[number].state = there
        assert (await bench.gateway.query(number)).state is here
    bench.platform.pay(number)
    for state in ("SUCCESS", "REFUND"):  # given back in part, it is still paid
        bench.platform.payments[number].state = state
        found = await bench.gateway.query(number)
        assert (found.state, found.amount_minor, found.currency) == (
            GatewayState.SUCCEEDED,
            1_234,
            "CNY",
        )
        assert found.transaction_id == bench.platform.payments[number].transaction_id


async def test_closing_tells_what_was_paid_before(bench: Bench) -> None:
    request = payment()
    assert await bench.gateway.close(request.out_trade_no) is CloseOutcome.CLOSED
    await bench.gateway.create(request)
    assert await bench.gateway.close(request.out_trade_no) is CloseOutcome.CLOSED
    assert await bench.gateway.close(request.out_trade_no) is CloseOutcome.CLOSED
    with pytest.raises(GatewayRefused, match="ORDER_CLOSED"):
        await bench.gateway.create(request)
    assert await bench.gateway.close(await bench.paid()) is CloseOutcome.ALREADY_PAID


async def test_accepted_is_not_yet_given_back(bench: Bench) -> None:
    number = await bench.paid()
    order, question = bench.refund(number, "R261126-ABCDEFGH-1"), None
    question = bench.question(number, order.out_refund_no)
    assert (await bench.gateway.query_refund(question)).state is GatewayState.NOT_FOUND
    first = await bench.gateway.refund(order)
    assert (first.state, first.amount_minor) == (GatewayState.PENDING, 234)
    assert await bench.gateway.refund(order) == first
    assert len(bench.platform.refunds) == 1
    for there, here in {
        "ABNORMAL": GatewayState.ABNORMAL,
        "CLOSED": GatewayState.FAILED,
        "SOMETHING_NEW": GatewayState.UNKNOWN,
        "SUCCESS": GatewayState.SUCCEEDED,
    }.items():
        bench.platform.settle(order.out_refund_no, there)
        found = await bench.gateway.query_refund(question)
        assert (found.state, found.refund_id) == (here, first.refund_id)


async def test_a_refund_the_platform_refuses_was_not_made(bench: Bench) -> None:
    number = await bench.paid()
    too_much = bench.refund(number, "R1-1", amount_minor=1_235)
    with pytest.raises(GatewayRefused, match="可退金额"):
        await bench.gateway.refund(too_much)
    bench.platform.balance_minor = 0
    with pytest.raises(GatewayRefused, match="NOT_ENOUGH"):
        await bench.gateway.refund(bench.refund(number, "R1-2"))
    assert bench.platform.refunds == {}


async def test_it_says_who_we_are(bench: Bench) -> None:
    assert bench.gateway.merchant_id == MCH_ID
    assert bench.gateway.app_ids == frozenset(APP_IDS.values())
    assert bench.gateway.confirms_by_query
    assert bench.gateway.acknowledgement is None


async def test_an_answer_about_another_payment_is_no_answer(bench: Bench) -> None:
    number = await bench.paid()
    bench.platform.payments[number].asked = bench.platform.payments[number].asked | {
        "out_trade_no": new_id().hex
    }
    with pytest.raises(ValueError, match="another payment"):
        await bench.gateway.query(number)
