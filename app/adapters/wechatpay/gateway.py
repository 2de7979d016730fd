"""The gateway port over WeChat Pay."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from typing_extensions import override

from app.adapters import https
from app.adapters.wechatpay import documents, notices, orders, signed, statements
from app.adapters.wechatpay.client import Client, Refusal
from app.adapters.wechatpay.keys import Merchant, PlatformKeys
from app.core.gateway_settings import WechatPayAccount
from app.services.payments.actions import Action
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

_TRANSACTIONS = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"
_NO_PAYMENT = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST"})
_NO_REFUND = frozenset({"RESOURCE_NOT_EXISTS", "REFUNDNOTEXIST"})
_PAID = frozenset({"ORDERPAID", "ORDER_PAID"})
_CLOSED = frozenset({"ORDER_CLOSED", "ORDERCLOSED"})


class WechatPayGateway(GatewayPort):
    """One account. Numbers are ours, so everything may be asked again under the same one."""

    def __init__(
        self,
        account: WechatPayAccount,
        *,
        timeout_seconds: float = 5,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises `ValueError` and `OSError` for keys that are missing or cannot be read."""
        self._account = account
        self._merchant = Merchant.of(account)
        self._host = urlsplit(account.base_url).netloc
        self._client = Client(
            self._merchant,
            PlatformKeys.of(account),
            https.client(account.base_url, timeout_seconds, transport=transport),
        )

    @property
    @override
    def merchant_id(self) -> str:
        return self._account.mch_id

    @property
    @override
    def app_ids(self) -> frozenset[str]:
        return frozenset(self._account.app_ids.values())

    @property
    @override
    def confirms_by_query(self) -> bool:
        return self._account.confirms_by_query

    @override
    async def aclose(self) -> None:
        await self._client.aclose()

    @override
    async def create(self, request: CreatePayment) -> Action:
        app_id = self._account.app_ids.get(request.scene)
        if app_id is None:
            raise GatewayRefused("The account serves no such scene", scene=request.scene)
        body = orders.order(self._merchant, app_id, request)
        try:
            answer = await self._client.post(
                f"{_TRANSACTIONS}/{orders.TRADES[request.scene]}", body
            )
        except Refusal as refusal:
            if refusal.code in _PAID:  # by an earlier try: a query will tell
                raise GatewayUnreachable("It has been paid already") from refusal
            raise _refused(refusal) from refusal
        return orders.action(self._merchant, app_id, request, answer)

    @override
    async def query(self, out_trade_no: str) -> GatewayPayment:
        path = f"{_TRANSACTIONS}/out-trade-no/{out_trade_no}?mchid={self.merchant_id}"
        try:
            answer = await self._client.get(path)
        except Refusal as refusal:
            if refusal.code in _NO_PAYMENT:
                return GatewayPayment(out_trade_no=out_trade_no, state=GatewayState.NOT_FOUND)
            raise _unclear(refusal) from refusal
        if answer["mchid"] != self.merchant_id or answer["appid"] not in self.app_ids:
            raise GatewayUnreachable("The answer is about somebody else's payment")
        return documents.payment(answer, out_trade_no)

    @override
    async def close(self, out_trade_no: str) -> CloseOutcome:
        """A number nobody created counts as closed: nobody was told how to pay it."""
        path = f"{_TRANSACTIONS}/out-trade-no/{out_trade_no}/close"
        try:
            await self._client.post(path, {"mchid": self.merchant_id})
        except Refusal as refusal:
            if refusal.code in _PAID:
                return CloseOutcome.ALREADY_PAID
            if refusal.code in _NO_PAYMENT | _CLOSED:
                return CloseOutcome.CLOSED
            return CloseOutcome.UNKNOWN
        return CloseOutcome.CLOSED

    @override
    async def refund(self, request: RefundPayment) -> GatewayRefund:
        paid: dict[str, Any] = (
            {"transaction_id": request.transaction_id}
            if request.transaction_id
            else {"out_trade_no": request.out_trade_no}
        )
        said = {"reason": orders.reason_of(request.reason)} if request.reason else {}
        body = {
            **paid,
            **said,
            "out_refund_no": request.out_refund_no,
            "notify_url": request.notify_url,
            "amount": {
                "refund": request.amount_minor,
                "total": request.total_minor,
                "currency": request.currency,
            },
        }
        try:
            answer = await self._client.post(_REFUNDS, body)
        except Refusal as refusal:
            raise _refused(refusal) from refusal
        return documents.refund(answer, request.out_refund_no)

    @override
    async def query_refund(self, request: RefundQuery) -> GatewayRefund:
        number = request.out_refund_no
        try:
            answer = await self._client.get(f"{_REFUNDS}/{number}")
        except Refusal as refusal:
            if refusal.code in _NO_REFUND:
                return GatewayRefund(out_refund_no=number, state=GatewayState.NOT_FOUND)
            raise _unclear(refusal) from refusal
        return documents.refund(answer, number)

    @override
    async def learn_keys(self, headers: Mapping[str, str]) -> None:
        await self._client.learn(headers.get(signed.SERIAL, ""))

    @override
    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        return notices.read(self._merchant, self._client.keys, headers, body, at=at)

    @override
    def statement(self, day: date, kind: StatementKind) -> AbstractAsyncContextManager[Statement]:
        return statements.statement(self._client, self._host, day, kind)


def _refused(refusal: Refusal) -> GatewayRefused:
    return GatewayRefused(str(refusal), code=refusal.code)


def _unclear(refusal: Refusal) -> GatewayUnreachable:
    return GatewayUnreachable(str(refusal), retry_after_seconds=5)
