"""Signed requests and verified answers."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from app.adapters import https
from app.adapters.wechatpay import signed
from app.adapters.wechatpay.keys import Merchant, PlatformKeys, certificates
from app.core import clock
from app.services.payments.ports import GatewayUnreachable, SignatureInvalid

CERTIFICATES = "/v3/certificates"
PATIENCE_SECONDS = 60
"""How long keys are not asked for again: anybody can name a serial number nobody knows."""

# What says nothing about whether it was done.
_UNKNOWN = frozenset({"SYSTEM_ERROR", "BANK_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"})


class Refusal(Exception):
    """The platform understood and said no, by `code`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """One merchant's way to the platform."""

    def __init__(self, merchant: Merchant, keys: PlatformKeys, http: httpx.AsyncClient) -> None:
        self._merchant, self.keys, self._http = merchant, keys, http
        self._fetching = asyncio.Lock()
        self._fetched_at, self._has_failed = float("-inf"), False

    async def get(self, path: str) -> Mapping[str, Any]:
        return await self._ask(self.request("GET", path))

    async def post(self, path: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer; an empty one for 204. Raises `Refusal` and `GatewayUnreachable`."""
        return await self._ask(self.request("POST", path, orjson.dumps(dict(document))))

    def request(self, method: str, path: str, body: bytes = b"") -> httpx.Request:
        """A signed request for `path`, which carries its query."""
        timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16)
        signature = self._merchant.sign(method, path, timestamp, nonce, body.decode())
        headers = {
            "accept": "application/json",
            "authorization": f'{signed.SCHEME} mchid="{self._merchant.mch_id}",'
            f'nonce_str="{nonce}",signature="{signature}",timestamp="{timestamp}",'
            f'serial_no="{self._merchant.serial}"',
        }
        if body:
            headers["content-type"] = "application/json"
        for known in self.keys.fixed:  # asks to be answered with this key
            headers["wechatpay-serial"] = known
        return self._http.build_request(method, path, content=body, headers=headers)

    async def stream(self, request: httpx.Request) -> httpx.Response:
        """An answer to be read piece by piece, and closed."""
        try:
            return await self._http.send(request, stream=True)
        except (httpx.HTTPError, OSError) as error:
            raise GatewayUnreachable("The gateway did not answer", retry_after_seconds=5) from error

    async def learn(self, serial: str) -> None:
        """Fetch the platform's certificates if `serial` is not among its keys.

        Afterwards it may still be unknown: made up, or the platform has no certificates for a
        merchant that knows its public key. Raises `GatewayUnreachable` where it might be known.
        """
        if self.keys.named(serial) is not None:
            return
        async with self._fetching:
            if self.keys.named(serial) is not None:
                return
            if clock.now().timestamp() - self._fetched_at < PATIENCE_SECONDS:
                if self._has_failed:
                    raise GatewayUnreachable("The platform's keys cannot be fetched")
                return
            self._fetched_at, self._has_failed = clock.now().timestamp(), True
            await self._fetch()
            self._has_failed = False

    async def _fetch(self) -> None:
        answer = await https.exchange(self._http, self.request("GET", CERTIFICATES))
        is_limited = answer.status == httpx.codes.TOO_MANY_REQUESTS
        if httpx.codes.is_client_error(answer.status) and not is_limited:
            return
        if answer.status != httpx.codes.OK:
            raise GatewayUnreachable("The platform's keys cannot be fetched")
        fetched = certificates(self._merchant, _document(answer.body))
        # Sealed with our key, and signed with one of those it brings: both must be right.
        self._verify(PlatformKeys(self.keys.fixed, fetched), answer)
        self.keys.fetched = fetched

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _ask(self, request: httpx.Request) -> Mapping[str, Any]:
        answer = await https.exchange(self._http, request)
        is_success = httpx.codes.is_success(answer.status)
        # A refusal may come without a signature: what went wrong before the platform knew who
        # asks does. None of them says that money moved.
        if is_success or signed.SIGNATURE in answer.headers:
            await self.learn(answer.headers.get(signed.SERIAL, ""))
            self._verify(self.keys, answer)
        if is_success:
            return _document(answer.body) if answer.body else {}
        said = _document(answer.body)
        code = str(said.get("code", ""))
        is_unknown = answer.status >= httpx.codes.INTERNAL_SERVER_ERROR or code in _UNKNOWN
        if is_unknown or not code or answer.status == httpx.codes.TOO_MANY_REQUESTS:
            raise GatewayUnreachable("The gateway is in trouble", retry_after_seconds=5)
        raise Refusal(code, str(said.get("message", "")))

    @staticmethod
    def _verify(keys: PlatformKeys, answer: https.Answer) -> None:
        try:
            signed.check(keys, answer.headers, answer.body, at=clock.now())
        except SignatureInvalid as error:
            raise GatewayUnreachable("The answer is not the platform's") from error


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError as error:
        raise GatewayUnreachable("The gateway answered no JSON") from error
    if not isinstance(found, dict):
        raise GatewayUnreachable("The gateway answered no document")
    return found
