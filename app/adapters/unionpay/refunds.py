"""Giving back at UnionPay: a refund (04), or on the same clearing day a void (31) of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.adapters.unionpay import codes, wire
from app.adapters.unionpay.client import Client
from app.adapters.unionpay.orders import (
    BACK,
    GATEWAY_PRODUCT,
    ON_COMPUTER,
    ON_TELEPHONE,
    QR_PRODUCT,
    QUERY,
    Memo,
    look_up,
)
from app.core.enums.payments import Scene
from app.services.payments.ports import (
    GatewayRefund,
    GatewayRefused,
    GatewayState,
    GatewayUnreachable,
    RefundPayment,
)

REFUND, VOID = "04", "31"
_PREFIXES = {REFUND: "", VOID: "V"}
"""A void that was refused is followed by a refund, which must not look like its repetition."""


@dataclass(frozen=True, slots=True)
class Original:
    """What UnionPay says of the payment that gives back."""

    query_id: str
    clearing: str
    is_qr: bool

    @classmethod
    def of(cls, found: Mapping[str, str]) -> "Original":
        memo = Memo.read(found.get("reqReserved", ""))
        return cls(
            query_id=found.get("queryId", ""),
            clearing=found.get("settleDate", ""),
            is_qr=memo is not None and memo.scene is Scene.QR,
        )

    def can_be_voided(self, request: RefundPayment, at: datetime) -> bool:
        """Only the whole, and only until the clearing day is over."""
        is_whole = request.amount_minor == request.total_minor
        return is_whole and self.clearing == wire.clearing_day(at).strftime("%m%d")


async def order(
    client: Client, request: RefundPayment, original: Original, kind: str
) -> GatewayRefund:
    """Have it carried out. `00` only says that it was taken in: it is pending."""
    found = await client.ask(
        BACK,
        {
            "txnType": kind,
            "txnSubType": "00",
            "bizType": QR_PRODUCT if original.is_qr else GATEWAY_PRODUCT,
            "channelType": ON_TELEPHONE if original.is_qr else ON_COMPUTER,
            "orderId": wire.order_id(request.out_refund_no, _PREFIXES[kind]),
            "txnTime": wire.stamp(request.ordered_at),
            "txnAmt": str(request.amount_minor),
            "origQryId": original.query_id,
            "backUrl": request.notify_url,
            "reqReserved": request.out_refund_no,
        },
    )
    if codes.state_of(codes.code_of(found)) is GatewayState.FAILED:
        raise GatewayRefused("It cannot be given back", reason=codes.code_of(found))
    return GatewayRefund(
        out_refund_no=request.out_refund_no,
        state=GatewayState.PENDING,
        refund_id=found.get("queryId") or None,
        amount_minor=request.amount_minor,
    )


async def look(
    client: Client, out_refund_no: str, ordered_at: datetime, kind: str
) -> GatewayRefund:
    """What became of it; `not_found` when UnionPay knows nothing of it."""
    asked = look_up(wire.order_id(out_refund_no, _PREFIXES[kind]), wire.stamp(ordered_at))
    found = await client.ask(QUERY, asked)
    code = codes.code_of(found)
    if code == codes.MISSING:
        return GatewayRefund(out_refund_no=out_refund_no, state=GatewayState.NOT_FOUND)
    if code not in codes.DONE:
        raise GatewayUnreachable("The gateway does not say", reason=code)
    state = codes.state_of(found.get("origRespCode", ""))
    return GatewayRefund(
        out_refund_no=out_refund_no,
        state=GatewayState.PENDING if state is GatewayState.UNKNOWN else state,
        refund_id=found.get("queryId") or None,
        amount_minor=wire.amount(found["txnAmt"]) if "txnAmt" in found else None,
    )
