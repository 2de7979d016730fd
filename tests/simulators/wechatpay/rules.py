"""What the documentation demands of an order for a payment."""

import re
from datetime import datetime
from typing import Any

from app.core import clock
from tests.simulators.wechatpay.books import Refused

_NUMBER = re.compile(r"[0-9A-Za-z_\-*]{6,32}")
_REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
TRADES = ("jsapi", "app", "h5", "native")


def check_order(trade: str, said: dict[str, Any], mch_id: str, app_ids: frozenset[str]) -> None:
    need = {"appid", "mchid", "description", "out_trade_no", "notify_url", "amount"}
    if trade == "jsapi":
        need.add("payer")
    if trade == "h5":
        need.add("scene_info")
    allowed = need | {"time_expire", "attach", "scene_info"}
    _demand(need <= set(said) <= allowed, f"fields: {sorted(set(said) ^ need)}")
    _demand(0 < len(said["description"].encode()) <= 127, "description")
    _demand(_NUMBER.fullmatch(said["out_trade_no"]) is not None, "out_trade_no")
    _demand(_TIME.fullmatch(said.get("time_expire", "")) is not None, "time_expire")
    _demand(datetime.fromisoformat(said["time_expire"]) > clock.now(), "time_expire has passed")
    url = said["notify_url"]
    _demand(url.startswith("https://") and "?" not in url and len(url) <= 255, "notify_url")
    _demand(set(said["amount"]) == {"total", "currency"}, "amount")
    _demand(type(said["amount"]["total"]) is int and said["amount"]["total"] > 0, "total")
    _demand(said["amount"]["currency"] == "CNY", "currency")
    if trade == "jsapi":
        _demand(bool(said["payer"].get("openid")), "openid")
    if trade == "h5":
        scene = said["scene_info"]
        _demand(bool(scene.get("payer_client_ip")), "payer_client_ip")
        _demand(scene.get("h5_info", {}).get("type") == "Wap", "h5_info")
    if said["mchid"] != mch_id or said["appid"] not in app_ids:
        raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")


def check_refund(said: dict[str, Any]) -> None:
    need = {"out_refund_no", "amount"}
    _demand(need <= set(said), "fields")
    _demand(("transaction_id" in said) != ("out_trade_no" in said), "which payment")
    _demand(_REFUND_NUMBER.fullmatch(said["out_refund_no"]) is not None, "out_refund_no")
    _demand(len(said.get("reason", "-").encode()) in range(1, 81), "reason")
    _demand(set(said["amount"]) == {"refund", "total", "currency"}, "amount")
    _demand(all(type(said["amount"][each]) is int for each in ("refund", "total")), "amounts")
    _demand(said["notify_url"].startswith("https://"), "notify_url")


def _demand(is_met: bool, what: str) -> None:
    if not is_met:
        raise Refused(400, "PARAM_ERROR", f"参数错误: {what}")
