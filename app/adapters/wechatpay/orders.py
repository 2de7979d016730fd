"""How a payment is ordered for each scene, and what the client gets to pay with."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.adapters.wechatpay.documents import CURRENCY
from app.adapters.wechatpay.keys import Merchant
from app.core import clock
from app.core.enums.payments import Scene
from app.services.payments.actions import Action
from app.services.payments.ports import CreatePayment, GatewayRefused

TIME_ZONE = ZoneInfo("Asia/Shanghai")
TRADES = {
    Scene.PAGE: "native",
    Scene.QR: "native",
    Scene.WAP: "h5",
    Scene.APP: "app",
    Scene.MINI_PROGRAM: "jsapi",
    Scene.JSAPI: "jsapi",
}
_SUBJECT_BYTES = 127
_REASON_BYTES = 80


def clipped(said: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, whole characters."""
    return said.encode()[:limit].decode(errors="ignore")


def reason_of(said: str) -> str:
    return clipped(said, _REASON_BYTES)


def order(merchant: Merchant, app_id: str, request: CreatePayment) -> dict[str, Any]:
    """The body that orders a payment; raises `GatewayRefused` for what cannot be asked."""
    if request.currency != CURRENCY:
        raise GatewayRefused("WeChat Pay takes CNY here", currency=request.currency)
    if request.instalments is not None:
        raise GatewayRefused("WeChat Pay takes no instalments here")
    document: dict[str, Any] = {
        "appid": app_id,
        "mchid": merchant.mch_id,
        "description": clipped(request.subject, _SUBJECT_BYTES),
        "out_trade_no": request.out_trade_no,
        "time_expire": request.expires_at.astimezone(TIME_ZONE).isoformat(timespec="seconds"),
        "notify_url": request.notify_url,
        "amount": {"total": request.amount_minor, "currency": CURRENCY},
    }
    if request.client_ip is not None:
        document["scene_info"] = {"payer_client_ip": request.client_ip}
    match TRADES[request.scene]:
        case "jsapi":
            if not request.payer_id:
                raise GatewayRefused("Say who pays: payer_id is the payer's openid")
            document["payer"] = {"openid": request.payer_id}
        case "h5":
            if request.client_ip is None:
                raise GatewayRefused("The payer's address is not known")
            document["scene_info"]["h5_info"] = {"type": "Wap"}
    return document


def action(
    merchant: Merchant, app_id: str, request: CreatePayment, answer: Mapping[str, Any]
) -> Action:
    """What the client pays with. Raises `KeyError` where the answer lacks it."""
    match TRADES[request.scene]:
        case "native":
            return {"kind": "qr", "content": str(answer["code_url"])}
        case "h5":
            return {"kind": "redirect", "url": _h5(str(answer["h5_url"]), request.return_url)}
        case "app":
            return {"kind": "app", "params": app_params(merchant, app_id, answer["prepay_id"])}
        case _:
            return {"kind": "jsapi", "params": js_params(merchant, app_id, answer["prepay_id"])}


def js_params(merchant: Merchant, app_id: str, prepay_id: str) -> dict[str, str]:
    """What `wx.requestPayment` and `WeixinJSBridge` take, signed by us."""
    timestamp, nonce, package = _now(), secrets.token_hex(16), f"prepay_id={prepay_id}"
    return {
        "appId": app_id,
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": merchant.sign(app_id, timestamp, nonce, package),
    }


def app_params(merchant: Merchant, app_id: str, prepay_id: str) -> dict[str, str]:
    """What the SDK for mobile apps takes, signed by us."""
    timestamp, nonce = _now(), secrets.token_hex(16)
    return {
        "appid": app_id,
        "partnerid": merchant.mch_id,
        "prepayid": prepay_id,
        "package": "Sign=WXPay",
        "noncestr": nonce,
        "timestamp": timestamp,
        "sign": merchant.sign(app_id, timestamp, nonce, prepay_id),
    }


def _now() -> str:
    return str(int(clock.now().timestamp()))


def _h5(url: str, return_url: str | None) -> str:
    if return_url is None:
        return url
    return f"{url}&redirect_url={quote(return_url, safe='')}"
