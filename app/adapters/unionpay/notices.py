"""Notices of UnionPay: signed forms about payments, refunds and voids."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from app.adapters.unionpay import codes, wire
from app.adapters.unionpay.orders import PURCHASE
from app.adapters.unionpay.refunds import REFUND, VOID
from app.adapters.unionpay.trust import Credentials
from app.services.payments.ports import GatewayState, Notice, NoticeKind, SignatureInvalid

_MAX_FIELDS = 100


def read(credentials: Credentials, body: bytes, *, at: datetime) -> Notice:
    """The notice in `body`; raises `SignatureInvalid`, also for what cannot be read.

    `at` decides whether the certificate in it is valid. The time in a notice is the order's and
    may be days old.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise SignatureInvalid("The notice cannot be read") from error
    fields = dict(pairs)
    if len(fields) != len(pairs) or not credentials.is_theirs(fields, at=at):
        raise SignatureInvalid("The notice is not signed by the gateway")
    kind = fields.get("txnType")
    if not fields.get("orderId") or kind not in {PURCHASE, REFUND, VOID}:
        raise SignatureInvalid("The notice cannot be read")
    return _payment(fields) if kind == PURCHASE else _refund(fields)


def _payment(fields: Mapping[str, str]) -> Notice:
    """A payment that failed may be tried again until its time is over, so it is pending."""
    state = codes.state_of(codes.code_of(fields))
    try:
        amount_minor: int | None = wire.amount(fields.get("txnAmt", ""))
    except ValueError:
        amount_minor = None  # signed and senseless: people have to look
    return Notice(
        kind=NoticeKind.PAYMENT,
        provider_id=fields.get("queryId") or fields["orderId"],
        merchant_id=fields.get("merId", ""),
        number=_number(fields),
        state=state if state is GatewayState.SUCCEEDED else GatewayState.PENDING,
        amount_minor=amount_minor,
        currency=wire.CURRENCIES.get(fields.get("currencyCode", "")),
    )


def _number(fields: Mapping[str, str]) -> str:
    """Ours if the time is ours too: number and time name an order together."""
    number = fields["orderId"]
    try:
        is_ours = fields.get("txnTime") == wire.stamp(wire.ordered_at(number))
    except ValueError:
        is_ours = False
    return number if is_ours else f"{number}@{fields.get('txnTime', '')}"


def _refund(fields: Mapping[str, str]) -> Notice:
    return Notice(
        kind=NoticeKind.REFUND,
        provider_id=fields.get("queryId") or fields["orderId"],
        merchant_id=fields.get("merId", ""),
        number=fields.get("reqReserved", ""),
        state=codes.state_of(codes.code_of(fields)),
    )
