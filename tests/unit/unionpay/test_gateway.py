"""The adapter against a simulator of the wire."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.adapters.unionpay import UnionPayGateway
from app.core import clock
from app.core.enums.payments import Scene
from app.core.ids import new_id
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
from tests.simulators.unionpay import UnionPaySimulator
from tests.unit.unionpay.conftest import make_account


def payment(scene: Scene = Scene.QR, **changes: Any) -> CreatePayment:
    values: dict[str, Any] = {
        "out_trade_no": new_id().hex,
        "amount_minor": 8_888,
        "currency": "CNY",
        "expires_at": clock.now() + timedelta(minutes=14),
        "subject": "Stoa",
        "notify_url": "https://shop.test/notices",
        "scene": scene,
        "return_url": "https://shop.test/thanks?a=茶&b=2",
    }
    return CreatePayment(**(values | changes))


@pytest.fixture
async def paid(gateway: UnionPayGateway, unionpay: UnionPaySimulator) -> str:
    request = payment()
    await gateway.create(request)
    unionpay.pay(request.out_trade_no)
    return request.out_trade_no


ORDERED_AT = clock.now()


def refund(number: str, amount_minor: int = 300, **changes: Any) -> RefundPayment:
    values: dict[str, Any] = {
        "out_trade_no": number,
        "out_refund_no": "R261126-ABCDEFGH-1",
        "amount_minor": amount_minor,
        "total_minor": 8_888,
        "currency": "CNY",
        "ordered_at": ORDERED_AT,
        "notify_url": "https://shop.test/notices",
    }
    return RefundPayment(**(values | changes))


def asked(number: str) -> RefundQuery:
    return RefundQuery(
        out_trade_no=number, out_refund_no="R261126-ABCDEFGH-1", ordered_at=ORDERED_AT
    )


@pytest.mark.parametrize(("scene", "channel"), [(Scene.PAGE, "07"), (Scene.WAP, "08")])
async def test_a_page_is_a_signed_form_of_which_unionpay_learns_from_the_browser(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator, scene: Scene, channel: str
) -> None:
    request = payment(scene)
    action = await gateway.create(request)
    assert await gateway.create(request) == action
    assert action["kind"] == "form"
    assert action["url"] == "https://unionpay.test/gateway/api/frontTransReq.do"
    number = request.out_trade_no
    assert (await gateway.query(number)).state is GatewayState.NOT_FOUND
    order = unionpay.submitted(action)
    assert order.fields["channelType"] == channel
    assert order.fields["frontUrl"] == request.return_url
    assert order.fields["txnAmt"] == "8888"
    assert (await gateway.query(number)).state is GatewayState.UNKNOWN
    unionpay.pay(number)
    found = await gateway.query(number)
    assert (found.state, found.amount_minor, found.currency) == ("succeeded", 8_888, "CNY")
    assert found.transaction_id == order.query_id


async def test_an_app_gets_a_number_and_a_code_its_content(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator
) -> None:
    app = payment(Scene.APP)
    order_of = unionpay.find
    assert await gateway.create(app) == {
        "kind": "app",
        "params": {"tn": f"tn{order_of(app.out_trade_no).query_id}", "mode": "00"},
    }
    request = payment(Scene.QR)
    action = await gateway.create(request)
    assert action["kind"] == "qr"
    assert action["content"].endswith("?a={x&y}")
    order = order_of(request.out_trade_no)
    assert (order.fields["bizType"], order.fields["txnSubType"]) == ("000000", "07")


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "USD"},
        {"amount_minor": 0},
        {"scene": Scene.MINI_PROGRAM},
        {"instalments": 3},
    ],
)
async def test_what_unionpay_cannot_do_is_refused(
    gateway: UnionPayGateway, changes: dict[str, Any]
) -> None:
    with pytest.raises(GatewayRefused):
        await gateway.create(payment(**changes))


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00", "succeeded"),
        ("A6", "succeeded"),
        ("03", "unknown"),
        ("04", "unknown"),
        ("05", "unknown"),
        ("42", "unknown"),
        ("30", "pending"),  # another card may be tried
    ],
)
async def test_codes_of_a_payment_while_its_time_lasts(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator, code: str, state: str
) -> None:
    request = payment()
    await gateway.create(request)
    unionpay.pay(request.out_trade_no, code=code)
    assert (await gateway.query(request.out_trade_no)).state == state


async def test_nothing_is_closed_before_the_payers_time_is_over(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator
) -> None:
    failed, unseen, unclear = payment(), payment(Scene.PAGE), payment()
    late = payment(expires_at=clock.now() + timedelta(days=1))
    for request in (failed, unclear, late):
        await gateway.create(request)
    await gateway.create(unseen)
    for request in (failed, late):
        unionpay.pay(request.out_trade_no, code="30")
    numbers = [each.out_trade_no for each in (failed, unseen, unclear, late)]
    assert {await gateway.close(each) for each in numbers} == {"unknown"}
    with time_machine.travel(clock.now() + timedelta(minutes=17)):
        outcomes = [await gateway.close(each) for each in numbers]
    assert outcomes == ["closed", "closed", "unknown", "closed"]
    with time_machine.travel(clock.now() + timedelta(minutes=17)):
        unionpay.pay(unclear.out_trade_no)
        assert await gateway.close(unclear.out_trade_no) == "already_paid"


async def test_a_deadline_that_unionpay_repeats_counts(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator
) -> None:
    short = payment(expires_at=clock.now() + timedelta(minutes=2))
    await gateway.create(short)
    unionpay.pay(short.out_trade_no, code="30")
    with time_machine.travel(clock.now() + timedelta(minutes=4)):
        assert await gateway.close(short.out_trade_no) == "closed"


async def test_a_refund_taken_in_is_pending_until_the_query_knows(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator, paid: str
) -> None:
    unionpay.refund_outcome = "05"
    assert (await gateway.query_refund(asked(paid))).state is GatewayState.NOT_FOUND
    first = await gateway.refund(refund(paid))
    assert (first.state, first.amount_minor) == (GatewayState.PENDING, 300)
    order = unionpay.find("R261126ABCDEFGH1")
    assert order.fields["origQryId"] == unionpay.find(paid).query_id
    assert (order.fields["txnType"], order.fields["bizType"]) == ("04", "000000")
    assert (await gateway.query_refund(asked(paid))).state is GatewayState.PENDING
    assert (await gateway.refund(refund(paid))).state is GatewayState.PENDING  # 12: it is known
    order.code = "00"
    done = await gateway.query_refund(asked(paid))
    assert (done.state, done.amount_minor, done.refund_id) == ("succeeded", 300, order.query_id)
    order.code = "30"
    assert (await gateway.query_refund(asked(paid))).state is GatewayState.FAILED


@pytest.mark.parametrize(("code", "is_refused"), [("03", False), ("05", False), ("33", True)])
async def test_codes_of_a_refund(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator, paid: str, code: str, is_refused: bool
) -> None:
    unionpay.refund_code = code
    if is_refused:
        with pytest.raises(GatewayRefused):
            await gateway.refund(refund(paid))
    else:
        assert (await gateway.refund(refund(paid))).state is GatewayState.PENDING


async def test_more_than_was_paid_and_what_was_not_paid_is_refused(
    gateway: UnionPayGateway, paid: str
) -> None:
    open_ = payment()
    await gateway.create(open_)
    for number, amount in ((paid, 8_889), (open_.out_trade_no, 1), (new_id().hex, 1), (paid, 0)):
        with pytest.raises(GatewayRefused):
            await gateway.refund(refund(number, amount))


async def test_a_payment_in_a_browser_gives_back_as_what_it_was(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator
) -> None:
    request = payment(Scene.PAGE)
    unionpay.submitted(await gateway.create(request))
    unionpay.pay(request.out_trade_no)
    await gateway.refund(refund(request.out_trade_no))
    assert unionpay.find("R261126ABCDEFGH1").fields["bizType"] == "000201"


@pytest.fixture
async def voiding(unionpay: UnionPaySimulator) -> AsyncIterator[UnionPayGateway]:
    gateway = UnionPayGateway(make_account(voids_same_day=True), transport=unionpay.transport())
    yield gateway
    await gateway.aclose()


async def test_a_whole_payment_is_voided_on_its_clearing_day(
    voiding: UnionPayGateway, unionpay: UnionPaySimulator, paid: str
) -> None:
    assert (await voiding.refund(refund(paid, 8_888))).state is GatewayState.PENDING
    assert unionpay.wrong.calls.count("void") == 1
    assert (await voiding.query_refund(asked(paid))).state is GatewayState.SUCCEEDED
    assert (await voiding.refund(refund(paid, 8_888))).state is GatewayState.SUCCEEDED
    assert "refund" not in unionpay.wrong.calls


async def test_a_void_that_is_refused_is_followed_by_a_refund(
    voiding: UnionPayGateway, unionpay: UnionPaySimulator, paid: str
) -> None:
    unionpay.void_code = "40"
    with pytest.raises(GatewayRefused):
        await voiding.refund(refund(paid, 8_888))
    assert (await voiding.query_refund(asked(paid))).state is GatewayState.FAILED
    assert (await voiding.refund(refund(paid, 8_888))).state is GatewayState.PENDING
    assert (await voiding.query_refund(asked(paid))).state is GatewayState.SUCCEEDED
    assert unionpay.wrong.calls.count("void") == unionpay.wrong.calls.count("refund") == 1


async def test_a_part_and_another_day_are_refunded(
    voiding: UnionPayGateway, unionpay: UnionPaySimulator, paid: str
) -> None:
    await voiding.refund(refund(paid, 300))
    unionpay.find(paid).settled_on = "0101"
    await voiding.refund(refund(paid, 8_588, out_refund_no="R261126-ABCDEFGH-2"))
    assert unionpay.wrong.calls.count("refund") == 2
    assert "void" not in unionpay.wrong.calls


WRONG = ("dead", "lost", "html", "huge", "broken", "slow", "silly", "unsigned", "forged")
MORE = ("merchant", "other", "03", "10", "37")


@pytest.mark.parametrize("wrong", WRONG + MORE)
async def test_m38_an_answer_that_cannot_be_believed_is_unknown(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator, paid: str, wrong: str
) -> None:
    unionpay.wrong.plan = {"query": wrong}
    for call in (
        gateway.query(paid),
        gateway.close(paid),
        gateway.query_refund(asked(paid)),
        gateway.refund(refund(paid)),
    ):
        with pytest.raises(GatewayUnreachable):
            await call
    unionpay.wrong.plan = {"qr": wrong, "app": wrong}
    for scene in (Scene.QR, Scene.APP):
        with pytest.raises(GatewayRefused if wrong in {"10", "37"} else GatewayUnreachable):
            await gateway.create(payment(scene))


@pytest.mark.parametrize("wrong", WRONG)
async def test_m36_a_refund_without_an_answer_is_unknown(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator, paid: str, wrong: str
) -> None:
    unionpay.wrong.plan = {"refund": wrong}
    with pytest.raises(GatewayUnreachable):
        await gateway.refund(refund(paid))
    unionpay.wrong.plan = {}
    known = (await gateway.query_refund(asked(paid))).state
    assert known is (GatewayState.NOT_FOUND if wrong == "dead" else GatewayState.SUCCEEDED)


async def test_a_file_is_inflated_and_passed_on(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator
) -> None:
    content = bytes(range(256)) * 4_000
    unionpay.files["1125"] = content
    unionpay.wrong.plan = {"file": "late"}  # a file may take longer than an answer
    async with gateway.statement(date(2026, 11, 25), StatementKind.TRADES) as statement:
        assert b"".join([chunk async for chunk in statement.chunks]) == content
        assert statement.compression == "zip"
    for day, kind in ((24, StatementKind.TRADES), (25, StatementKind.FUNDS)):
        with pytest.raises(StatementMissing):
            async with gateway.statement(date(2026, 11, day), kind):
                pass


async def test_requests_carry_beijing_time(
    gateway: UnionPayGateway, unionpay: UnionPaySimulator
) -> None:
    await gateway.create(payment())
    sent = datetime.strptime(unionpay.seen[-1]["txnTime"], "%Y%m%d%H%M%S")  # noqa: DTZ007
    assert abs(sent - (clock.now() + timedelta(hours=8)).replace(tzinfo=None)) < timedelta(
        minutes=1
    )
