"""Alipay's side of the wire: its own books, its own crypto, its own mistakes."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote_plus, urlencode, urlsplit

import httpx
from Cryptodome.Hash import SHA256
from Cryptodome.Signature import pkcs1_15

from tests.simulators.misbehaviour import Misbehaviour, Wire
from tests.simulators.pki import simulators_key

APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
GATEWAY_URL = "https://alipay.test/gateway.do"


def signature(key_name: str, message: bytes) -> str:
    key = simulators_key(key_name)
    return base64.b64encode(pkcs1_15.new(key).sign(SHA256.new(message))).decode()


def beijing_now() -> str:
    return (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Trade:
    out_trade_no: str
    total: str
    trade_no: str
    content: dict[str, Any]
    status: str = "WAIT_BUYER_PAY"
    paid_at: str = ""
    refunds: dict[str, str] = field(default_factory=dict)

    @property
    def refunded(self) -> Decimal:
        return sum((Decimal(each) for each in self.refunds.values()), Decimal("0.00"))


@dataclass
class AlipaySimulator:
    """`certificate` is the serial its answers name in certificate mode.

    `refund_result` is what a refund comes to: `Y` moves money, `N` only takes it in, so that the
    query tells; anything else is the `sub_code` of a refusal.
    """

    wrong: Misbehaviour = field(default_factory=Misbehaviour)
    trades: dict[str, Trade] = field(default_factory=dict)
    key_name: str = "alipay"
    certificate: str | None = None
    certificate_pems: dict[str, str] = field(default_factory=dict)
    refund_result: str = "Y"
    files: dict[str, bytes] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)

    def transport(self) -> Wire:
        return Wire(self._handle)

    def fields_of(self, action: Any) -> dict[str, str]:
        """The parameters a payer's browser or app would bring, signature checked."""
        if action["kind"] == "form":
            fields = dict(action["fields"])
        elif action["kind"] == "redirect":
            fields = dict(parse_qsl(urlsplit(action["url"]).query))
        else:
            fields = dict(parse_qsl(action["params"]["order_string"]))
        self.check(fields)
        return fields

    def opened(self, action: Any) -> Trade:
        """The payer opens the page or the app: only now the trade exists."""
        fields = self.fields_of(action)
        trade, refusal = self._made(json.loads(fields["biz_content"]))
        assert trade is not None, refusal
        return trade

    def pay(self, out_trade_no: str, total: str | None = None) -> Trade:
        trade = self.trades[out_trade_no]
        trade.status, trade.paid_at = "TRADE_SUCCESS", beijing_now()
        trade.total = total or trade.total
        return trade

    def notice(self, trade: Trade, key_name: str | None = None, **changes: str) -> bytes:
        """The body of a signed notice about `trade`; `changes` are signed too."""
        fields = {
            "charset": "utf-8",
            "notify_time": beijing_now(),
            "notify_type": "trade_status_sync",
            "notify_id": f"n-{trade.trade_no}",
            "sign_type": "RSA2",
            "version": "1.0",
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "out_trade_no": trade.out_trade_no,
            "trade_no": trade.trade_no,
            "trade_status": trade.status,
            "total_amount": trade.total,
            "subject": "茶叶 & 咖啡 100%",
            "fund_bill_list": f'[{{"amount":"{trade.total}","fundChannel":"PCREDIT"}}]',
        } | changes
        fields = {name: value for name, value in fields.items() if value != "-"}
        charset = fields.get("charset", "utf-8")
        covered = {k: v for k, v in fields.items() if k not in {"sign", "sign_type"}}
        message = "&".join(f"{k}={v}" for k, v in sorted(covered.items()))
        fields["sign"] = signature(key_name or self.key_name, message.encode(charset))
        return urlencode(fields, encoding=charset).encode()

    def check(self, fields: dict[str, str]) -> None:
        """Raises unless the merchant signed `fields` and its clock shows Beijing time."""
        fields = dict(fields)
        given = base64.b64decode(fields.pop("sign"))
        message = "&".join(f"{k}={v}" for k, v in sorted(fields.items()))
        key = simulators_key("merchant").public_key()
        pkcs1_15.new(key).verify(SHA256.new(message.encode()), given)
        sent = datetime.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert abs(sent - datetime.now(UTC) - timedelta(hours=8)) < timedelta(minutes=10)
        assert fields["app_id"] == APP_ID
        self.seen.append(fields)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/bills/"):
            return httpx.Response(200, content=self.files[request.url.path.split("/")[-1]])
        fields = dict(parse_qsl(request.url.query.decode()))
        fields |= {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        method = fields["method"]
        self.check(fields)
        content = json.loads(fields["biz_content"])
        return await self.wrong.around(
            method, lambda wrong: self._answer(method, self._do(method, content, wrong), wrong)
        )

    def _answer(self, method: str, content: dict[str, Any], wrong: str) -> httpx.Response:
        """Escaped and spaced as no program here would write it: only the raw text is signed."""
        text = json.dumps(content, ensure_ascii=False, separators=(", ", " : ")).replace("/", "\\/")
        key_name = "mallory" if wrong == "forged" else self.key_name
        node = "error_response" if wrong == "error" else f"{method.replace('.', '_')}_response"
        signed = "" if wrong == "unsigned" else f',"sign":"{signature(key_name, text.encode())}"'
        serial = f',"alipay_cert_sn":"{self.certificate}"' if self.certificate else ""
        return httpx.Response(
            200,
            content=f'{{"{node}":{text}{serial}{signed}}}'.encode(),
            headers={"content-type": "text/html;charset=utf-8"},  # as Alipay really does
        )

    def _do(self, method: str, content: dict[str, Any], wrong: str) -> dict[str, Any]:
        if wrong.startswith(("ACQ.", "isp.", "isv.", "aop.")):
            code = "20000" if wrong.startswith(("isp.", "aop.")) else "40004"
            return {"code": code, "msg": "x", "sub_code": wrong, "sub_msg": '怪","sign":"}{'}
        return getattr(self, method.replace("alipay.", "").replace(".", "_"))(content)

    def _made(self, content: dict[str, Any]) -> tuple[Trade | None, str]:
        number = content["out_trade_no"]
        known = self.trades.get(number)
        if known is not None and known.status != "WAIT_BUYER_PAY":
            return None, "ACQ.TRADE_HAS_SUCCESS"
        if known is not None and known.total != content["total_amount"]:
            return None, "ACQ.CONTEXT_INCONSISTENT"
        made = Trade(number, content["total_amount"], f"2026{len(self.trades):024d}", content)
        return self.trades.setdefault(number, made), ""

    def trade_create(self, content: dict[str, Any]) -> dict[str, Any]:
        trade, refusal = self._made(content)
        if trade is None:
            return {"code": "40004", "sub_code": refusal}
        return {"code": "10000", "out_trade_no": trade.out_trade_no, "trade_no": trade.trade_no}

    def trade_precreate(self, content: dict[str, Any]) -> dict[str, Any]:
        trade, refusal = self._made(content)
        if trade is None:
            return {"code": "40004", "sub_code": refusal}
        code = f"https://qr.alipay.com/{quote_plus(trade.trade_no)}"
        return {"code": "10000", "out_trade_no": trade.out_trade_no, "qr_code": code}

    def trade_query(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        found = {
            "code": "10000",
            "out_trade_no": trade.out_trade_no,
            "trade_no": trade.trade_no,
            "trade_status": trade.status,
            "total_amount": trade.total,
        }
        return found | ({"send_pay_date": trade.paid_at} if trade.paid_at else {})

    def trade_close(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        if trade.status in {"TRADE_SUCCESS", "TRADE_FINISHED"}:
            return {"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}
        trade.status = "TRADE_CLOSED"
        return {"code": "10000", "out_trade_no": trade.out_trade_no, "trade_no": trade.trade_no}

    def trade_refund(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        number, amount = content["out_request_no"], content["refund_amount"]
        if self.refund_result not in {"Y", "N"}:
            return {"code": "40004", "sub_code": self.refund_result}
        is_repeat = number in trade.refunds
        if is_repeat and trade.refunds[number] != amount:
            return {"code": "40004", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"}
        if self.refund_result == "Y":
            trade.refunds[number] = amount
            if trade.refunded == Decimal(trade.total):
                trade.status = "TRADE_CLOSED"
        return {
            "code": "10000",
            "out_trade_no": trade.out_trade_no,
            "trade_no": trade.trade_no,
            "fund_change": "N" if is_repeat else self.refund_result,
            "refund_fee": str(trade.refunded),
        }

    def trade_fastpay_refund_query(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        number = content["out_request_no"]
        if number not in trade.refunds:
            return {"code": "10000", "msg": "Success"}
        return {
            "code": "10000",
            "trade_no": trade.trade_no,
            "out_trade_no": trade.out_trade_no,
            "out_request_no": number,
            "refund_amount": trade.refunds[number],
            "total_amount": trade.total,
            "refund_status": "REFUND_SUCCESS",
        }

    def data_dataservice_bill_downloadurl_query(self, content: dict[str, Any]) -> dict[str, Any]:
        name = f"{content['bill_type']}_{content['bill_date']}.csv.zip"
        if name not in self.files:
            return {"code": "40004", "sub_code": "isp.bill_not_exist"}
        url = f"https://alipay.test/bills/{name}?downloadFileName={name.replace('-', '')}"
        return {"code": "10000", "bill_download_url": url}

    def open_app_alipaycert_download(self, content: dict[str, Any]) -> dict[str, Any]:
        pem = self.certificate_pems.get(content["alipay_cert_sn"], "")
        return {"code": "10000", "alipay_cert_content": base64.b64encode(pem.encode()).decode()}
