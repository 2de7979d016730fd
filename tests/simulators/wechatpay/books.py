"""What the platform knows of payments and refunds, and how it writes them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core import clock


class Refused(Exception):
    """The platform says no, in its own words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Payment:
    asked: dict[str, Any]
    trade: str
    state: str = "NOTPAY"
    transaction_id: str | None = None
    paid_minor: int | None = None
    paid_at: datetime | None = None
    payer: str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

    @property
    def number(self) -> str:
        return str(self.asked["out_trade_no"])

    @property
    def is_paid(self) -> bool:
        return self.state in {"SUCCESS", "REFUND"}

    def document(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "appid": self.asked["appid"],
            "mchid": self.asked["mchid"],
            "out_trade_no": self.number,
            "trade_state": self.state,
            "trade_state_desc": self.state,
            "attach": "",
        }
        if self.is_paid:
            assert self.paid_at is not None
            said |= {
                "transaction_id": self.transaction_id,
                "trade_type": self.trade.upper(),
                "bank_type": "CMC",
                "success_time": self.paid_at.isoformat(timespec="seconds"),
                "payer": {"openid": self.payer},
                # A coupon of the platform paid a part: what the payer paid is less than the total.
                "amount": {
                    "total": self.paid_minor,
                    "payer_total": max(1, (self.paid_minor or 0) - 1),
                    "currency": "CNY",
                    "payer_currency": "CNY",
                },
            }
        return said


@dataclass
class Refund:
    asked: dict[str, Any]
    payment: Payment
    refund_id: str
    status: str = "PROCESSING"
    created_at: datetime = field(default_factory=clock.now)
    succeeded_at: datetime | None = None

    def document(self) -> dict[str, Any]:
        amount = self.asked["amount"]
        said = {
            "refund_id": self.refund_id,
            "out_refund_no": self.asked["out_refund_no"],
            "transaction_id": self.payment.transaction_id,
            "out_trade_no": self.payment.number,
            "channel": "ORIGINAL",
            "user_received_account": "招商银行信用卡0403",
            "create_time": self.created_at.isoformat(timespec="seconds"),
            "status": self.status,
            "funds_account": "AVAILABLE",
            "amount": {
                "total": self.payment.paid_minor,
                "refund": amount["refund"],
                "payer_total": self.payment.paid_minor,
                "payer_refund": amount["refund"],
                "settlement_refund": amount["refund"],
                "settlement_total": self.payment.paid_minor,
                "discount_refund": 0,
                "currency": "CNY",
            },
        }
        if self.succeeded_at is not None:
            said["success_time"] = self.succeeded_at.isoformat(timespec="seconds")
        return said

    def notice(self) -> dict[str, Any]:
        """As in notices, which call the status by another name and name no currency."""
        said = self.document()
        amount = said["amount"]
        return {
            "mchid": self.payment.asked["mchid"],
            "transaction_id": said["transaction_id"],
            "out_trade_no": said["out_trade_no"],
            "refund_id": said["refund_id"],
            "out_refund_no": said["out_refund_no"],
            "refund_status": self.status,
            "user_received_account": said["user_received_account"],
            "amount": {k: amount[k] for k in ("total", "refund", "payer_total", "payer_refund")},
        }
