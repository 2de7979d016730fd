"""Payments and refunds as the platform writes them: in answers, and sealed in notices."""

from collections.abc import Mapping
from typing import Any

from app.services.payments.ports import (
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    Notice,
    NoticeKind,
)

CURRENCY = "CNY"
_LONGEST = 128

# `REFUND` says that something of a payment has gone back, which it could only after it was made.
PAYMENT_STATES = {
    "SUCCESS": GatewayState.SUCCEEDED,
    "REFUND": GatewayState.SUCCEEDED,
    "NOTPAY": GatewayState.PENDING,
    "USERPAYING": GatewayState.PENDING,
    "ACCEPT": GatewayState.PENDING,
    "CLOSED": GatewayState.CLOSED,
    "REVOKED": GatewayState.CLOSED,
    "PAYERROR": GatewayState.FAILED,
}

# `CLOSED` is final and has moved nothing; `ABNORMAL` waits for people.
REFUND_STATES = {
    "SUCCESS": GatewayState.SUCCEEDED,
    "PROCESSING": GatewayState.PENDING,
    "CLOSED": GatewayState.FAILED,
    "ABNORMAL": GatewayState.ABNORMAL,
}


def payment(document: Mapping[str, Any], out_trade_no: str) -> GatewayPayment:
    """Raises `KeyError` and `ValueError` for what is not a payment of that number.

    The amount is the whole order's, coupons of the platform included: `total`, not `payer_total`.
    """
    if document["out_trade_no"] != out_trade_no:
        raise ValueError("the answer is about another payment")
    state = PAYMENT_STATES.get(str(document["trade_state"]), GatewayState.UNKNOWN)
    if state is not GatewayState.SUCCEEDED:
        return GatewayPayment(out_trade_no=out_trade_no, state=state)
    return GatewayPayment(
        out_trade_no=out_trade_no,
        state=state,
        transaction_id=_text(document["transaction_id"]),
        amount_minor=_fen(document["amount"]["total"]),
        currency=_text(document["amount"].get("currency", CURRENCY)),
    )


def refund(document: Mapping[str, Any], out_refund_no: str) -> GatewayRefund:
    """Raises `KeyError` and `ValueError` for what is not a refund of that number."""
    if document["out_refund_no"] != out_refund_no:
        raise ValueError("the answer is about another refund")
    return GatewayRefund(
        out_refund_no=out_refund_no,
        state=REFUND_STATES.get(str(document["status"]), GatewayState.UNKNOWN),
        refund_id=_text(document["refund_id"]),
        amount_minor=_fen(document["amount"]["refund"]),
    )


def payment_notice(document: Mapping[str, Any]) -> Notice:
    found = payment(document, _text(document["out_trade_no"]))
    return Notice(
        kind=NoticeKind.PAYMENT,
        provider_id=found.transaction_id or found.out_trade_no,
        merchant_id=_text(document["mchid"]),
        number=found.out_trade_no,
        state=found.state,
        amount_minor=found.amount_minor,
        currency=found.currency,
        app_id=_text(document["appid"]),
    )


def refund_notice(document: Mapping[str, Any]) -> Notice:
    """Names no app and no currency; the amount is what goes back."""
    state = REFUND_STATES.get(str(document["refund_status"]), GatewayState.UNKNOWN)
    return Notice(
        kind=NoticeKind.REFUND,
        provider_id=_text(document["refund_id"]),
        merchant_id=_text(document["mchid"]),
        number=_text(document["out_refund_no"]),
        state=state,
        amount_minor=_fen(document["amount"]["refund"]),
    )


def _fen(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("an amount is not a whole number")  # noqa: TRY004 - bad data, not bad code
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        raise ValueError("a name is missing or no text")
    return value
