"""Alipay behind the gateway port."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from urllib.parse import urlencode

import httpx
from typing_extensions import override

from app.adapters.alipay import notices, offers, statements, wire
from app.adapters.alipay.answers import Answer
from app.adapters.alipay.client import Client
from app.adapters.https import client
from app.core import clock
from app.core.enums.payments import Scene
from app.core.gateway_settings import AlipayAccount
from app.services.payments.actions import Action, App, Form, Jsapi, Qr, Redirect
from app.services.payments.engine.instalments import InstalmentSkills
from app.services.payments.ports import (
    CloseOutcome,
    CreatePayment,
    GatewayPayment,
    GatewayPort,
    GatewayRefund,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    Notice,
    RefundPayment,
    RefundQuery,
    Statement,
    StatementKind,
)

_NOT_THERE = frozenset({"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"})
_PAID = frozenset({"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_FINISHED"})
_CLOSED = frozenset({"ACQ.TRADE_HAS_CLOSE"})
_BAD_STATE = frozenset(
    {"ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.REASON_ILLEGAL_STATUS"}
)


class AlipayGateway(GatewayPort):
    """One account. `transport` replaces the network; raises `ValueError` for bad credentials.

    A page, a telephone page and an app's order are only signed here: Alipay learns of them when
    the payer opens them. Until then it knows no such payment, and there is nothing to close.
    """

    def __init__(
        self,
        account: AlipayAccount,
        *,
        timeout_seconds: float = 5,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._account = account
        self._http = client(account.gateway_url, timeout_seconds, transport=transport)
        self._client = Client(account, self._http, timeout_seconds=timeout_seconds)

    @property
    @override
    def merchant_id(self) -> str:
        return self._account.seller_id

    @property
    @override
    def app_ids(self) -> frozenset[str]:
        return frozenset({self._account.app_id})

    @property
    @override
    def confirms_by_query(self) -> bool:
        """A notice has no signed time, so an old one proves nothing about now."""
        return True

    @property
    @override
    def acknowledgement(self) -> str | None:
        return notices.ACKNOWLEDGEMENT

    @property
    @override
    def instalments(self) -> InstalmentSkills:
        return offers.INSTALMENTS

    @override
    async def aclose(self) -> None:
        await self._http.aclose()

    @override
    async def create(self, request: CreatePayment) -> Action:
        content = offers.biz_content(self._account, request)
        method = offers.METHODS[request.scene][0]
        if request.scene in {Scene.PAGE, Scene.WAP, Scene.APP}:
            return self._offer(method, content, request)
        answer = await self._client.call(method, content, notify_url=request.notify_url)
        if answer.is_success and request.scene is Scene.QR and answer.text("qr_code"):
            return Qr(kind="qr", content=answer.text("qr_code"))
        if answer.is_success and request.scene is not Scene.QR and answer.text("trade_no"):
            return Jsapi(kind="jsapi", params={"tradeNO": answer.text("trade_no")})
        if answer.is_success or answer.reason in _PAID:
            raise GatewayUnreachable("It may exist already", reason=answer.reason)
        raise GatewayRefused("The gateway refused", reason=answer.reason)

    @override
    async def query(self, out_trade_no: str) -> GatewayPayment:
        answer = await self._client.call("alipay.trade.query", {"out_trade_no": out_trade_no})
        if answer.reason in _NOT_THERE:
            return GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.NOT_FOUND)
        if not answer.is_success:
            raise GatewayUnreachable("The gateway does not say", reason=answer.reason)
        return _payment(out_trade_no, answer)

    @override
    async def close(self, out_trade_no: str) -> CloseOutcome:
        answer = await self._client.call("alipay.trade.close", {"out_trade_no": out_trade_no})
        if answer.is_success or answer.reason in _CLOSED | _NOT_THERE:
            return CloseOutcome.CLOSED
        if answer.reason in _PAID:
            return CloseOutcome.ALREADY_PAID
        if answer.reason not in _BAD_STATE:
            return CloseOutcome.UNKNOWN
        known = await self.query(out_trade_no)
        outcomes = {
            GatewayState.SUCCEEDED: CloseOutcome.ALREADY_PAID,
            GatewayState.CLOSED: CloseOutcome.CLOSED,
        }
        return outcomes.get(known.state, CloseOutcome.UNKNOWN)

    @override
    async def refund(self, request: RefundPayment) -> GatewayRefund:
        """Only `fund_change=Y` says that money moved; `N` also answers a repeated request.

        `refund_fee` of the answer is what the payment gave back in all, so it is not read.
        """
        if request.currency != wire.CURRENCY or request.amount_minor <= 0:
            raise GatewayRefused("Only positive amounts in yuan", currency=request.currency)
        content: dict[str, object] = {
            "out_trade_no": request.out_trade_no,
            "out_request_no": request.out_refund_no,
            "refund_amount": wire.yuan(request.amount_minor),
        }
        if request.reason:
            content["refund_reason"] = request.reason[:256]
        answer = await self._client.call("alipay.trade.refund", content)
        if not answer.is_success:
            raise GatewayRefused("It cannot be given back", reason=answer.reason)
        has_moved = answer.text("fund_change") == "Y"
        return GatewayRefund(
            out_refund_no=request.out_refund_no,
            state=GatewayState.SUCCEEDED if has_moved else GatewayState.PENDING,
            refund_id=_refund_id(answer, request.out_refund_no),
            amount_minor=request.amount_minor,
        )

    @override
    async def query_refund(self, request: RefundQuery) -> GatewayRefund:
        """Without `REFUND_SUCCESS` Alipay has not carried it out: it may be ordered again."""
        number = request.out_refund_no
        answer = await self._client.call(
            "alipay.trade.fastpay.refund.query",
            {"out_trade_no": request.out_trade_no, "out_request_no": number},
        )
        if not answer.is_success and answer.reason not in _NOT_THERE:
            raise GatewayUnreachable("The gateway does not say", reason=answer.reason)
        status = answer.text("refund_status")
        if not answer.is_success or not status:
            return GatewayRefund(out_refund_no=number, state=GatewayState.NOT_FOUND)
        return GatewayRefund(
            out_refund_no=number,
            state=GatewayState.SUCCEEDED if status == "REFUND_SUCCESS" else GatewayState.PENDING,
            refund_id=_refund_id(answer, number),
            amount_minor=wire.fen(answer.text("refund_amount")),
        )

    @override
    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        return notices.read(self._client.trust, body, at=at)

    @override
    def statement(self, day: date, kind: StatementKind) -> AbstractAsyncContextManager[Statement]:
        return statements.statement(self._client, self._http, day, kind)

    def _offer(self, method: str, content: Mapping[str, object], request: CreatePayment) -> Action:
        is_app = request.scene is Scene.APP
        fields = self._client.signed(
            method,
            content,
            at=clock.now(),
            notify_url=request.notify_url,
            return_url=None if is_app else request.return_url,
        )
        if is_app:
            return App(kind="app", params={"order_string": urlencode(fields)})
        url = self._account.gateway_url
        if request.scene is Scene.WAP:
            return Redirect(kind="redirect", url=f"{url}?{urlencode(fields)}")
        # The character set must be known before the body is read, hence its place in the address.
        return Form(kind="form", url=f"{url}?charset=utf-8", method="POST", fields=fields)


def _payment(out_trade_no: str, answer: Answer) -> GatewayPayment:
    """A trade that is closed but was paid gave everything back later; the payment succeeded."""
    state = notices.TRADE_STATES.get(answer.text("trade_status"))
    if state is None or answer.text("out_trade_no") != out_trade_no:
        raise GatewayUnreachable("The answer is about something else")
    if state is GatewayState.CLOSED and answer.text("send_pay_date"):
        state = GatewayState.SUCCEEDED
    return GatewayPayment(
        out_trade_no=out_trade_no,
        state=state,
        transaction_id=answer.text("trade_no") or None,
        amount_minor=wire.fen(answer.text("total_amount")),
        currency=answer.text("trans_currency") or wire.CURRENCY,
    )


def _refund_id(answer: Answer, number: str) -> str:
    """Alipay gives a refund no number of its own: the payment's and ours name it together."""
    return f"{answer.text('trade_no')}:{number}"
