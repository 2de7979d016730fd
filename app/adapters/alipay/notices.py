"""Notices of Alipay: a form, signed over every field but `sign` and `sign_type`.

One notice address serves payments and refunds, and the same `trade_status` means several things:
`TRADE_SUCCESS` comes again for every partial refund, `TRADE_CLOSED` for a time-out and for a full
refund. Only the refund's own fields tell them apart.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from app.adapters.alipay import signing, wire
from app.adapters.alipay.trust import Trust
from app.services.payments.ports import GatewayState, Notice, NoticeKind, SignatureInvalid

ACKNOWLEDGEMENT = "success"
"""Seven characters; anything else, and Alipay sends the notice again."""

_UNSIGNED = frozenset({"sign", "sign_type"})
_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}
_MAX_FIELDS = 100

TRADE_STATES = {
    "WAIT_BUYER_PAY": GatewayState.PENDING,
    "TRADE_SUCCESS": GatewayState.SUCCEEDED,
    "TRADE_FINISHED": GatewayState.SUCCEEDED,
    "TRADE_CLOSED": GatewayState.CLOSED,
}


def read(trust: Trust, body: bytes, *, at: datetime) -> Notice:
    """The notice in `body`; raises `SignatureInvalid`, also for what cannot be read.

    `at` decides which certificates are valid. Notices carry no signed time that could be too old:
    Alipay repeats them for more than a day.
    """
    fields, charset = _fields(body)
    message = wire.row({name: fields[name] for name in fields.keys() - _UNSIGNED})
    signature = fields.get("sign", "")
    serial = fields.get("alipay_cert_sn") or None
    if fields.get("sign_type") != signing.SIGN_TYPE or not trust.is_signed(
        message.encode(charset), signature, at=at, serial=serial
    ):
        raise SignatureInvalid("The notice is not signed by the gateway")
    state = TRADE_STATES.get(fields.get("trade_status", ""))
    if state is None or not fields.get("out_trade_no") or not fields.get("trade_no"):
        raise SignatureInvalid("The notice cannot be read")
    return _refund(fields) if _is_about_a_refund(fields) else _payment(fields, state)


def _fields(body: bytes) -> tuple[dict[str, str], str]:
    try:
        plain = dict(
            parse_qsl(body.decode("ascii"), encoding="latin-1", max_num_fields=_MAX_FIELDS)
        )
        charset = _CHARSETS[plain.get("charset", "utf-8").lower()]
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding=charset,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except (ValueError, KeyError) as error:
        raise SignatureInvalid("The notice cannot be read") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise SignatureInvalid("A field comes twice")
    return fields, charset


def _is_about_a_refund(fields: Mapping[str, str]) -> bool:
    """A finished trade may still carry what was refunded before; it is news of the payment."""
    is_finished = fields["trade_status"] == "TRADE_FINISHED"
    return not is_finished and bool(fields.get("gmt_refund") or fields.get("refund_fee"))


def _refund(fields: Mapping[str, str]) -> Notice:
    """Without our number of the refund it names nothing we could ask about."""
    number = fields.get("out_biz_no", "")
    return Notice(
        kind=NoticeKind.REFUND,
        provider_id=number or fields.get("notify_id") or fields["trade_no"],
        merchant_id=fields.get("seller_id", ""),
        app_id=fields.get("app_id", ""),
        number=number,
        state=GatewayState.SUCCEEDED,
    )


def _payment(fields: Mapping[str, str], state: GatewayState) -> Notice:
    try:
        amount_minor: int | None = wire.fen(fields.get("total_amount", ""))
    except ValueError:
        amount_minor = None  # signed and senseless: people have to look
    return Notice(
        kind=NoticeKind.PAYMENT,
        provider_id=fields["trade_no"],
        merchant_id=fields.get("seller_id", ""),
        app_id=fields.get("app_id", ""),
        number=fields["out_trade_no"],
        state=state,
        amount_minor=amount_minor,
        currency=wire.CURRENCY,
    )
