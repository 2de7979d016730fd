"""The adapter against a simulator of the wire."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.adapters.alipay import AlipayGateway
from app.core import clock
from app.core.enums.payments import FeeBearer, Scene
from app.services.payments.ports import (
    CreatePayment,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    RefundPayment,
    RefundQuery,
    StatementKind,
    StatementMissing,
)
from tests.simulators.alipay import AlipaySimulator
from tests.unit.alipay.conftest import make_account

NOW = clock.now()


def payment(scene: Scene = Scene.PAGE, **changes: Any) -> CreatePayment:
    values: dict[str, Any] = {
        "out_trade_no": "0" * 32,
        "amount_minor": 8_888,
        "currency": "CNY",
        "expires_at": NOW + timedelta(minutes=14),
        "subject": "Stoa = 好店/铺 & more",
        "notify_url": "https://shop.test/notices",
        "scene": scene,
        "payer_id": "2088123412341234",
        "return_url": "https://shop.test/thanks?order=1&x=茶",
    }
    return CreatePayment(**(values | changes))


def refund(number: str = "R1-1", amount_minor: int = 300, **changes: Any) -> RefundPayment:
    values: dict[str, Any] = {
        "out_trade_no": "0" * 32,
        "out_refund_no": number,
        "amount_minor": amount_minor,
        "total_minor": 8_888,
        "currency": "CNY",
        "ordered_at": NOW,
        "notify_url": "https://shop.test/notices",
        "reason": "不想要了",
    }
    return RefundPayment(**(values | changes))


def asked(number: str = "R1-1") -> RefundQuery:
    return RefundQuery(out_trade_no="0" * 32, out_refund_no=number, ordered_at=NOW)


@pytest.mark.parametrize("scene", [Scene.PAGE, Scene.WAP, Scene.APP])
async def test_a_signed_offer_becomes_a_trade_when_it_is_opened(
    gateway: AlipayGateway, alipay: AlipaySimulator, scene: Scene
) -> None:
    action = await gateway.create(payment(scene))
    assert (await gateway.query("0" * 32)).state is GatewayState.NOT_FOUND
    fields = alipay.fields_of(action)
    assert fields["notify_url"] == "https://shop.test/notices"
    assert ("return_url" in fields) == (scene is not Scene.APP)
    trade = alipay.opened(action)
    assert (trade.total, trade.content["subject"]) == ("88.88", "Stoa  好店铺  more")
    assert trade.content.get("quit_url") == (
        "https://shop.test/thanks?order=1&x=茶" if scene is Scene.WAP else None
    )
    assert len(trade.content["time_expire"]) == len("2026-11-26 10:00:00")
    alipay.pay(trade.out_trade_no)
    paid = await gateway.query(trade.out_trade_no)
    assert (paid.state, paid.amount_minor, paid.currency) == ("succeeded", 8_888, "CNY")
    assert paid.transaction_id == trade.trade_no


async def test_a_mini_program_and_a_code_are_made_at_once(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    made = await gateway.create(payment(Scene.MINI_PROGRAM))
    again = await gateway.create(payment(Scene.MINI_PROGRAM))
    assert made == again
    assert made == {"kind": "jsapi", "params": {"tradeNO": alipay.trades["0" * 32].trade_no}}
    assert alipay.trades["0" * 32].content["buyer_id"] == "2088123412341234"
    code = await gateway.create(payment(Scene.QR, out_trade_no="1" * 32))
    assert code["kind"] == "qr"
    assert alipay.trades["1" * 32].content["product_code"] == "FACE_TO_FACE_PAYMENT"
    assert alipay.seen[-1]["notify_url"] == "https://shop.test/notices"
    await gateway.create(payment(Scene.JSAPI, out_trade_no="2" * 32, payer_id="o-abc"))
    assert alipay.trades["2" * 32].content["buyer_open_id"] == "o-abc"
    with pytest.raises(GatewayRefused):
        await gateway.create(payment(Scene.MINI_PROGRAM, payer_id=None))


@pytest.mark.parametrize("bearer", FeeBearer)
async def test_instalments_say_in_how_many_parts_and_who_bears_the_fee(
    alipay: AlipaySimulator, bearer: FeeBearer
) -> None:
    gateway = AlipayGateway(make_account(), transport=alipay.transport())
    trade = alipay.opened(await gateway.create(payment(instalments=6, fee_bearer=bearer)))
    assert trade.content["extend_params"] == {
        "hb_fq_num": "6",
        "hb_fq_seller_percent": {"payer": "0", "seller": "100"}[bearer],
    }
    with pytest.raises(GatewayRefused):
        await gateway.create(payment(instalments=5))
    await gateway.aclose()


@pytest.mark.parametrize("changes", [{"currency": "USD"}, {"amount_minor": 0}])
async def test_only_yuan_and_only_more_than_nothing(
    gateway: AlipayGateway, changes: dict[str, Any]
) -> None:
    with pytest.raises(GatewayRefused):
        await gateway.create(payment(**changes))
    with pytest.raises(GatewayRefused):
        await gateway.refund(refund(**changes))


async def test_another_amount_under_the_same_number_is_refused(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    await gateway.create(payment(Scene.QR))
    with pytest.raises(GatewayRefused):
        await gateway.create(payment(Scene.QR, amount_minor=1))
    alipay.pay("0" * 32)
    with pytest.raises(GatewayUnreachable):  # paid: the query will tell, so this is no refusal
        await gateway.create(payment(Scene.QR))


async def test_closing(gateway: AlipayGateway, alipay: AlipaySimulator) -> None:
    assert await gateway.close("0" * 32) == "closed"  # nothing there that could be paid
    await gateway.create(payment(Scene.QR))
    assert await gateway.close("0" * 32) == "closed"
    assert (await gateway.query("0" * 32)).state is GatewayState.CLOSED
    await gateway.create(payment(Scene.QR, out_trade_no="1" * 32))
    alipay.pay("1" * 32)
    assert await gateway.close("1" * 32) == "already_paid"
    alipay.wrong.plan["alipay.trade.close"] = "ACQ.TRADE_STATUS_ERROR"
    assert await gateway.close("1" * 32) == "already_paid"
    assert await gateway.close("0" * 32) == "closed"
    alipay.wrong.plan["alipay.trade.close"] = "ACQ.TRADE_HAS_SUCCESS"
    assert await gateway.close("0" * 32) == "already_paid"
    alipay.wrong.plan["alipay.trade.close"] = "ACQ.INVALID_PARAMETER"
    assert await gateway.close("0" * 32) == "unknown"


async def test_only_fund_change_moves_money(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    await gateway.create(payment(Scene.QR))
    alipay.pay("0" * 32)
    assert (await gateway.query_refund(asked())).state is GatewayState.NOT_FOUND
    first = await gateway.refund(refund())
    assert (first.state, first.amount_minor) == (GatewayState.SUCCEEDED, 300)
    repeated = await gateway.refund(refund())
    assert repeated.state is GatewayState.PENDING
    known = await gateway.query_refund(asked())
    assert known == first
    second = await gateway.refund(refund("R2-1", 588))
    assert second.amount_minor == 588  # not the 8.88 that the payment gave back in all


async def test_a_refund_that_is_only_taken_in_is_pending(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    await gateway.create(payment(Scene.QR))
    alipay.pay("0" * 32)
    alipay.refund_result = "N"
    assert (await gateway.refund(refund())).state is GatewayState.PENDING
    assert (await gateway.query_refund(asked())).state is GatewayState.NOT_FOUND
    alipay.refund_result = "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    with pytest.raises(GatewayRefused) as refused:
        await gateway.refund(refund())
    assert refused.value.context == {"reason": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
    alipay.refund_result = "ACQ.SYSTEM_ERROR"
    with pytest.raises(GatewayUnreachable):
        await gateway.refund(refund())
    with pytest.raises(GatewayRefused):
        await gateway.refund(refund(out_trade_no="nobody"))


async def test_a_payment_that_gave_everything_back_is_still_paid(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    """`TRADE_CLOSED` alone would look like a time-out."""
    await gateway.create(payment(Scene.QR))
    alipay.pay("0" * 32)
    await gateway.refund(refund(amount_minor=8_888))
    assert alipay.trades["0" * 32].status == "TRADE_CLOSED"
    assert (await gateway.query("0" * 32)).state is GatewayState.SUCCEEDED


WRONG = ("dead", "lost", "html", "huge", "broken", "slow", "silly", "unsigned", "forged", "error")
UNCLEAR = ("isp.unknow-error", "aop.unknow-error", "ACQ.SYSTEM_ERROR")


@pytest.mark.parametrize("wrong", WRONG + UNCLEAR)
async def test_m38_an_answer_that_cannot_be_believed_is_unknown(
    gateway: AlipayGateway, alipay: AlipaySimulator, wrong: str
) -> None:
    await gateway.create(payment(Scene.QR))
    for name in ("precreate", "query", "close", "refund", "fastpay.refund.query"):
        alipay.wrong.plan[f"alipay.trade.{name}"] = wrong
    if wrong == "error":  # an error that is not signed; a signed one would be believed
        alipay.key_name = "mallory"
    for call in (
        gateway.create(payment(Scene.QR)),
        gateway.query("0" * 32),
        gateway.close("0" * 32),
        gateway.refund(refund()),
        gateway.query_refund(asked()),
    ):
        with pytest.raises(GatewayUnreachable):
            await call


async def test_an_answer_about_another_order_is_not_taken(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    await gateway.create(payment(Scene.QR))
    alipay.trades["1" * 32] = alipay.trades["0" * 32]
    with pytest.raises(GatewayUnreachable):
        await gateway.query("1" * 32)


async def test_a_statement_is_passed_on_byte_for_byte(
    gateway: AlipayGateway, alipay: AlipaySimulator
) -> None:
    content = bytes(range(256)) * 1_000
    alipay.files["trade_2026-11-25.csv.zip"] = content
    async with gateway.statement(date(2026, 11, 25), StatementKind.TRADES) as statement:
        assert b"".join([chunk async for chunk in statement.chunks]) == content
        assert (statement.compression, statement.filename) == ("zip", "trade_20261125.csv.zip")
    for kind in StatementKind:
        with pytest.raises(StatementMissing):
            async with gateway.statement(date(2026, 11, 24), kind):
                pass
