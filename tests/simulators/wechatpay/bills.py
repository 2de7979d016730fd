"""Bills as they can be fetched: CSV with backquotes and totals at the end, UTF-8 with a BOM."""

import gzip
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from tests.simulators.wechatpay.books import Payment, Refund

ZONE = ZoneInfo("Asia/Shanghai")
TRADE_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def trade_bill(day: date, payments: Iterable[Payment], refunds: Iterable[Refund]) -> bytes:
    """Payments and refunds of a day, in Beijing."""
    rows, paid, back, fees = [], 0, 0, 0
    for each in payments:
        if each.paid_at is None or each.paid_at.astimezone(ZONE).date() != day:
            continue
        amount, fee = each.paid_minor or 0, (each.paid_minor or 0) * 6 // 1_000
        paid, fees = paid + amount, fees + fee
        rows.append(_row(each, None, f"{each.paid_at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", fee))
    for refund in refunds:
        at = refund.succeeded_at
        if at is None or at.astimezone(ZONE).date() != day:
            continue
        back += refund.asked["amount"]["refund"]
        rows.append(_row(refund.payment, refund, f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", 0))
    totals = [str(len(rows)), yuan(paid), yuan(back), "0.00", yuan(fees), yuan(paid), yuan(back)]
    lines = [TRADE_COLUMNS, *rows, TOTALS, ",".join(f"`{each}" for each in totals)]
    return "\ufeff".encode() + "\r\n".join([*lines, ""]).encode()


def packed(content: bytes) -> bytes:
    return gzip.compress(content)


def _row(payment: Payment, refund: Refund | None, at: str, fee: int) -> str:
    amount = payment.paid_minor or 0
    back = refund.asked["amount"]["refund"] if refund else 0
    values = [
        at,
        payment.asked["appid"],
        payment.asked["mchid"],
        "0",
        "",
        payment.transaction_id or "",
        payment.number,
        payment.payer,
        payment.trade.upper(),
        "REFUND" if refund else "SUCCESS",
        "CMC",
        "CNY",
        "0.00" if refund else yuan(amount),
        "0.00",
        refund.refund_id if refund else "0",
        refund.asked["out_refund_no"] if refund else "0",
        yuan(back),
        "0.00",
        "ORIGINAL" if refund else "",
        refund.status if refund else "",
        payment.asked["description"],
        "",
        yuan(fee),
        "0.60%",
        "0.00" if refund else yuan(amount),
        yuan(back),
        "",
    ]
    return ",".join(f"`{each}" for each in values)
