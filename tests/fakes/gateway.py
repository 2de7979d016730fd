"""A gateway in memory: it has its own books, and does what the test tells it to."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from typing_extensions import override

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
    SignatureInvalid,
    Statement,
    StatementKind,
    StatementMissing,
)
from tests.fakes.transactions import in_transaction

SECRET = b"fake-gateway-secret"


def sign(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@dataclass
class FakeGateway(GatewayPort):
    """Set `broken` to the names of calls that get no answer; `lost` happen and get none either.

    `inside` lists calls made inside a transaction: it must stay empty.
    """

    confirms: bool = True
    merchant: str = "M-1"
    books: dict[str, GatewayPayment] = field(default_factory=dict)
    refunds: dict[str, GatewayRefund] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    refund_state: GatewayState = GatewayState.SUCCEEDED
    asked: dict[str, CreatePayment] = field(default_factory=dict)
    statements: dict[tuple[date, StatementKind], bytes] = field(default_factory=dict)
    acknowledges: str | None = None
    apps: frozenset[str] = frozenset()
    skills: InstalmentSkills | None = None
    prefix: str = ""
    step: Callable[[], None] = lambda: None

    @property
    @override
    def merchant_id(self) -> str:
        return self.merchant

    @property
    @override
    def app_ids(self) -> frozenset[str]:
        return self.apps

    @property
    @override
    def confirms_by_query(self) -> bool:
        return self.confirms

    @property
    @override
    def acknowledgement(self) -> str | None:
        return self.acknowledges

    @property
    @override
    def instalments(self) -> InstalmentSkills | None:
        return self.skills

    @override
    async def create(self, request: CreatePayment) -> Action:
        self._called("create", request.out_trade_no)
        self.asked[request.out_trade_no] = request
        known = self.books.get(request.out_trade_no)
        if known is None:
            self.books[request.out_trade_no] = GatewayPayment(
                out_trade_no=request.out_trade_no,
                state=GatewayState.PENDING,
                amount_minor=request.amount_minor,
                currency=request.currency,
            )
        self._answer("create")
        return {"kind": "redirect", "url": f"https://pay.test/{request.out_trade_no}"}

    @override
    async def query(self, out_trade_no: str) -> GatewayPayment:
        self._called("query", out_trade_no)
        self._answer("query")
        missing = GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.NOT_FOUND)
        return self.books.get(out_trade_no, missing)

    @override
    async def close(self, out_trade_no: str) -> CloseOutcome:
        self._called("close", out_trade_no)
        if "close" in self.broken:
            return CloseOutcome.UNKNOWN
        known = self.books.get(out_trade_no)
        if known is not None and known.state is GatewayState.SUCCEEDED:
            return CloseOutcome.ALREADY_PAID
        closed = known or GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.CLOSED)
        self.books[out_trade_no] = replace(closed, state=GatewayState.CLOSED)
        self._answer("close")
        return CloseOutcome.CLOSED

    @override
    async def refund(self, request: RefundPayment) -> GatewayRefund:
        self._called("refund", request.out_refund_no)
        paid = self.books.get(request.out_trade_no)
        if paid is None or paid.state is not GatewayState.SUCCEEDED:
            raise GatewayRefused("It was not paid here", out_trade_no=request.out_trade_no)
        self.refunds[request.out_refund_no] = GatewayRefund(
            out_refund_no=request.out_refund_no,
            state=self.refund_state,
            refund_id=f"rf-{request.out_refund_no}",
            amount_minor=request.amount_minor,
        )
        self._answer("refund")
        return self.refunds[request.out_refund_no]

    @override
    async def query_refund(self, request: RefundQuery) -> GatewayRefund:
        number = request.out_refund_no
        self._called("query_refund", number)
        self._answer("query_refund")
        missing = GatewayRefund(out_refund_no=number, state=GatewayState.NOT_FOUND)
        return self.refunds.get(number, missing)

    @override
    @asynccontextmanager
    async def statement(self, day: date, kind: StatementKind) -> AsyncIterator[Statement]:
        self._called("statement", day.isoformat())
        content = self.statements.get((day, kind))
        if content is None:
            raise StatementMissing("No such statement", day=day.isoformat())

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        yield Statement(chunks=chunks(), compression=Compression.NONE, filename=f"{day}.csv")

    @override
    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        if not hmac.compare_digest(headers.get("x-signature", ""), sign(body)):
            raise SignatureInvalid("Not signed by us")
        content = json.loads(body)
        return Notice(
            kind=NoticeKind(content["kind"]),
            provider_id=content["transaction_id"],
            merchant_id=content["merchant_id"],
            number=content["number"],
            state=GatewayState(content["state"]),
            amount_minor=content["amount_minor"],
            currency=content["currency"],
            app_id=content["app_id"],
        )

    def pay(
        self,
        out_trade_no: str,
        *,
        amount_minor: int | None = None,
        currency: str | None = None,
        transaction_id: str | None = None,
    ) -> GatewayPayment:
        """Somebody pays, whatever the state was; the amount is the asked one unless given."""
        known = self.books[out_trade_no]
        paid = replace(
            known,
            state=GatewayState.SUCCEEDED,
            amount_minor=known.amount_minor if amount_minor is None else amount_minor,
            currency=currency or known.currency,
            transaction_id=transaction_id or f"{self.prefix}txn-{out_trade_no}",
        )
        self.books[out_trade_no] = paid
        return paid

    def notice(
        self,
        payment: GatewayPayment,
        *,
        merchant_id: str | None = None,
        app_id: str | None = None,
        kind: NoticeKind = NoticeKind.PAYMENT,
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a signed notice about `payment`, or a refund told like one."""
        body = json.dumps(
            {
                "kind": kind,
                "transaction_id": payment.transaction_id or payment.out_trade_no,
                "merchant_id": merchant_id or self.merchant,
                "number": payment.out_trade_no,
                "state": payment.state,
                "amount_minor": payment.amount_minor,
                "currency": payment.currency,
                "app_id": app_id,
            }
        ).encode()
        return {"x-signature": sign(body)}, body

    @property
    def net_taken_minor(self) -> int:
        """What the gateway's books say it took and has not given back."""
        paid = sum(
            each.amount_minor or 0
            for each in self.books.values()
            if each.state is GatewayState.SUCCEEDED
        )
        back = sum(
            each.amount_minor or 0
            for each in self.refunds.values()
            if each.state is GatewayState.SUCCEEDED
        )
        return paid - back

    def _called(self, name: str, number: str) -> None:
        self.step()
        self.calls.append((name, number))
        if in_transaction():
            self.inside.append(name)
        if name in self.broken and name != "close":
            raise GatewayUnreachable("the link is down")

    def _answer(self, name: str) -> None:
        self.step()
        if name in self.lost:
            raise GatewayUnreachable("the answer was lost")
