"""Calls of Alipay's OpenAPI gateway: signed, sent, and believed only with a right signature."""

import asyncio
import base64
import logging
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

import httpx
import orjson

from app.adapters.alipay import answers, signing, wire
from app.adapters.alipay.answers import Answer, Envelope
from app.adapters.alipay.credentials import Credentials
from app.adapters.alipay.trust import Certificates
from app.adapters.https import exchange
from app.core import clock
from app.core.gateway_settings import AlipayAccount
from app.services.payments.ports import GatewayUnreachable

log = logging.getLogger(__name__)
_DOWNLOAD = "alipay.open.app.alipaycert.download"


class Client:
    """Holds the account's keys; `http` is its own connection pool.

    Raises `ValueError` and `OSError` for unusable keys.
    """

    def __init__(
        self, account: AlipayAccount, http: httpx.AsyncClient, *, timeout_seconds: float
    ) -> None:
        self._account = account
        self._http = http
        self._timeout_seconds = timeout_seconds
        credentials = Credentials.of(account, at=clock.now())
        self._key, self.trust = credentials.key, credentials.trust

    def signed(
        self,
        method: str,
        content: Mapping[str, object],
        *,
        at: datetime,
        notify_url: str | None = None,
        return_url: str | None = None,
    ) -> dict[str, str]:
        """All parameters of a request, signature included. `content` is the `biz_content`."""
        fields = {
            "app_id": self._account.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": signing.SIGN_TYPE,
            "timestamp": wire.beijing(at),
            "version": "1.0",
            "notify_url": notify_url or "",
            "return_url": return_url or "",
            "biz_content": orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode(),
            **self.trust.parameters,
        }
        fields = {name: value for name, value in fields.items() if value}
        fields["sign"] = signing.sign(self._key, wire.row(fields).encode())
        return fields

    async def call(
        self, method: str, content: Mapping[str, object], *, notify_url: str | None = None
    ) -> Answer:
        """The answer to a request.

        Raises `GatewayUnreachable` when none came, when it is not signed by Alipay, or when it
        says that Alipay does not know itself what it did.
        """
        sealed = await self._exchange(method, content, notify_url=notify_url)
        if not self.trust.has(sealed.certificate):
            await self._learn(sealed.certificate or "")
        is_signed = self.trust.is_signed(
            sealed.signed, sealed.signature, at=clock.now(), serial=sealed.certificate
        )
        answer = Answer(sealed.content)
        if not is_signed:
            log.warning("%s: an answer without Alipay's signature: %s", method, answer.reason)
            raise GatewayUnreachable("The answer is not signed by the gateway")
        if answer.is_unclear:
            raise GatewayUnreachable("The gateway does not know", reason=answer.reason)
        return answer

    async def _exchange(
        self, method: str, content: Mapping[str, object], *, notify_url: str | None = None
    ) -> Envelope:
        fields = self.signed(method, content, at=clock.now(), notify_url=notify_url)
        body = {"biz_content": fields.pop("biz_content")}
        url = f"{self._account.gateway_url}?{urlencode(fields)}"
        request = self._http.build_request("POST", url, data=body)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await exchange(self._http, request)
            if answer.status == HTTPStatus.OK:
                return answers.envelope(answer.body, method)
        except (TimeoutError, ValueError, RecursionError) as error:
            raise GatewayUnreachable("The gateway gave no usable answer") from error
        raise GatewayUnreachable("The gateway is out of order", answered=answer.status)

    async def _learn(self, serial: str) -> None:
        """Fetch the certificate Alipay signs with now. The roots vouch for it, nothing else."""
        sealed = await self._exchange(_DOWNLOAD, {"alipay_cert_sn": serial})
        text = sealed.content.get("alipay_cert_content")
        try:
            pem = base64.b64decode(text if isinstance(text, str) else "", validate=True).decode()
        except ValueError:
            pem = ""
        is_new = isinstance(self.trust, Certificates) and self.trust.learn(
            pem, serial, at=clock.now()
        )
        log.warning("certificate %s of Alipay: %s", serial, "taken up" if is_new else "refused")
