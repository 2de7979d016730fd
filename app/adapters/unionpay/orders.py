"""Orders at UnionPay: asked for by scene, and found again by number and time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from typing_extensions import override

from app.adapters.unionpay import wire
from app.core.enums.payments import Scene
from app.core.gateway_settings import UnionPayAccount
from app.services.payments.ports import CreatePayment, GatewayRefused

FRONT = "/gateway/api/frontTransReq.do"
APP = "/gateway/api/appTransReq.do"
BACK = "/gateway/api/backTransReq.do"
QUERY = "/gateway/api/queryTrans.do"

PURCHASE = "01"
GATEWAY_PRODUCT, QR_PRODUCT = "000201", "000000"
ON_COMPUTER, ON_TELEPHONE = "07", "08"


@dataclass(frozen=True, slots=True)
class Memo:
    """What we want to know again of a payment, in `reqReserved`, which comes back everywhere."""

    deadline: datetime
    scene: Scene

    @override
    def __str__(self) -> str:
        return f"{wire.stamp(self.deadline)}|{self.scene}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        deadline, _, scene = text.partition("|")
        try:
            return cls(wire.instant(deadline), Scene(scene))
        except ValueError:
            return None


def last_moment(account: UnionPayAccount, out_trade_no: str) -> datetime:
    """After which UnionPay takes no payment for a number, whatever was asked for."""
    return wire.ordered_at(out_trade_no) + timedelta(seconds=account.pay_within_seconds)


def purchase(account: UnionPayAccount, request: CreatePayment) -> dict[str, str]:
    """The fields of a payment; raises `GatewayRefused` for what UnionPay cannot do."""
    if request.currency not in wire.CURRENCIES.values() or request.amount_minor <= 0:
        raise GatewayRefused("Only positive amounts in yuan", currency=request.currency)
    if request.scene not in account.scenes:
        raise GatewayRefused("There is no such scene", scenes=sorted(account.scenes))
    if request.instalments is not None:
        raise GatewayRefused("There are no instalments")
    is_qr = request.scene is Scene.QR
    deadline = min(request.expires_at, last_moment(account, request.out_trade_no))
    on_page = request.scene is Scene.PAGE
    fields = {
        "txnType": PURCHASE,
        "txnSubType": "07" if is_qr else "01",
        "bizType": QR_PRODUCT if is_qr else GATEWAY_PRODUCT,
        "channelType": ON_COMPUTER if on_page else ON_TELEPHONE,
        "currencyCode": "156",
        "orderId": wire.order_id(request.out_trade_no),
        "txnTime": wire.stamp(wire.ordered_at(request.out_trade_no)),
        "txnAmt": str(request.amount_minor),
        "payTimeout": wire.stamp(deadline),
        "backUrl": request.notify_url,
        "reqReserved": str(Memo(deadline, request.scene)),
    }
    if request.scene in {Scene.PAGE, Scene.WAP}:
        fields["frontUrl"] = request.return_url or ""
    return fields


def look_up(order_id: str, txn_time: str) -> dict[str, str]:
    """The question what became of a transaction; it is known by both together."""
    return {
        "txnType": "00",
        "txnSubType": "00",
        "bizType": QR_PRODUCT,
        "orderId": order_id,
        "txnTime": txn_time,
    }
