"""What payments needs from outside: gateways that move money, and the owner of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import DomainError


class GatewayState(StrEnum):
    """What a gateway says about a payment or a refund. `unknown` never changes our state."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class CloseOutcome(StrEnum):
    CLOSED = "closed"
    ALREADY_PAID = "already_paid"
    UNKNOWN = "unknown"


class NoticeKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class SignatureInvalid(DomainError):
    slug, title, title_zh = "signature-invalid", "The signature is not valid", "签名无效"
    status = HTTPStatus.UNAUTHORIZED


class GatewayUnreachable(DomainError):
    """No usable answer: time-out, broken link, HTML, too large. The outcome is unknown."""

    slug, title, title_zh = "gateway-unreachable", "The gateway did not answer", "支付渠道无响应"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class GatewayRefused(DomainError):
    """The gateway understood and said no; nothing was created there."""

    slug, title, title_zh = "gateway-refused", "The gateway refused", "支付渠道拒绝了请求"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayment:
    """`out_trade_no` is our number; creating it again with the same facts is a no-op there."""

    out_trade_no: str
    amount_minor: int
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPayment:
    """A payment in the gateway's books. Without a success there may be no transaction."""

    out_trade_no: str
    state: GatewayState
    transaction_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """`out_refund_no` stays the same on every retry."""

    out_trade_no: str
    out_refund_no: str
    amount_minor: int
    currency: str
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRefund:
    out_refund_no: str
    state: GatewayState
    refund_id: str | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice whose signature and time are right. Its facts are still to be compared.

    `number` is our number: `out_trade_no` of a payment, `out_refund_no` of a refund.
    `provider_id` names the transaction there, so repeats of one fact are recognised.
    """

    kind: NoticeKind
    provider_id: str
    merchant_id: str
    number: str
    state: GatewayState
    amount_minor: int | None = None
    currency: str | None = None


class GatewayPort(Protocol):
    """A payment gateway. Methods raise `GatewayUnreachable` when the outcome is unknown.

    `merchant_id` is who we are there. With `confirms_by_query` a success notice counts only when
    a query agrees.
    """

    @property
    def merchant_id(self) -> str: ...

    @property
    def confirms_by_query(self) -> bool: ...

    async def aclose(self) -> None:
        """Let go of connections; the process is ending."""

    async def create(self, request: CreatePayment) -> dict[str, str]:
        """What the client needs to pay, e.g. `{"kind": "redirect", "url": …}`."""
        ...

    async def query(self, out_trade_no: str) -> GatewayPayment: ...

    async def close(self, out_trade_no: str) -> CloseOutcome: ...

    async def refund(self, request: RefundPayment) -> GatewayRefund: ...

    async def query_refund(self, out_refund_no: str) -> GatewayRefund: ...

    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Read a notice; raises `SignatureInvalid`. Header names are in lower case."""
        ...


class PlanOwner(Protocol):
    """What a plan pays for: an order. Called in the transaction that moves the plan.

    `lock` comes before the plan's own lock. `paid` must not refuse, the money has been taken.
    `refunded` says that the plan is partly or wholly refunded now.
    """

    async def lock(self, session: AsyncSession, order_id: UUID) -> None: ...

    async def paid(self, session: AsyncSession, order_id: UUID) -> None: ...

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None: ...

    async def refunded(self, session: AsyncSession, order_id: UUID) -> None: ...
