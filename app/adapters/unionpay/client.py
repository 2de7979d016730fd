"""Questions to UnionPay: signed forms, and answers that prove who gave them."""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus

import httpx

from app.adapters.https import MAX_BYTES, exchange
from app.adapters.unionpay import wire
from app.adapters.unionpay.trust import Credentials
from app.core import clock
from app.core.gateway_settings import UnionPayAccount
from app.services.payments.ports import GatewayUnreachable

log = logging.getLogger(__name__)
_ECHOED = ("merId", "orderId", "txnTime")


class Client:
    """Raises `ValueError` and `OSError` for unusable files."""

    def __init__(
        self, account: UnionPayAccount, http: httpx.AsyncClient, *, timeout_seconds: float
    ) -> None:
        self._account = account
        self._http = http
        self._timeout_seconds = timeout_seconds
        self.credentials = Credentials.of(account, at=clock.now())

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """A whole request: what every one has, `fields`, and the signature."""
        common = {"encoding": "UTF-8", "accessType": "0", "merId": self._account.mer_id}
        return self.credentials.signed({**common, **fields})

    async def ask(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        limit_bytes: int = MAX_BYTES,
        timeout_seconds: float | None = None,
    ) -> Mapping[str, str]:
        """The answer to `fields`; `path` may be a whole address.

        Raises `GatewayUnreachable` when none came, when UnionPay did not sign it, or when it is
        about another order than was asked.
        """
        sent, patience = self.signed(fields), timeout_seconds or self._timeout_seconds
        request = self._http.build_request("POST", path, data=sent, timeout=patience)
        try:
            async with asyncio.timeout(patience):
                answer = await exchange(self._http, request, limit_bytes=limit_bytes)
            if answer.status != HTTPStatus.OK:
                raise GatewayUnreachable("The gateway is out of order", answered=answer.status)
            found = wire.fields_of(answer.body.decode().strip())
        except (TimeoutError, ValueError) as error:
            raise GatewayUnreachable("The gateway gave no usable answer") from error
        if not self.credentials.is_theirs(found, at=clock.now()):
            log.warning("%s: an answer without UnionPay's signature: %s", path, _said(found))
            raise GatewayUnreachable("The answer is not signed by the gateway")
        if any(found.get(name, sent.get(name)) != sent.get(name) for name in _ECHOED):
            raise GatewayUnreachable("The answer is about something else")
        return found


def _said(found: Mapping[str, str]) -> str:
    return f"{found.get('respCode', '')} {found.get('respMsg', '')}"[:100]
