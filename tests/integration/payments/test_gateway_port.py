"""What every gateway behind the port keeps: the sandbox, and the fake that stands in for one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.sandbox import Choice, SandboxGateway, Scenario
from app.core import clock
from app.core.settings import PaymentSettings, Settings
from app.services.payments.ports import (
    CloseOutcome,
    CreatePayment,
    GatewayPort,
    GatewayState,
    RefundPayment,
    RefundQuery,
    SignatureInvalid,
)
from tests.fakes.gateway import FakeGateway

SECRET = "0123456789abcdef0123456789abcdef"
SETTINGS = Settings(payments=PaymentSettings(sandbox_secret=SecretStr(SECRET)))


@dataclass
class Bench:
    port: GatewayPort
    pay: Callable[[str], Awaitable[Any]]
    notices: list[tuple[dict[str, str], bytes]]


@pytest.fixture(params=["fake", "sandbox"])
async def bench(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Bench]:
    notices: list[tuple[dict[str, str], bytes]] = []
    if request.param == "fake":
        fake = FakeGateway()

        async def pay_fake(number: str) -> None:
            notices.append(fake.notice(fake.pay(number)))

        yield Bench(fake, pay_fake, notices)
        return

    async def keep(headers: Any, body: bytes) -> bool:
        notices.append((dict(headers), body))
        return True

    sandbox = SandboxGateway(SETTINGS, engine=engine, send=keep)

    async def pay_sandbox(number: str) -> None:
        await sandbox.pay(number, Choice(Scenario.SUCCEED))
        await sandbox.settle_tasks()

    yield Bench(sandbox, pay_sandbox, notices)
    await sandbox.settle_tasks()


def payment(number: str, amount_minor: int = 700) -> CreatePayment:
    return CreatePayment(
        out_trade_no=number,
        amount_minor=amount_minor,
        currency="CNY",
        expires_at=clock.now() + timedelta(minutes=5),
        subject="Stoa",
        notify_url="https://shop.test/notices",
    )


async def test_a_payment_is_made_under_our_number(bench: Bench) -> None:
    number = f"p1-{id(bench)}"
    assert (await bench.port.query(number)).state is GatewayState.NOT_FOUND
    first = await bench.port.create(payment(number))
    assert first["kind"] == "redirect"
    assert await bench.port.create(payment(number)) == first
    assert (await bench.port.query(number)).state is GatewayState.PENDING
    await bench.pay(number)
    paid = await bench.port.query(number)
    assert (paid.state, paid.amount_minor, paid.currency) == (GatewayState.SUCCEEDED, 700, "CNY")
    assert paid.transaction_id
    assert await bench.port.close(number) is CloseOutcome.ALREADY_PAID


async def test_the_notice_says_what_the_books_say_and_is_signed(bench: Bench) -> None:
    number = f"p2-{id(bench)}"
    await bench.port.create(payment(number))
    await bench.pay(number)
    ((headers, body),) = bench.notices
    notice = bench.port.verify_notice(headers, body, at=clock.now())
    books = await bench.port.query(number)
    assert (notice.number, notice.state, notice.amount_minor) == (number, "succeeded", 700)
    assert (notice.provider_id, notice.merchant_id) == (
        books.transaction_id,
        bench.port.merchant_id,
    )
    with pytest.raises(SignatureInvalid):
        bench.port.verify_notice(headers, body.replace(b"700", b"701"), at=clock.now())
    with pytest.raises(SignatureInvalid):
        bench.port.verify_notice({}, body, at=clock.now())


async def test_a_closed_number_stays_closed(bench: Bench) -> None:
    number = f"p3-{id(bench)}"
    await bench.port.create(payment(number))
    assert await bench.port.close(number) is CloseOutcome.CLOSED
    assert await bench.port.close(number) is CloseOutcome.CLOSED
    assert (await bench.port.query(number)).state is GatewayState.CLOSED
    unknown = f"p4-{id(bench)}"
    assert await bench.port.close(unknown) is CloseOutcome.CLOSED


async def test_a_refund_is_made_once_under_our_number(bench: Bench) -> None:
    number = f"p5-{id(bench)}"
    await bench.port.create(payment(number))
    await bench.pay(number)
    order = RefundPayment(
        out_trade_no=number,
        out_refund_no=f"r-{number}",
        amount_minor=300,
        total_minor=700,
        currency="CNY",
        ordered_at=clock.now(),
        notify_url="https://shop.test/notices",
    )
    question = RefundQuery(
        out_trade_no=number, out_refund_no=order.out_refund_no, ordered_at=order.ordered_at
    )
    missing = await bench.port.query_refund(question)
    assert missing.state is GatewayState.NOT_FOUND
    first = await bench.port.refund(order)
    assert (first.state, first.amount_minor) == (GatewayState.SUCCEEDED, 300)
    assert await bench.port.refund(order) == first
    assert await bench.port.query_refund(question) == first
