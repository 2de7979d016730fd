"""What gateways offer besides paying and giving back: scenes, statements, acknowledgements."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.sandbox import Choice, SandboxGateway
from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import PlanState, RefundState, Scene
from app.core.settings import Settings
from app.services import payments
from app.services.payments.ports import (
    Compression,
    CreatePayment,
    GatewayState,
    RefundPayment,
    StatementKind,
    StatementMissing,
)
from tests.factories.payments import GATEWAY, TERMS, Counter
from tests.integration.payments.conftest import Purse


@pytest.fixture
def sandbox(fresh_engine: AsyncEngine) -> SandboxGateway:
    async def keep(headers: Any, body: bytes) -> bool:
        return True

    return SandboxGateway(Settings(), engine=fresh_engine, send=keep)


def payment(number: str, scene: Scene = Scene.PAGE) -> CreatePayment:
    return CreatePayment(
        out_trade_no=number,
        amount_minor=700,
        currency="CNY",
        expires_at=clock.now() + timedelta(minutes=5),
        subject="Stoa",
        notify_url="https://shop.test/notices",
        scene=scene,
        payer_id="o-1" if scene in {Scene.MINI_PROGRAM, Scene.JSAPI} else None,
    )


async def test_each_scene_gets_the_shape_its_client_can_use(sandbox: SandboxGateway) -> None:
    kinds = {}
    for scene in Scene:
        kinds[scene] = (await sandbox.create(payment(f"scene-{scene}", scene)))["kind"]
    assert kinds == {
        "page": "redirect",
        "wap": "redirect",
        "app": "app",
        "mini_program": "jsapi",
        "jsapi": "jsapi",
        "qr": "qr",
    }


async def test_the_sandbox_tells_what_moved_on_a_day(sandbox: SandboxGateway) -> None:
    for number in ("day-1", "day-2"):
        await sandbox.create(payment(number))
        await sandbox.pay(number, Choice())
    refund = RefundPayment(
        out_trade_no="day-2",
        out_refund_no="day-2-r",
        amount_minor=300,
        total_minor=700,
        currency="CNY",
        ordered_at=clock.now(),
        notify_url="",
    )
    await sandbox.refund(refund)
    today = (clock.now() + timedelta(hours=8)).date()
    with pytest.raises(StatementMissing):
        async with sandbox.statement(today, StatementKind.TRADES):
            pass
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        with pytest.raises(StatementMissing):
            async with sandbox.statement(today, StatementKind.FUNDS):
                pass
        async with sandbox.statement(today, StatementKind.TRADES) as statement:
            assert statement.compression is Compression.NONE
            content = b"".join([chunk async for chunk in statement.chunks]).decode()
    header, *rows, total = content.splitlines()
    assert header.startswith("kind,transaction_id,out_trade_no")
    assert [row.rsplit(",", 1)[0] for row in rows] == [
        "payment,sbx-day-1,day-1,,,700,0,CNY",
        "payment,sbx-day-2,day-2,,,700,0,CNY",
        f"refund,sbx-day-2,day-2,day-2-r,{rows[2].split(',')[4]},300,0,CNY",
    ]
    assert total == "total,2,1400,1,300"


async def test_a_gateway_reads_the_words_it_waits_for(counter: Counter, purse: Purse) -> None:
    counter.gateway.acknowledges = "success"
    plan = await counter.start(await counter.open(purse.member_id, 6_000, GATEWAY))
    headers, body = counter.gateway.notice(counter.pay(plan))
    said = [
        await payments.receive_notice(
            counter.sessions,
            counter.gateways,
            counter.orders,
            "alipay",
            headers,
            body,
            at=clock.now(),
            terms=TERMS,
        )
        for _ in range(2)
    ]
    assert [(each.outcome, each.acknowledgement) for each in said] == [
        ("paid", "success"),
        ("duplicate", "success"),
    ]


@pytest.mark.parametrize(("app_id", "outcome"), [("app-2", "app_mismatch"), ("app-1", "paid")])
async def test_m27_money_taken_in_another_app_pays_nothing(
    counter: Counter, purse: Purse, app_id: str, outcome: str
) -> None:
    counter.gateway.apps = frozenset({"app-1"})
    plan = await counter.start(await counter.open(purse.member_id, 6_000, GATEWAY))
    headers, body = counter.gateway.notice(counter.pay(plan), app_id=app_id)
    reply = await payments.receive_notice(
        counter.sessions,
        counter.gateways,
        counter.orders,
        "alipay",
        headers,
        body,
        at=clock.now(),
        terms=TERMS,
    )
    after = await counter.read(plan)
    assert reply.outcome == outcome
    assert (after.state is PlanState.PAID, after.in_review) == (
        outcome == "paid",
        outcome != "paid",
    )


async def test_a_refund_that_turned_abnormal_is_shown_to_people_and_asked_about_again(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 6_000, GATEWAY))
    await counter.notify(counter.pay(plan))
    counter.gateway.refund_state = GatewayState.ABNORMAL
    refund = await counter.refund_all(plan)
    await counter.push()
    assert (await counter.read(plan)).in_review
    number = refund.parts[0].out_refund_no
    assert number is not None
    known = counter.gateway.refunds[number]
    await counter.push()
    assert counter.gateway.calls[-1] == ("query_refund", number), "asked, not ordered anew"
    counter.gateway.refunds[number] = type(known)(
        out_refund_no=number,
        state=GatewayState.SUCCEEDED,
        refund_id=known.refund_id,
        amount_minor=known.amount_minor,
    )
    await counter.push()
    async with unit_of_work(counter.sessions) as session:
        (after,) = await payments.list_refunds_of(session, plan.order_id)
    assert after.state is RefundState.SUCCEEDED
