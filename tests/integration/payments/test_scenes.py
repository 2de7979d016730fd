"""How a shopper's client wants to pay: carried to the gateway, kept for every try."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import AttemptState, PlanState, Scene, TenderKind
from app.services import payments
from app.services.payments import PayWith, TenderRequest
from tests.factories.payments import Counter
from tests.integration.payments.conftest import Purse

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
IN_MINI_PROGRAM = TenderRequest(
    kind=TenderKind.GATEWAY,
    channel="alipay",
    scene=Scene.MINI_PROGRAM,
    payer_id=OPENID,
    client_ip="203.0.113.7",
    instalments=3,
)


async def test_the_gateway_is_told_where_and_by_whom_it_is_paid(
    counter: Counter, purse: Purse
) -> None:
    counter.terms = replace(
        counter.terms,
        subject="Shan Hai",
        public_url="https://shop.test",
        return_url="https://shop.test/orders/{order_id}/paid",
    )
    plan = await counter.start(await counter.open(purse.member_id, 6_000, IN_MINI_PROGRAM))
    assert plan.attempt is not None
    asked = counter.gateway.asked[plan.attempt.out_trade_no]
    assert (asked.scene, asked.payer_id, asked.client_ip, asked.instalments) == (
        "mini_program",
        OPENID,
        "203.0.113.7",
        3,
    )
    assert (asked.subject, asked.notify_url) == (
        "Shan Hai",
        "https://shop.test/api/v1/webhooks/alipay",
    )
    assert asked.return_url == f"https://shop.test/orders/{plan.order_id}/paid"


async def test_m36_a_creation_is_repeated_with_the_same_facts(
    counter: Counter, purse: Purse
) -> None:
    counter.gateway.broken.add("create")
    plan = await counter.start(await counter.open(purse.member_id, 6_000, IN_MINI_PROGRAM))
    assert plan.attempt is not None
    number = plan.attempt.out_trade_no
    counter.gateway.broken.clear()
    async with unit_of_work(counter.sessions) as session:
        await session.execute(text("UPDATE payment_attempts SET next_query_at = now()"))
    await counter.janitor()
    again = counter.gateway.asked[number]
    assert (again.scene, again.payer_id, again.client_ip) == (
        Scene.MINI_PROGRAM,
        OPENID,
        "203.0.113.7",
    )
    assert [each for each in counter.gateway.calls if each[0] == "create"] == [
        ("create", number),
        ("create", number),
    ]


async def test_another_scene_is_another_number_and_the_old_one_is_closed(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 6_000, IN_MINI_PROGRAM))
    assert plan.attempt is not None
    old = plan.attempt
    elsewhere = await payments.new_attempt(
        counter.sessions,
        counter.gateways,
        counter.orders,
        plan.order_id,
        "alipay",
        IN_MINI_PROGRAM.pay_with,
        terms=counter.terms,
    )
    assert elsewhere.attempt is not None
    assert elsewhere.attempt.id == old.id, "the same way to pay is the same payment"
    moved = PayWith(
        scene=Scene.MINI_PROGRAM, payer_id=OPENID, client_ip="198.51.100.9", instalments=3
    )
    for wanted in (moved, None):
        same = await payments.new_attempt(
            counter.sessions,
            counter.gateways,
            counter.orders,
            plan.order_id,
            "alipay",
            wanted,
            terms=counter.terms,
        )
        assert same.attempt is not None
        assert same.attempt.id == old.id, "an address is no way to pay"
    by_code = await payments.new_attempt(
        counter.sessions,
        counter.gateways,
        counter.orders,
        plan.order_id,
        "alipay",
        PayWith(scene=Scene.QR),
        terms=counter.terms,
    )
    assert by_code.attempt is not None
    assert by_code.attempt.id != old.id
    assert counter.gateway.books[old.out_trade_no].state == AttemptState.CLOSED
    assert counter.gateway.asked[by_code.attempt.out_trade_no].scene is Scene.QR


async def test_a_link_that_may_have_run_out_is_made_anew_under_the_same_number(
    counter: Counter, purse: Purse
) -> None:
    plan = await counter.start(await counter.open(purse.member_id, 6_000, IN_MINI_PROGRAM))
    assert plan.attempt is not None
    number = plan.attempt.out_trade_no
    await counter.retry(plan, "alipay")
    assert counter.gateway.calls == [("create", number)]
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE payment_attempts SET updated_at = now() - interval '5 minutes'")
        )
    counter.gateway.lost.add("create")
    silent = await counter.retry(plan, "alipay")
    assert silent.attempt is not None
    assert silent.attempt.action == plan.attempt.action, "what was told is not forgotten"
    counter.gateway.lost.clear()
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE payment_attempts SET updated_at = now() - interval '5 minutes'")
        )
    await counter.retry(plan, "alipay")
    assert [name for name, _ in counter.gateway.calls] == [
        "create",
        "query",
        "create",
        "query",
        "create",
    ]
    assert {each for _, each in counter.gateway.calls} == {number}
    counter.pay(plan)
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE payment_attempts SET updated_at = now() - interval '5 minutes'")
        )
    assert (await counter.retry(plan, "alipay")).state is PlanState.PAID


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (TenderRequest(kind=TenderKind.GATEWAY, channel="wechat"), payments.SceneUnsupported),
        (
            TenderRequest(kind=TenderKind.GATEWAY, channel="wechat", scene=Scene.JSAPI),
            payments.PayerMissing,
        ),
        (
            TenderRequest(kind=TenderKind.GATEWAY, channel="nobody", scene=Scene.QR),
            payments.UnknownChannel,
        ),
    ],
)
async def test_what_the_account_does_not_serve_is_refused_before_anything_is_held(
    counter: Counter, purse: Purse, request_: TenderRequest, refusal: type[Exception]
) -> None:
    counter.terms = replace(counter.terms, scenes={"wechat": frozenset({Scene.QR, Scene.JSAPI})})
    with pytest.raises(refusal):
        await counter.open(purse.member_id, 6_000, request_)
    plan = await counter.open(purse.member_id, 6_000, IN_MINI_PROGRAM)
    with pytest.raises(refusal):
        await payments.new_attempt(
            counter.sessions,
            counter.gateways,
            counter.orders,
            plan.order_id,
            request_.channel or "",
            request_.pay_with,
            terms=counter.terms,
        )
