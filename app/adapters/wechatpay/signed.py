"""What the platform signed: answers and notices, verified and fresh."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.adapters.wechatpay.keys import PlatformKeys
from app.services.payments.ports import SignatureInvalid

TIMESTAMP, NONCE = "wechatpay-timestamp", "wechatpay-nonce"
SIGNATURE, SERIAL, TYPE = "wechatpay-signature", "wechatpay-serial", "wechatpay-signature-type"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESHNESS = timedelta(minutes=5)
_DIGITS = 10


def check(keys: PlatformKeys, headers: Mapping[str, str], body: bytes, *, at: datetime) -> None:
    """Raises `SignatureInvalid` unless the platform signed `body` within five minutes of `at`.

    Header names are in lower case. Probes, whose signature begins `WECHATPAY/SIGNTEST/`, fail like
    any other forgery: that is what they are sent to see.
    """
    if headers.get(TYPE, SCHEME) != SCHEME:
        raise SignatureInvalid("Signed in a way that is not known here")
    timestamp = headers.get(TIMESTAMP, "")
    if len(timestamp) != _DIGITS or not timestamp.isascii() or not timestamp.isdecimal():
        raise SignatureInvalid("It carries no time")
    if abs(at.timestamp() - int(timestamp)) > FRESHNESS.total_seconds():
        raise SignatureInvalid("It is too old, or from the future")
    key = keys.named(headers.get(SERIAL, ""))
    if key is None or not key.holds(at):
        raise SignatureInvalid("It is signed with a key that does not hold")
    nonce = headers.get(NONCE, "").encode()
    if not key.verifies(headers.get(SIGNATURE, ""), timestamp.encode(), nonce, body):
        raise SignatureInvalid("It is not signed by the platform")
