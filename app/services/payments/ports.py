"""What payments needs from outside: gateways that move money, and the owner of a plan."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import FeeBearer, Scene
from app.core.errors import DomainError
from app.services.payments.actions import Action
from app.services.payments.engine.attribution import PaidRow
from app.services.payments.engine.instalments import InstalmentSkills
from app.services.payments.engine.types import Plan


class GatewayState(StrEnum):
    """What a gateway says about a payment or a refund. `unknown` never changes our state.

    `abnormal` is a refund that could not arrive and still may: people have to see to it there.
    """

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABNORMAL = "abnormal"
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


class StatementKind(StrEnum):
    """`trades` lists payments and refunds, `funds` every move on our account there, fees too."""

    TRADES = "trades"
    FUNDS = "funds"


class Compression(StrEnum):
    NONE = "none"
    GZIP = "gzip"
    ZIP = "zip"


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


class StatementMissing(GatewayRefused):
    """There is no statement of that day and kind, or not yet."""

    slug, title, title_zh = "statement-missing", "No such statement", "对账单不存在"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayment:
    """`out_trade_no` is our number; creating it again with the same facts is a no-op there.

    It is the hex of a UUIDv7, so a protocol that wants the time of the order finds the same one
    in it at every try (`ids.made_at`). `subject` is what the payer reads. `expires_at` is a little
    before we stop waiting. `payer_id` is how the gateway knows the payer (an openid), and set for
    `mini_program` and `jsapi`; `client_ip` where the payer sits; `notify_url` takes the notices,
    `return_url` the payer's browser. `instalments` is in how many parts the payer pays the gateway,
    `fee_bearer` who pays its fee for them.
    """

    out_trade_no: str
    amount_minor: int
    currency: str
    expires_at: datetime
    subject: str
    notify_url: str
    scene: Scene = Scene.PAGE
    payer_id: str | None = None
    client_ip: str | None = None
    return_url: str | None = None
    instalments: int | None = None
    fee_bearer: FeeBearer | None = None


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
    """`out_refund_no` stays the same on every retry.

    `total_minor` is what was paid, of which `amount_minor` goes back; `ordered_at` is when the
    refund was decided, the same at every try. `reason` is for the payer to read.
    """

    out_trade_no: str
    out_refund_no: str
    amount_minor: int
    total_minor: int
    currency: str
    ordered_at: datetime
    notify_url: str
    transaction_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundQuery:
    """Which refund is asked about, by everything some gateway wants to know it by."""

    out_trade_no: str
    out_refund_no: str
    ordered_at: datetime
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
    `provider_id` names the transaction there, so repeats of one fact are recognised. `app_id` is
    what was paid in, at gateways that tell.
    """

    kind: NoticeKind
    provider_id: str
    merchant_id: str
    number: str
    state: GatewayState
    amount_minor: int | None = None
    currency: str | None = None
    app_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A gateway's own file, byte for byte.

    Where the gateway told a digest it is compared when the last chunk is out: reading then ends in
    `GatewayUnreachable`.
    """

    chunks: AsyncIterator[bytes]
    compression: Compression
    filename: str


class GatewayPort(Protocol):
    """One account at a payment gateway: a channel.

    Methods raise `GatewayUnreachable` when the outcome is unknown, `GatewayRefused` when nothing
    was done. `merchant_id` is who we are there, `app_ids` are the apps money is taken in (empty
    where there are none). With `confirms_by_query` a success notice counts only when a query
    agrees. `acknowledgement` is the text the gateway wants to read when its notice has been taken,
    None where the status is enough.
    """

    @property
    def merchant_id(self) -> str: ...

    @property
    def app_ids(self) -> frozenset[str]:
        return frozenset()

    @property
    def confirms_by_query(self) -> bool: ...

    @property
    def acknowledgement(self) -> str | None:
        return None

    @property
    def instalments(self) -> InstalmentSkills | None:
        """Which plans the gateway could do, whatever was contracted; None for none."""
        return None

    @property
    def day_ends_early(self) -> timedelta:
        """How long before midnight in Beijing a day of its statements ends."""
        return timedelta(0)

    async def aclose(self) -> None:
        """Let go of connections; the process is ending."""

    async def create(self, request: CreatePayment) -> Action:
        """What the client needs to pay."""
        ...

    async def query(self, out_trade_no: str) -> GatewayPayment: ...

    async def close(self, out_trade_no: str) -> CloseOutcome: ...

    async def refund(self, request: RefundPayment) -> GatewayRefund: ...

    async def query_refund(self, request: RefundQuery) -> GatewayRefund: ...

    async def learn_keys(self, headers: Mapping[str, str]) -> None:
        """Fetch what verifying a notice with these headers takes, if it is not at hand."""
        del headers  # most know their keys from the start

    def verify_notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Read a notice; raises `SignatureInvalid`. Header names are in lower case."""
        ...

    def statement(self, day: date, kind: StatementKind) -> AbstractAsyncContextManager[Statement]:
        """The file of a day as the gateway counts days; raises `StatementMissing`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingBack:
    """A refund of a locked plan that is being decided. `before_minor` was decided earlier.

    Money of a chargeback `is_gone` already, whatever the owner has left.
    """

    plan: Plan
    number: str
    amount_minor: int
    before_minor: int
    reason: str
    is_gone: bool
    actor: Actor | None


class PlanOwner(Protocol):
    """What a plan pays for: an order. Called in the transaction that moves the plan.

    `lock` comes before the plan's own lock. `paid` must not refuse, the money has been taken.
    `gives_back` comes before the journals of a refund, and may refuse unless the money is gone;
    `refunded` says that the plan is partly or wholly refunded now, and names the refund of which
    money went back: all of it, or, while that is `pending`, some. `rows` are what it pays for, in
    an order that never changes; together they cost what the plan pays.
    """

    async def lock(self, session: AsyncSession, order_id: UUID) -> None: ...

    async def paid(self, session: AsyncSession, order_id: UUID) -> None: ...

    async def closed(self, session: AsyncSession, order_id: UUID, reason: str) -> None: ...

    async def gives_back(self, session: AsyncSession, order_id: UUID, back: GivingBack) -> None: ...

    async def refunded(
        self, session: AsyncSession, order_id: UUID, back: Mapping[str, Any]
    ) -> None: ...

    async def rows(self, session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]: ...
