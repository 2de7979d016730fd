"""A gateway whose money is not real: deterministic, with books of its own, behind the same port."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from app.adapters.sandbox import notices
from app.adapters.sandbox.books import Books
from app.adapters.sandbox.page import payment_address
from app.adapters.sandbox.scenarios import Choice, Scenario
from app.adapters.sandbox.statements import TIME_ZONE, lines
from app.core import clock
from app.core.db import build_engine
from app.core.enums.payments import FeeBearer, Scene
from app.core.errors import NotFound
from app.core.settings import DatabaseSettings, Settings
from app.services.payments.actions import Action
from app.services.payments.engine.instalments import InstalmentSkills
from app.services.payments.ports import (
    CloseOutcome,
    Compression,
    CreatePayment,
    GatewayPayment,
    GatewayPort,
    GatewayRefund,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    Notice,
    NoticeKind,
    RefundPayment,
    RefundQuery,
    Statement,
    StatementKind,
    StatementMissing,
)

MERCHANT = "sandbox-merchant"
RETRY_SECONDS = (0.2, 1, 5, 15)
REORDER_SECONDS = 0.2
FEES_BPS = {3: 180, 6: 450, 12: 750}
"""What the sandbox takes of a payment in so many parts where the seller bears the fee."""
log = structlog.get_logger()


def _own(settings: Settings) -> DatabaseSettings:
    """How the sandbox reaches its books."""
    url = settings.payments.sandbox_database_url or settings.database.url
    return settings.database.model_copy(update={"url": url})


class SandboxGateway(GatewayPort):
    """`engine` is the sandbox's own pool; `send` delivers notices, by HTTP unless given."""

    def __init__(
        self,
        settings: Settings,
        *,
        engine: AsyncEngine | None = None,
        send: notices.Send | None = None,
    ) -> None:
        secret = settings.payments.sandbox_secret.get_secret_value()
        if not secret:
            raise ValueError("PAYMENTS__SANDBOX_SECRET is empty")
        self._secret = secret.encode()
        self._public_url = settings.http.public_url.rstrip("/")
        self._books = Books(engine or build_engine(_own(settings), pool_size=2))
        self._send = send or notices.over_http(
            f"{self._public_url}/api/v1/webhooks/sandbox",
            settings.payments.gateway_timeout_seconds,
        )
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    @override
    def merchant_id(self) -> str:
        return MERCHANT

    @property
    @override
    def confirms_by_query(self) -> bool:
        return True

    @property
    @override
    def instalments(self) -> InstalmentSkills:
        return InstalmentSkills(counts=frozenset(FEES_BPS))

    @override
    async def create(self, request: CreatePayment) -> Action:
        number, count = request.out_trade_no, request.instalments
        if count is not None and count not in FEES_BPS:
            raise GatewayRefused("There is no such plan", instalments=sorted(FEES_BPS))
        is_sellers = request.fee_bearer is FeeBearer.SELLER
        try:
            amount_minor = await self._books.create(
                number,
                request.amount_minor,
                request.currency,
                request.expires_at,
                count,
                FEES_BPS[count] if count and is_sellers else 0,
            )
        except (DBAPIError, OSError) as error:
            raise GatewayUnreachable("The sandbox has no books at hand") from error
        if amount_minor != request.amount_minor:
            raise GatewayRefused("The number is taken", out_trade_no=number)
        url = self._public_url + payment_address(number, request.return_url)
        match request.scene:
            case Scene.QR:
                return {"kind": "qr", "content": url}
            case Scene.APP:
                return {"kind": "app", "params": {"url": url}}
            case Scene.MINI_PROGRAM | Scene.JSAPI:
                return {"kind": "jsapi", "params": {"url": url}}
            case Scene.PAGE | Scene.WAP:
                return {"kind": "redirect", "url": url}

    @override
    async def query(self, out_trade_no: str) -> GatewayPayment:
        try:
            known = await self._books.payment(out_trade_no)
        except (DBAPIError, OSError) as error:
            raise GatewayUnreachable("The sandbox has no books at hand") from error
        if known is None:
            return GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.NOT_FOUND)
        return GatewayPayment(
            out_trade_no=out_trade_no,
            state=GatewayState(known["state"]),
            transaction_id=known["transaction_id"],
            amount_minor=known["paid_minor"],
            currency=known["currency"],
        )

    @override
    async def close(self, out_trade_no: str) -> CloseOutcome:
        try:
            closed = await self._books.close(out_trade_no)
        except (DBAPIError, OSError):
            return CloseOutcome.UNKNOWN
        if closed.state == GatewayState.SUCCEEDED:
            return CloseOutcome.ALREADY_PAID
        if closed.pays_when_closed:
            self._later(self.pay(out_trade_no, Choice(Scenario.LATE)))
        return CloseOutcome.CLOSED

    @override
    async def refund(self, request: RefundPayment) -> GatewayRefund:
        try:
            known = await self._books.refund(
                request.out_trade_no,
                request.out_refund_no,
                request.amount_minor,
                f"sbr-{uuid4().hex}",
            )
        except (DBAPIError, OSError) as error:
            raise GatewayUnreachable("The sandbox has no books at hand") from error
        if known is None or known["amount_minor"] != request.amount_minor:
            raise GatewayRefused("It cannot be given back", out_refund_no=request.out_refund_no)
        return self._refund(known)

    @override
    async def query_refund(self, request: RefundQuery) -> GatewayRefund:
        number = request.out_refund_no
        try:
            known = await self._books.refund_of(number)
        except (DBAPIError, OSError) as error:
            raise GatewayUnreachable("The sandbox has no books at hand") from error
        if known is None:
            return GatewayRefund(out_refund_no=number, state=GatewayState.NOT_FOUND)
        return self._refund(known)

    @override
    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        return notices.read(self._secret, headers, body, at)

    @override
    @asynccontextmanager
    async def statement(self, day: date, kind: StatementKind) -> AsyncIterator[Statement]:
        """Payments and refunds of a day in Beijing as CSV; the sandbox moves no other money."""
        if kind is not StatementKind.TRADES or day >= clock.now().astimezone(TIME_ZONE).date():
            raise StatementMissing("The sandbox has no such statement", day=day.isoformat())
        try:
            rows = await self._books.of_day(day, TIME_ZONE.key)
        except (DBAPIError, OSError) as error:
            raise GatewayUnreachable("The sandbox has no books at hand") from error
        yield Statement(
            chunks=lines(rows), compression=Compression.NONE, filename=f"sandbox-{day}.csv"
        )

    async def payment(self, number: str) -> RowMapping:
        """What the payment page shows; raises `NotFound`."""
        known = await self._books.payment(number)
        if known is None or known["amount_minor"] is None:
            raise NotFound("No such payment")
        return known

    async def pay(self, number: str, choice: Choice) -> GatewayState:
        """A person pays, or a test has them pay in one of the awkward ways.

        Returns the state in the sandbox's books. Notices are sent in the background.
        """
        known = await self.payment(number)
        scenario = choice.scenario
        if scenario is Scenario.CONTRADICT:
            self._notify(number, GatewayState.SUCCEEDED, known["amount_minor"], known["currency"])
        elif scenario is Scenario.DECLINE:
            await self._books.decline(number)
            self._notify(number, GatewayState.FAILED, None, known["currency"])
        elif scenario is Scenario.LATE and known["state"] == GatewayState.PENDING:
            await self._books.pay_when_closed(number)
        else:
            await self._take(number, known, choice)
        return GatewayState((await self.payment(number))["state"])

    async def net_taken_minor(self) -> int:
        """Everything taken and not given back, for comparing with our ledger."""
        return await self._books.net_taken_minor()

    async def settle_tasks(self) -> None:
        """Wait for notices under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @override
    async def aclose(self) -> None:
        """Stop sending and give the connections back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._books.close_pool()

    async def _take(self, number: str, known: RowMapping, choice: Choice) -> None:
        scenario, amount_minor = choice.scenario, known["amount_minor"]
        if scenario is Scenario.WRONG_AMOUNT:
            amount_minor = max(1, amount_minor - 1) if amount_minor > 1 else amount_minor + 1
        is_taken = await self._books.pay(
            number, amount_minor, f"sbx-{number}", even_closed=scenario is Scenario.LATE
        )
        if not is_taken or scenario is Scenario.LOSE:
            return
        states = [GatewayState.SUCCEEDED]
        if scenario is Scenario.REPEAT:
            states *= max(1, min(choice.times, 20))
        if scenario is Scenario.REORDER:
            states.append(GatewayState.FAILED)
        delay_seconds = choice.delay_seconds if scenario is Scenario.DELAY else 0
        for state in states:
            self._notify(number, state, amount_minor, known["currency"], delay_seconds)
            delay_seconds += REORDER_SECONDS if scenario is Scenario.REORDER else 0

    def _notify(
        self,
        number: str,
        state: GatewayState,
        amount_minor: int | None,
        currency: str,
        delay_seconds: float = 0,
    ) -> None:
        content = {
            "kind": NoticeKind.PAYMENT,
            "provider_id": f"sbx-{number}",
            "merchant_id": MERCHANT,
            "number": number,
            "state": state,
            "amount_minor": amount_minor,
            "currency": currency,
        }
        self._later(self._deliver(content, delay_seconds))

    async def _deliver(self, content: Mapping[str, Any], delay_seconds: float) -> None:
        for seconds in (delay_seconds, *RETRY_SECONDS):
            await asyncio.sleep(seconds)
            headers, body = notices.signed(self._secret, content, clock.now())
            if await self._send(headers, body):
                return
        log.warning("sandbox_notice_given_up", number=content["number"])

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _refund(self, known: RowMapping) -> GatewayRefund:
        return GatewayRefund(
            out_refund_no=known["out_refund_no"],
            state=GatewayState.SUCCEEDED,
            refund_id=known["refund_id"],
            amount_minor=known["amount_minor"],
        )
