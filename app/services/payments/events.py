"""Facts payments publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent(Event):
    order_id: UUID
    plan_id: UUID

    @property
    @override
    def ordering_key(self) -> str:
        return f"order:{self.order_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCaptured(PaymentEvent):
    """Every tender of the order has been taken. Amounts are minor units of `currency`."""

    name: ClassVar[str] = "payments.captured.v1"
    member_id: UUID
    currency: str
    payable_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReviewNeeded(PaymentEvent):
    """People must look: money does not match, a gateway contradicts itself or stays silent."""

    name: ClassVar[str] = "payments.review_needed.v1"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyKeptApart(PaymentEvent):
    """A gateway took money that pays nothing here; it is on its way back."""

    name: ClassVar[str] = "payments.money_kept_apart.v1"
    channel: str
    transaction_id: str
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(PaymentEvent):
    """Every part of a refund has reached where it came from."""

    name: ClassVar[str] = "payments.refund_succeeded.v1"
    number: str
    currency: str
    amount_minor: int
