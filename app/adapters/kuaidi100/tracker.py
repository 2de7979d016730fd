"""Kuaidi100 behind the port: real-time queries, and subscriptions that are pushed.

实时快递查询 (`/poll/query.do`) and 快递信息推送服务 (`/poll`) of its enterprise interface.
"""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
from typing_extensions import override

from app.adapters import https
from app.adapters.kuaidi100 import wire
from app.core.enums.carriers import CarrierSkill
from app.core.settings import Kuaidi100Settings
from app.services.orders.carriers.ports import (
    CarrierPort,
    CarrierRefused,
    CarrierUnreachable,
    Parcel,
    Push,
    PushUnreadable,
    Scan,
)
from app.services.payments.ports import GatewayUnreachable, SignatureInvalid

RESULT = "4"
"""`resultv2`: entries with regions and the finer states."""
REST_SECONDS = 30 * 60
"""It locks numbers that are asked about more often."""
NOTHING_FOUND = frozenset({"500", "201"})
REPEATED = "501"
"""Of a subscription: there is one already. Of a query: trouble over there."""
TROUBLE = frozenset({"500", "501", "502"})
PHONE_DIGITS = 4


class Kuaidi100(CarrierPort):
    """One customer's account. What parcels' carriers are called, their `tracking_code` says."""

    def __init__(
        self,
        settings: Kuaidi100Settings,
        *,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._http = https.client(settings.base_url, timeout_seconds, transport=transport)

    @property
    @override
    def code(self) -> str:
        return "kuaidi100"

    @property
    @override
    def skills(self) -> frozenset[CarrierSkill]:
        return frozenset({CarrierSkill.TRACK, CarrierSkill.PUSH})

    @property
    @override
    def rest_seconds(self) -> int:
        return REST_SECONDS

    @override
    async def track(self, parcel: Parcel) -> tuple[Scan, ...]:
        wanted = {"com": parcel.carrier, "num": parcel.tracking_number}
        if parcel.phone:
            wanted["phone"] = parcel.phone[-PHONE_DIGITS:]
        param = orjson.dumps(wanted | {"resultv2": RESULT, "show": "0", "order": "asc"}).decode()
        key, customer = self._settings.key.get_secret_value(), self._settings.customer
        form = {"customer": customer, "sign": wire.sign(param, key, customer), "param": param}
        said = await self._post("/poll/query.do", form)
        if said.get("result") is False or "data" not in said:
            code = str(said.get("returnCode") or said.get("status") or "")
            if code in NOTHING_FOUND:
                return ()
            raise _refusal(said, code)
        return wire.scans(said)

    @override
    async def subscribe(self, parcel: Parcel, *, callback_url: str) -> None:
        parameters = {
            "callbackurl": callback_url,
            "salt": self._settings.salt.get_secret_value(),
            "resultv2": RESULT,
        }
        if parcel.phone:
            parameters["phone"] = parcel.phone[-PHONE_DIGITS:]
        param = {
            "company": parcel.carrier,
            "number": parcel.tracking_number,
            "key": self._settings.key.get_secret_value(),
            "parameters": parameters,
        }
        said = await self._post("/poll", {"schema": "json", "param": orjson.dumps(param).decode()})
        code = str(said.get("returnCode") or "")
        if said.get("result") is not True and code != REPEATED:
            raise _refusal(said, code)

    @override
    def verify_push(self, headers: Mapping[str, str], body: bytes) -> Push:
        try:
            form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
        except ValueError as error:
            raise SignatureInvalid("The push is no form") from error
        param, signature = form.get("param", [""])[0], form.get("sign", [""])[0]
        wanted = wire.sign(param, self._settings.salt.get_secret_value())
        if not hmac.compare_digest(signature.upper().encode(), wanted.encode()):
            raise SignatureInvalid("The push is not signed with our salt")
        try:
            return _push(wire.document(param))
        except (ValueError, KeyError, TypeError) as error:
            raise PushUnreadable("The push says nothing that is known") from error

    @override
    async def aclose(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        request = self._http.build_request("POST", path, data=dict(form))
        try:
            answer = await https.exchange(self._http, request)
            said = wire.document(answer.body)
        except (GatewayUnreachable, ValueError, TypeError) as error:
            raise CarrierUnreachable("Kuaidi100 gave no usable answer") from error
        if answer.status != httpx.codes.OK:
            raise CarrierUnreachable("Kuaidi100 is in trouble", status=answer.status)
        return said


def _push(said: Mapping[str, Any]) -> Push:
    result = said["lastResult"]
    # Where it found another carrier to be right, `com` is that one; ours is in `comOld`.
    carrier = str(said.get("comOld") or result["com"])
    parcel = Parcel(carrier=carrier, tracking_number=str(result["nu"]))
    return Push(parcel=parcel, scans=wire.scans(result))


def _refusal(said: Mapping[str, Any], code: str) -> CarrierUnreachable | CarrierRefused:
    if not code or code in TROUBLE:
        return CarrierUnreachable("Kuaidi100 is in trouble", code=code)
    return CarrierRefused(f"Kuaidi100 says {code}: {said.get('message', '')}"[:500], code=code)
