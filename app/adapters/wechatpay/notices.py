"""Notices: verified, unsealed, read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from app.adapters.wechatpay import documents, signed
from app.adapters.wechatpay.keys import Merchant, PlatformKeys
from app.services.payments.ports import Notice, SignatureInvalid

_READ = {"transaction": documents.payment_notice, "refund": documents.refund_notice}


def read(
    merchant: Merchant,
    keys: PlatformKeys,
    headers: Mapping[str, str],
    body: bytes,
    *,
    at: datetime,
) -> Notice:
    """The notice in `body`.

    Raises `SignatureInvalid` also for one that is signed but was not sealed for us, or says
    nothing we know.
    """
    signed.check(keys, headers, body, at=at)
    try:
        resource: Mapping[str, Any] = orjson.loads(body)["resource"]
        return _READ[resource["original_type"]](orjson.loads(merchant.unseal(resource)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignatureInvalid("The notice cannot be read") from error
