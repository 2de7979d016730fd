"""The sandbox gateway: every scenario through the real services, and its page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.sandbox import CSP, Choice, SandboxGateway, Scenario
from app.adapters.sandbox import notices as sandbox_notices
from app.core import clock
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import PlanState, TenderKind
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from app.main import Resources, create_app
from app.services import payments
from app.services.payments import PlanView, TenderRequest
from app.services.payments.ports import CreatePayment, RefundPayment, SignatureInvalid
from tests.app import Outbox, http_client
from tests.factories.payments import system_balances
from tests.fakes.orders import FakeOrders
from tests.fakes.transactions import watched

TERMS = payments.PaymentTerms(query_after_seconds=0)
REQUEST = TenderRequest(kind=TenderKind.GATEWAY, channel="sandbox")


@dataclass
class Shop:
    """The services over the sandbox; notices arrive without a network in between."""

    sessions: Sessions
    engine: AsyncEngine

    def __post_init__(self) -> None:
        self.orders = FakeOrders()
        self.outcomes: list[str] = []
        self.sandbox = SandboxGateway(Settings(), engine=self.engine, send=self.receive)
        self.gateways = {"sandbox": self.sandbox}

    async def receive(self, headers: Any, body: bytes) -> bool:
        try:
            reply = await payments.receive_notice(
                self.sessions,
                self.gateways,
                self.orders,
                "sandbox",
                headers,
                body,
                at=clock.now(),
                terms=TERMS,
            )
        except DomainError as refused:
            self.outcomes.append(refused.slug)
            return False
        self.outcomes.append(reply.outcome)
        return True

    async def open(self) -> PlanView:
        async with unit_of_work(self.sessions) as session:
            plan = await payments.open_plan(
                session,
                order_id=new_id(),
                member_id=new_id(),
                currency="CNY",
                payable_minor=6_000,
                requests=[REQUEST],
                expires_at=clock.now() + timedelta(minutes=15),
                terms=TERMS,
            )
        return await payments.start_attempt(
            self.sessions, self.gateways, self.orders, plan, terms=TERMS
        )

    async def pay(self, plan: PlanView, choice: Choice) -> PlanView:
        assert plan.attempt is not None
        await self.sandbox.pay(plan.attempt.out_trade_no, choice)
        await self.sandbox.settle_tasks()
        return await self.read(plan)

    async def read(self, plan: PlanView) -> PlanView:
        async with unit_of_work(self.sessions) as session:
            return await payments.read_plan(session, plan.order_id)

    async def sweep(self) -> None:
        await payments.janitor(self.sessions, self.gateways, self.orders, limit=50, terms=TERMS)

    async def close(self, plan: PlanView) -> None:
        async with unit_of_work(self.sessions) as session:
            await payments.begin_close(session, plan.order_id, "expired", owner=self.orders)
        await payments.finish_close(self.sessions, self.gateways, self.orders, plan.id, terms=TERMS)
        await self.sandbox.settle_tasks()


@pytest.fixture
async def shop(fresh_engine: AsyncEngine) -> AsyncIterator[Shop]:
    shop = Shop(watched(fresh_engine), fresh_engine)
    yield shop
    for _ in range(2):
        await shop.sweep()
    async with unit_of_work(shop.sessions) as session:
        clearing = await session.scalar(
            text(
                "SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entries e "
                "JOIN ledger_accounts a ON a.id = e.account_id WHERE a.kind = 'gateway_clearing'"
            )
        )
    assert clearing == await shop.sandbox.net_taken_minor()


async def test_every_scenario_ends_with_equal_books(shop: Shop) -> None:
    """The fixture compares the ledger with the sandbox's own books afterwards."""
    expected = {
        Scenario.SUCCEED: (PlanState.PAID, ["paid"]),
        Scenario.DECLINE: (PlanState.AWAITING, ["failed"]),
        Scenario.DELAY: (PlanState.PAID, ["paid"]),
        Scenario.REPEAT: (PlanState.PAID, ["duplicate", "duplicate", "paid"]),
        Scenario.REORDER: (PlanState.PAID, ["paid", "succeeded"]),
        Scenario.LOSE: (PlanState.AWAITING, []),
        Scenario.CONTRADICT: (PlanState.AWAITING, ["contradicted"]),
        Scenario.WRONG_AMOUNT: (PlanState.AWAITING, ["amount_mismatch"]),
    }
    for scenario, (state, outcomes) in expected.items():
        plan = await shop.open()
        shop.outcomes.clear()
        after = await shop.pay(plan, Choice(scenario, delay_seconds=0.01))
        assert (scenario, after.state, sorted(shop.outcomes)) == (scenario, state, outcomes)
        doubts = {Scenario.CONTRADICT, Scenario.WRONG_AMOUNT}
        assert after.in_review == (scenario in doubts)
        if scenario is Scenario.LOSE:
            await shop.sweep()
            assert (await shop.read(plan)).state is PlanState.PAID


async def test_money_that_comes_after_the_close_goes_back(shop: Shop) -> None:
    plan = await shop.open()
    assert (await shop.pay(plan, Choice(Scenario.LATE))).state is PlanState.AWAITING
    await shop.close(plan)
    assert (await shop.read(plan)).state is PlanState.CLOSED
    assert shop.outcomes == ["late"]
    assert await shop.sandbox.net_taken_minor() == 6_000
    await shop.sweep()
    assert await shop.sandbox.net_taken_minor() == 0
    async with unit_of_work(shop.sessions) as session:
        assert await system_balances(session, plan.order_id, "sandbox") == {}


async def test_the_sandbox_refuses_to_give_back_more_than_it_took(shop: Shop) -> None:
    plan = await shop.pay(await shop.open(), Choice())
    async with unit_of_work(shop.sessions) as session:
        await payments.refund_all(
            session, plan.order_id, reason="r", actor=None, owner=shop.orders, number="R1"
        )
    await shop.sweep()
    assert (await shop.read(plan)).state is PlanState.REFUNDED
    assert plan.attempt is not None
    with pytest.raises(payments.GatewayRefused):
        await shop.sandbox.refund(
            RefundPayment(
                out_trade_no=plan.attempt.out_trade_no,
                out_refund_no="R2",
                amount_minor=1,
                total_minor=1,
                currency="CNY",
                ordered_at=clock.now(),
                notify_url="",
            )
        )


@pytest.mark.parametrize("seconds", [-301, 301, 10**6])
def test_m30_a_notice_that_is_not_fresh_is_refused(seconds: int) -> None:
    headers, body = sandbox_notices.signed(b"s", {"kind": "payment"}, clock.now())
    with pytest.raises(SignatureInvalid, match="too old"):
        sandbox_notices.read(b"s", headers, body, clock.now() + timedelta(seconds=seconds))


def test_m35_an_empty_secret_is_refused() -> None:
    settings = Settings(payments=PaymentSettings(sandbox_secret=""))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="SANDBOX_SECRET"):
        SandboxGateway(settings)


@pytest.fixture
async def sandbox(fresh_engine: AsyncEngine) -> SandboxGateway:
    async def keep(headers: Any, body: bytes) -> bool:
        return True

    return SandboxGateway(Settings(), engine=fresh_engine, send=keep)


def resources(sandbox: SandboxGateway | None) -> Resources:
    sessions: Any = None
    settings = Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
    )
    return Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=Outbox(),
        gateways={"sandbox": sandbox} if sandbox else {},
    )


async def test_a_person_pays_on_the_page(sandbox: SandboxGateway) -> None:
    await sandbox.create(
        CreatePayment(
            out_trade_no="page-1",
            amount_minor=1_234,
            currency="CNY",
            expires_at=clock.now() + timedelta(minutes=5),
            subject="Stoa",
            notify_url="",
        )
    )
    async with http_client(create_app(resources(sandbox))) as client:
        page = await client.get("/sandbox/pay/page-1")
        assert page.status_code == 200
        assert page.headers["content-security-policy"] == CSP
        assert "12.34 CNY" in page.text
        assert "等待支付" in page.text
        assert "<script" not in page.text
        paid = await client.post(
            "/sandbox/pay/page-1?scenario=succeed",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert (paid.status_code, paid.headers["location"]) == (303, "/sandbox/pay/page-1")
        assert "已支付" in (await client.get("/sandbox/pay/page-1")).text
        again = await client.post("/sandbox/pay/page-1", json={"action": "decline"})
        assert again.json() == {"out_trade_no": "page-1", "state": "succeeded"}
        assert (await client.get("/sandbox/pay/unknown")).status_code == 404
        wrong = await client.post("/sandbox/pay/page-1", json={"scenario": "nonsense"})
        assert wrong.status_code == 422
    await sandbox.settle_tasks()


async def test_the_page_leads_back_to_the_shop(sandbox: SandboxGateway) -> None:
    back = "https://shop.example/orders/1?a=1&b=2"
    action = await sandbox.create(
        CreatePayment(
            out_trade_no="page-2",
            amount_minor=1_234,
            currency="CNY",
            expires_at=clock.now() + timedelta(minutes=5),
            subject="Stoa",
            notify_url="",
            return_url=back,
        )
    )
    assert action["kind"] == "redirect"
    address = action["url"].partition("/sandbox/")[2]
    link = 'href="https://shop.example/orders/1?a=1&amp;b=2"'
    async with http_client(create_app(resources(sandbox))) as client:
        assert link in (await client.get(f"/sandbox/{address}")).text
        paid = await client.post(
            f"/sandbox/{address}&scenario=succeed",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert link in (await client.get(paid.headers["location"])).text
        for nowhere in ("javascript:alert(1)", "//elsewhere.example"):
            answer = await client.get("/sandbox/pay/page-2", params={"back": nowhere})
            assert answer.status_code == 422
    await sandbox.settle_tasks()


async def test_m34_without_the_sandbox_there_is_no_page() -> None:
    async with http_client(create_app(resources(None))) as client:
        for answer in (
            await client.get("/sandbox/pay/page-1"),
            await client.post("/sandbox/pay/page-1", json={}),
            await client.post("/api/v1/webhooks/sandbox", content=b"{}"),
        ):
            assert answer.status_code == 404


async def test_m26_the_webhook_refuses_what_is_not_signed(sandbox: SandboxGateway) -> None:
    async with http_client(create_app(resources(sandbox))) as client:
        answer = await client.post("/api/v1/webhooks/sandbox", content=b"{}")
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/signature-invalid")
        large = await client.post("/api/v1/webhooks/sandbox", content=b"x" * (256 * 1_024 + 1))
        assert large.status_code == 413


async def test_notices_travel_by_http_and_come_again_when_refused() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers[sandbox_notices.SIGNATURE])
        return httpx.Response(503 if len(seen) == 1 else 200)

    transport = httpx.MockTransport(answer)
    send = sandbox_notices.over_http("http://shop.test/api", 5, transport=transport)
    headers, body = sandbox_notices.signed(b"s", {}, clock.now())
    assert [await send(headers, body), await send(headers, body)] == [False, True]
