"""Who asks: the platform's file on a merchant, and how it checks a signed request."""

import re
from dataclasses import dataclass

import httpx
from Cryptodome.PublicKey.RSA import RsaKey

from app.core import clock
from tests.simulators.wechatpay import crypto

_PARTS = re.compile(r'(\w+)="([^"]*)"')

_NEEDED = {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}


@dataclass(frozen=True)
class MerchantFile:
    """`key` is the public half: the platform never has the other."""

    mch_id: str
    app_ids: frozenset[str]
    serial: str
    key: RsaKey
    api_key: bytes

    def fault_of(self, request: httpx.Request) -> str | None:
        """Why a request is not believed; None if it is."""
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        parts = dict(_PARTS.findall(said))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or set(parts) != _NEEDED:
            return "the authorization cannot be read"
        if (parts["mchid"], parts["serial_no"].upper()) != (self.mch_id, self.serial):
            return "merchant or certificate are not known"
        if abs(clock.now().timestamp() - int(parts["timestamp"])) > 300:
            return "the time is off"
        lines = (
            request.method.encode(),
            request.url.raw_path,
            parts["timestamp"].encode(),
            parts["nonce_str"].encode(),
            request.content,
        )
        if not crypto.verifies(self.key, parts["signature"], *lines):
            return "the signature is wrong"
        has_accept = request.headers.get("accept") == "application/json"
        is_named = bool(request.headers.get("user-agent"))
        return None if has_accept and is_named else "accept or user agent are missing"
