"""Kuaidi100 as it is on the wire, written from its documentation and not from our adapter."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

CUSTOMER, KEY, SALT = "3A1B5C7D9E", "kAbCdEfG1234", "s4lt-0123456789abcdef0123456789ab"


def md5(text: str) -> str:
    return hashlib.new("md5", text.encode("utf-8")).digest().hex().upper()  # noqa: S324 - theirs


@dataclass
class Kuaidi100Simulator:
    """Knows parcels by carrier and number, and keeps what it was asked for.

    `trouble` answers the next requests: a status and a body each.
    """

    ways: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    trouble: list[tuple[int, str]] = field(default_factory=list)

    def seen(
        self, com: str, nu: str, at: str, words: str, code: str, name: str, **more: str
    ) -> None:
        """An entry of a parcel's way, as `resultv2=4` has it."""
        entry = {"time": at, "ftime": at, "context": words, "status": name, "statusCode": code}
        self.ways.setdefault((com, nu), []).append(entry | more)
        self.states[com, nu] = code

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def result(self, com: str, nu: str) -> dict[str, Any]:
        state = self.states[com, nu]
        return {
            "message": "ok",
            "nu": nu,
            "ischeck": "1" if state.startswith("3") else "0",
            "com": com,
            "status": "200",
            "state": state,
            "condition": "F00",
            "data": list(reversed(self.ways[com, nu])),
        }

    def push(self, com: str, nu: str, *, salt: str = SALT, **more: Any) -> bytes:
        """The form it posts to the address that was subscribed."""
        said = {"status": "polling", "billstatus": "", "message": "", "autoCheck": "0"} | {
            "comOld": "",
            "comNew": "",
            "lastResult": self.result(com, nu),
        }
        param = json.dumps(said | more, ensure_ascii=False)
        return urlencode({"sign": md5(param + salt), "param": param}).encode()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        if self.trouble:
            status, body = self.trouble.pop(0)
            return httpx.Response(status, stream=httpx.ByteStream(body.encode()))
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        said = self._query(form) if request.url.path == "/poll/query.do" else self._subscribe(form)
        body = json.dumps(said, ensure_ascii=False).encode()
        return httpx.Response(200, stream=httpx.ByteStream(body))

    def _query(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("customer") != CUSTOMER or form["sign"] != md5(form["param"] + KEY + CUSTOMER):
            return {"result": False, "returnCode": "503", "message": "验证签名失败"}
        param = json.loads(form["param"])
        self.asked.append(param)
        key = (param["com"], param["num"])
        if param["com"] in {"shunfeng", "zhongtong"} and len(param.get("phone", "")) != 4:
            return {"result": False, "returnCode": "408", "message": "验证码错误"}
        if key not in self.ways:
            return {"result": False, "returnCode": "500", "message": "查询无结果，请隔段时间再查"}
        return self.result(*key)

    def _subscribe(self, form: dict[str, str]) -> dict[str, Any]:
        param = json.loads(form["param"])
        if form.get("schema") != "json" or param.get("key") != KEY:
            return {"result": False, "returnCode": "600", "message": "您不是合法的订阅者"}
        key = (param["company"], param["number"])
        if key in self.subscriptions:
            return {"result": False, "returnCode": "501", "message": "重复订阅"}
        self.subscriptions[key] = param["parameters"]
        return {"result": True, "returnCode": "200", "message": "提交成功"}
