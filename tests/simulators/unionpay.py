"""UnionPay's side of the wire: its own books, its own crypto, its own mistakes."""

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from Cryptodome.Hash import SHA256
from Cryptodome.Signature import pkcs1_15

from tests.simulators.misbehaviour import Misbehaviour, Wire
from tests.simulators.pki import Issued, issue, over_sha1, simulators_key

MER_ID = "777290058110097"
GATEWAY_URL, FILE_URL = "https://unionpay.test", "https://files.unionpay.test/"
NAME = "041@Z2026-11-1@中国银联股份有限公司@00000001"
ROOT = issue("UnionPay root", is_ca=True)
MIDDLE = issue("UnionPay middle", by=ROOT, is_ca=True)
MERCHANT = issue("041@7772@MERCHANT@00000002", by=MIDDLE, key_name="merchant")
SIGNER = over_sha1(issue(NAME, by=MIDDLE, key_name="unionpay"), MIDDLE)


def stamp() -> str:
    return (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y%m%d%H%M%S")


def clearing() -> str:
    return (datetime.now(UTC) + timedelta(hours=9)).strftime("%m%d")


def digest(fields: dict[str, str]) -> Any:
    text = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k != "signature")
    return SHA256.new(SHA256.new(text.encode()).hexdigest().encode())


@dataclass
class Order:
    """`code` is what became of it: 00 when money moved, 05 while it is under way."""

    fields: dict[str, str]
    query_id: str
    code: str = "05"
    amount: int = 0
    settled_on: str = field(default_factory=clearing)

    @property
    def number(self) -> str:
        return self.fields["orderId"]


@dataclass
class UnionPaySimulator:
    """`refund_code` answers refunds and voids; `refund_outcome` is what becomes of them."""

    wrong: Misbehaviour = field(default_factory=Misbehaviour)
    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    signer: Issued = SIGNER
    refund_code: str = "00"
    void_code: str = "00"
    refund_outcome: str = "00"
    files: dict[str, bytes] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)

    def transport(self) -> Wire:
        return Wire(self._handle)

    @cached_property
    def pfx(self) -> str:
        return base64.b64encode(MERCHANT.pfx("000000")).decode()

    def check(self, fields: dict[str, str]) -> None:
        """Raises unless the merchant signed `fields`."""
        key = simulators_key("merchant").public_key()
        pkcs1_15.new(key).verify(digest(fields), base64.b64decode(fields["signature"]))
        assert fields["certId"] == str(MERCHANT.certificate.serial_number)
        assert (fields["version"], fields["signMethod"]) == ("5.1.0", "01")
        assert fields["merId"] == MER_ID
        assert fields["encoding"] == "UTF-8"
        assert not any(not value for value in fields.values())
        self.seen.append(fields)

    def submitted(self, action: Any) -> Order:
        """The payer's browser brings the form: only now UnionPay knows the order."""
        fields = dict(action["fields"])
        self.check(fields)
        return self._booked(fields)

    def find(self, number: str) -> Order:
        return next(each for each in self.orders.values() if each.number == number)

    def pay(self, number: str, amount: int | None = None, *, code: str = "00") -> Order:
        order = self.find(number)
        order.code = code
        order.amount = int(order.fields["txnAmt"]) if amount is None else amount
        return order

    def notice(self, order: Order, signer: Issued | None = None, **changes: str) -> bytes:
        """The body of a signed notice about `order`; `changes` are signed too, `-` leaves out."""
        echoed = ("txnType", "txnSubType", "bizType", "orderId", "txnTime", "reqReserved", "merId")
        fields = {name: order.fields[name] for name in echoed if name in order.fields}
        fields |= {
            "accessType": "0",
            "currencyCode": "156",
            "encoding": "UTF-8",
            "queryId": order.query_id,
            "respCode": order.code,
            "respMsg": "成功[0000000]",
            "settleAmt": str(order.amount),
            "settleDate": order.settled_on,
            "traceTime": stamp()[4:],
            "txnAmt": str(order.amount),
        }
        return urlencode(self._signed(fields | changes, signer or self.signer)).encode()

    def _signed(self, fields: dict[str, str], signer: Issued) -> dict[str, str]:
        whole = {
            "version": "5.1.0",
            "signMethod": "01",
            "signPubKeyCert": signer.pem.replace("\n", "\r\n"),
        } | fields
        whole = {name: value for name, value in whole.items() if value != "-"}
        key = simulators_key(signer.key_name)
        signature = pkcs1_15.new(key).sign(digest(whole))
        return whole | {"signature": base64.b64encode(signature).decode()}

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        fields = dict(parse_qsl(request.content.decode()))
        self.check(fields)
        works = {
            "appTransReq.do": {"01": ("app", self._app)},
            "queryTrans.do": {"00": ("query", self._query)},
            "backTransReq.do": {
                "01": ("qr", self._qr),
                "04": ("refund", self._refund),
                "31": ("void", self._void),
            },
            "": {"76": ("file", self._file)},
        }
        path = request.url.path.rsplit("/", 1)[-1]
        name, work = works[path][fields["txnType"]]
        return await self.wrong.around(name, lambda wrong: self._answer(work, fields, wrong))

    def _answer(self, work: Any, fields: dict[str, str], wrong: str) -> httpx.Response:
        """Not escaped: only ampersands outside of brackets part one field from the next."""
        echoed = ("accessType", "bizType", "encoding", "merId", "orderId", "txnTime", "txnType")
        found = {name: fields[name] for name in echoed if name in fields}
        found |= {"respCode": wrong, "respMsg": "错"} if wrong.isalnum() and len(wrong) == 2 else {}
        found |= {} if "respCode" in found else work(fields)
        found |= {"orderId": "0" * 32} if wrong == "other" else {}
        signer = self.signer
        if wrong == "forged":
            signer = Issued(self.signer.certificate, "mallory")
        if wrong == "merchant":
            signer = MERCHANT
        whole = self._signed(found, signer)
        if wrong == "unsigned":
            del whole["signature"]
        return httpx.Response(
            200,
            content="&".join(f"{k}={v}" for k, v in whole.items()).encode(),
            headers={"content-type": "text/html;charset=UTF-8"},  # as UnionPay really does
        )

    def _booked(self, fields: dict[str, str]) -> Order:
        made = Order(fields, f"{stamp()}{len(self.orders):07d}")
        return self.orders.setdefault((fields["orderId"], fields["txnTime"]), made)

    def _app(self, fields: dict[str, str]) -> dict[str, str]:
        order = self._booked(fields)
        return {"respCode": "00", "respMsg": "成功[0000000]", "tn": f"tn{order.query_id}"}

    def _qr(self, fields: dict[str, str]) -> dict[str, str]:
        order = self._booked(fields)
        code = f"https://qr.95516.com/00010000/{order.query_id}?a={{x&y}}"
        return {"respCode": "00", "respMsg": "成功[0000000]", "qrCode": code}

    def _query(self, fields: dict[str, str]) -> dict[str, str]:
        order = self.orders.get((fields["orderId"], fields["txnTime"]))
        if order is None:
            return {"respCode": "34", "respMsg": "查无此交易[2600000]"}
        return {
            "respCode": "00",
            "respMsg": "成功[0000000]",
            "origRespCode": order.code,
            "origRespMsg": "[a&b]",
            "currencyCode": "156",
            "queryId": order.query_id,
            "reqReserved": order.fields["reqReserved"],
            "settleDate": order.settled_on,
            "txnAmt": str(order.amount or order.fields["txnAmt"]),
            "txnType": order.fields["txnType"],
        }

    def _refund(self, fields: dict[str, str]) -> dict[str, str]:
        return self._back(fields, self.refund_code)

    def _void(self, fields: dict[str, str]) -> dict[str, str]:
        return self._back(fields, self.void_code)

    def _back(self, fields: dict[str, str], code: str) -> dict[str, str]:
        if (fields["orderId"], fields["txnTime"]) in self.orders:
            return {"respCode": "12", "respMsg": "重复交易"}
        paid = next(o for o in self.orders.values() if o.query_id == fields["origQryId"])
        given = [o for o in self.orders.values() if o.fields.get("origQryId") == paid.query_id]
        back = sum(int(o.fields["txnAmt"]) for o in given if o.code in {"00", "05"})
        if paid.code not in {"00", "A6"} or back + int(fields["txnAmt"]) > paid.amount:
            return {"respCode": "35", "respMsg": "原交易不存在或状态不正确"}
        order = self._booked(fields)
        order.amount = int(fields["txnAmt"])
        order.code = self.refund_outcome if code == "00" else code
        return {"respCode": code, "respMsg": "x", "queryId": order.query_id}

    def _file(self, fields: dict[str, str]) -> dict[str, str]:
        content = self.files.get(fields["settleDate"])
        if content is None:
            return {"respCode": "98", "respMsg": "文件不存在"}
        packed = base64.b64encode(zlib.compress(content)).decode()
        name = f"{MER_ID}_{fields['settleDate']}.zip"
        return {"respCode": "00", "fileName": name, "fileContent": packed}
