"""The platform: takes signed requests, keeps books, answers signed, sends notices."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
from typing_extensions import override

from app.core import clock
from tests.simulators.wechatpay import bills, crypto
from tests.simulators.wechatpay.books import Payment, Refund, Refused
from tests.simulators.wechatpay.keyring import Keyring
from tests.simulators.wechatpay.merchant import MerchantFile
from tests.simulators.wechatpay.rules import TRADES, check_order, check_refund
from tests.simulators.wechatpay.troubles import BEFORE, Trouble

ORDERS, REFUNDS = "/v3/pay/transactions/", "/v3/refund/domestic/refunds"
BY_NUMBER = f"{ORDERS}out-trade-no/"


class Pieces(httpx.AsyncByteStream):
    """A body that comes piece by piece; `taken` counts the bytes somebody wanted."""

    def __init__(self, body: bytes) -> None:
        self.body, self.taken = body, 0

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self.body), 16_384):
            piece = self.body[at : at + 16_384]
            self.taken += len(piece)
            yield piece


@dataclass
class Platform:
    """`troubles` names what goes wrong with the next calls of an operation, in turn.

    Operations: create, query, close, refund, query_refund, certificates, bill, file.
    """

    merchant: MerchantFile
    keys: Keyring = field(default_factory=Keyring)
    with_public_key: bool = True
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    sent: list[Pieces] = field(default_factory=list)
    refund_status: str = "PROCESSING"
    balance_minor: int = 10**9
    slow_seconds: float = 60
    on_call: Callable[[], None] = lambda: None

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        operation = self._operation(request)
        self.calls.append(operation)
        self.on_call()
        waiting = self.troubles.get(operation)
        trouble = waiting.pop(0) if waiting else None
        if trouble is Trouble.DEAD:
            raise httpx.ConnectError("no route", request=request)
        if trouble is Trouble.HTML:
            return self._sent(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
        if trouble in BEFORE:
            frequent = trouble is Trouble.FREQUENT
            code = "FREQUENCY_LIMITED" if frequent else "SYSTEM_ERROR"
            return self._answer(429 if frequent else 500, {"code": code, "message": "稍后"})
        return await self._done(operation, request, trouble)

    def pay(self, number: str, *, amount_minor: int | None = None) -> Payment:
        """Somebody pays; another amount than was asked is the platform's mistake."""
        payment = self.payments[number]
        payment.state, payment.paid_at = "SUCCESS", clock.now()
        payment.paid_minor = amount_minor or payment.asked["amount"]["total"]
        payment.transaction_id = f"42000{int(hashlib.sha256(number.encode()).hexdigest(), 16)}"[:28]
        return payment

    def settle(self, number: str, status: str) -> Refund:
        """A refund ends, or goes wrong."""
        refund = self.refunds[number]
        refund.status = status
        if status == "SUCCESS":
            refund.succeeded_at, refund.payment.state = clock.now(), "REFUND"
        return refund

    def payment_notice(self, number: str, **other: Any) -> tuple[dict[str, str], bytes]:
        """Headers and body of a notice; `other` contradicts the books."""
        content = self.payments[number].document() | other
        return self._notice("TRANSACTION.SUCCESS", "transaction", content)

    def claim(self, number: str) -> tuple[dict[str, str], bytes]:
        """A notice of a payment nobody made."""
        asked = self.payments[number].asked
        lie = Payment(asked, "jsapi", "SUCCESS", "4200001", asked["amount"]["total"], clock.now())
        return self._notice("TRANSACTION.SUCCESS", "transaction", lie.document())

    def refund_notice(self, number: str) -> tuple[dict[str, str], bytes]:
        refund = self.refunds[number]
        return self._notice(f"REFUND.{refund.status}", "refund", refund.notice())

    def signed(self, body: bytes, *, at: datetime | None = None) -> dict[str, str]:
        said = self.keys.signed(body, with_public_key=self.with_public_key, at=at)
        return {name.lower(): value for name, value in said.items()} | {
            "content-type": "application/json"
        }

    def _notice(
        self, event: str, kind: str, content: dict[str, Any]
    ) -> tuple[dict[str, str], bytes]:
        sealed = crypto.seal(self.merchant.api_key, json.dumps(content).encode(), kind)
        body = json.dumps(
            {
                "id": f"EV-{crypto.secrets.token_hex(16)}",
                "create_time": clock.now().isoformat(timespec="seconds"),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "支付成功",
                "resource": sealed | {"original_type": kind},
            },
            ensure_ascii=False,
        ).encode()
        return self.signed(body), body

    @staticmethod
    def _operation(request: httpx.Request) -> str:
        path = request.url.path
        if path.startswith(BY_NUMBER):
            return "close" if path.endswith("/close") else "query"
        if path.startswith(ORDERS):
            return "create"
        if path.startswith(REFUNDS):
            return "refund" if request.method == "POST" else "query_refund"
        return {"/v3/certificates": "certificates", "/v3/billdownload/file": "file"}.get(
            path, "bill"
        )

    async def _done(
        self, operation: str, request: httpx.Request, trouble: Trouble | None
    ) -> httpx.Response:
        if fault := self.merchant.fault_of(request):
            # Before the platform knows who asks it signs nothing.
            said = json.dumps({"code": "SIGN_ERROR", "message": fault}).encode()
            return self._sent(401, {"content-type": "application/json"}, said)
        if operation == "file":
            return self._file(request, trouble)
        try:
            status, said = getattr(self, f"_{operation}")(request)
        except Refused as refused:
            status, said = refused.status, {"code": refused.code, "message": refused.message}
        if trouble is Trouble.LOST:
            raise httpx.ReadTimeout("the answer was lost", request=request)
        if trouble is Trouble.SLOW:
            await asyncio.sleep(self.slow_seconds)
        return self._answer(status, said, trouble)

    def _answer(
        self, status: int, said: dict[str, Any] | None, trouble: Trouble | None = None
    ) -> httpx.Response:
        body = b"" if said is None else json.dumps(said, ensure_ascii=False).encode()
        if trouble is Trouble.LARGE:
            body = b'{"code_url":"' + b"x" * 10_000_000 + b'"}'
        at = clock.now() - timedelta(minutes=6) if trouble is Trouble.STALE else None
        headers = self.signed(body, at=at)
        if trouble is Trouble.UNSIGNED:
            headers = {"content-type": "application/json"}
        if trouble is Trouble.FORGED:
            body = body[:-1] + b" }"
        return self._sent(status, headers, body)

    def _sent(self, status: int, headers: dict[str, str], body: bytes) -> httpx.Response:
        pieces = Pieces(body)
        self.sent.append(pieces)
        return httpx.Response(status, headers=headers, stream=pieces)

    def _create(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        trade = request.url.path.removeprefix(ORDERS)
        if trade not in TRADES:
            raise Refused(404, "NOT_FOUND", "no such path")
        said = json.loads(request.content)
        check_order(trade, said, self.merchant.mch_id, self.merchant.app_ids)
        known = self.payments.get(said["out_trade_no"])
        if known is not None and known.is_paid:
            raise Refused(400, "ORDERPAID", "该订单已支付")
        if known is not None and known.state == "CLOSED":
            raise Refused(400, "ORDER_CLOSED", "订单已关闭")
        if known is not None and (known.asked, known.trade) != (said, trade):
            raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        payment = self.payments.setdefault(said["out_trade_no"], Payment(said, trade))
        match trade:
            case "native":
                return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={payment.number[:9]}"}
            case "h5":
                base = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb"
                return 200, {"h5_url": f"{base}?prepay_id=wx{payment.number}&package=20"}
        return 200, {"prepay_id": f"wx{payment.number}"}

    def _query(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        number = request.url.path.removeprefix(BY_NUMBER)
        self._check_merchant(parse_qs(request.url.query.decode()).get("mchid", [""])[0])
        return 200, self._payment(number).document()

    def _close(self, request: httpx.Request) -> tuple[int, None]:
        number = request.url.path.removeprefix(BY_NUMBER).removesuffix("/close")
        self._check_merchant(json.loads(request.content)["mchid"])
        payment = self._payment(number)
        if payment.is_paid:
            raise Refused(400, "ORDERPAID", "该订单已支付")
        payment.state = "CLOSED"
        return 204, None

    def _refund(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        said = json.loads(request.content)
        check_refund(said)
        known = self.refunds.get(said["out_refund_no"])
        if known is not None:
            if known.asked["amount"] != said["amount"]:
                raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
            return 200, known.document()
        payment = next((p for p in self.payments.values() if self._is(p, said)), None)
        if payment is None or not payment.is_paid:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        if said["amount"]["total"] != payment.paid_minor:
            raise Refused(400, "INVALID_REQUEST", "订单金额不一致")
        taken = sum(
            r.asked["amount"]["refund"] for r in self.refunds.values() if r.payment is payment
        )
        if taken + said["amount"]["refund"] > (payment.paid_minor or 0):
            raise Refused(400, "INVALID_REQUEST", "申请退款金额大于可退金额")
        if said["amount"]["refund"] > self.balance_minor:
            raise Refused(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
        refund = Refund(said, payment, f"5030{len(self.refunds):024}{payment.number[:4]}")
        self.refunds[said["out_refund_no"]] = refund
        self.settle(said["out_refund_no"], self.refund_status)
        return 200, refund.document()

    @staticmethod
    def _is(payment: Payment, said: dict[str, Any]) -> bool:
        if "transaction_id" in said:
            return bool(payment.transaction_id == said["transaction_id"])
        return bool(payment.number == said["out_trade_no"])

    def _query_refund(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        refund = self.refunds.get(request.url.path.removeprefix(f"{REFUNDS}/"))
        if refund is None:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return 200, refund.document()

    def _certificates(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        if not self.keys.listed:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台申请")
        return 200, self.keys.document(self.merchant.api_key)

    def _bill(self, request: httpx.Request) -> tuple[int, dict[str, Any]]:
        said = parse_qs(request.url.query.decode())
        content = self._bill_of(date.fromisoformat(said["bill_date"][0]))
        path = f"/v3/billdownload/file?token={said['bill_date'][0]}-{'x' * 20}"
        return 200, {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            "download_url": f"https://{request.url.host}{path}",
        }

    def _file(self, request: httpx.Request, trouble: Trouble | None) -> httpx.Response:
        token = parse_qs(request.url.query.decode())["token"][0]
        content = bills.packed(self._bill_of(date.fromisoformat(token[:10])))
        if trouble is Trouble.CUT_OFF:
            content = content[: len(content) // 2]
        if trouble is Trouble.FORGED:
            content = bills.packed(b"another bill")
        return self._sent(200, {"content-type": "application/octet-stream"}, content)

    def _bill_of(self, day: date) -> bytes:
        if day >= clock.now().astimezone(bills.ZONE).date():
            raise Refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        return bills.trade_bill(day, self.payments.values(), self.refunds.values())

    def _payment(self, number: str) -> Payment:
        if number not in self.payments:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return self.payments[number]

    def _check_merchant(self, mch_id: str) -> None:
        if mch_id != self.merchant.mch_id:
            raise Refused(400, "MCH_NOT_EXISTS", "商户号不存在")
