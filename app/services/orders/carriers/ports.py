"""What orders need from carriers' systems."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

from app.core.enums.carriers import CarrierSkill
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError


class CarrierUnreachable(DomainError):
    """No usable answer: whether it was done is unknown."""

    slug, title, title_zh = (
        "carrier-unreachable",
        "The carrier did not answer",
        "承运商系统无响应",
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE


class CarrierRefused(DomainError):
    """The carrier understood and said no; nothing was done there."""

    slug, title, title_zh = "carrier-refused", "The carrier refused", "承运商拒绝了请求"


class CarrierCannot(DomainError):
    """`skills` are what the carrier's system can be asked for."""

    slug, title, title_zh = (
        "carrier-cannot",
        "The carrier's system cannot do that",
        "承运商系统不支持此操作",
    )


class PushUnreadable(DomainError):
    """It is signed and says nothing that is known."""

    slug, title, title_zh = "push-unreadable", "The push cannot be read", "推送内容无法识别"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The warehouse a parcel leaves; what else a carrier wants to know of it, its settings say."""

    code: str
    name: str
    country: str
    region_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateQuery:
    """What a parcel would cost. `carrier` is what the system calls the carrier."""

    carrier: str
    sender: Sender
    recipient: Mapping[str, Any]
    weight_grams: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    service: str
    cost_minor: int
    currency: str
    estimated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest:
    """`request_number` stays the same at every try: the same number again makes no second one."""

    request_number: str
    carrier: str
    service: str | None
    sender: Sender
    recipient: Mapping[str, Any]
    weight_grams: int | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label in the carrier's books, to be printed from its address or from `content`.

    `cost_minor` is what the carrier means to charge.
    """

    request_number: str
    tracking_number: str
    url: str | None = None
    content: bytes | None = None
    media_type: str | None = None
    cost_minor: int | None = None
    currency: str | None = None
    estimated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel as those who follow it know it. `phone` is its receiver's, who wants to know it."""

    carrier: str
    tracking_number: str
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """An entry of a parcel's way. `id` is the same whenever the entry is told."""

    id: str
    at: datetime
    state: ShipmentState | None = None
    location: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a carrier's system told by itself; its signature is right."""

    parcel: Parcel
    scans: tuple[Scan, ...]


class CarrierPort(Protocol):
    """A carrier's system, or one that stands for several. Called outside transactions only.

    Methods raise `CarrierUnreachable` when the outcome is unknown, `CarrierRefused` when nothing
    was done, and are called for what is among the `skills` only.
    """

    @property
    def code(self) -> str: ...

    @property
    def skills(self) -> frozenset[CarrierSkill]: ...

    @property
    def rest_seconds(self) -> int:
        """How long it wants not to be asked again about one parcel."""
        return 0

    async def rate(self, query: RateQuery) -> tuple[Rate, ...]:
        """What its services cost; empty where it does not go."""
        raise self.cannot(CarrierSkill.RATE)

    async def label(self, request: LabelRequest) -> Label:
        """Order a label, or get the one that was ordered under the number."""
        raise self.cannot(CarrierSkill.LABEL)

    async def find_label(self, request_number: str) -> Label | None:
        """What was made under a number; None where the request never arrived."""
        raise self.cannot(CarrierSkill.LABEL)

    async def cancel_label(self, request_number: str) -> None:
        """Take a label back that is not used; again is as once."""
        raise self.cannot(CarrierSkill.LABEL)

    async def track(self, parcel: Parcel) -> tuple[Scan, ...]:
        """The parcel's way so far, in any order; empty where nobody has seen it."""
        raise self.cannot(CarrierSkill.TRACK)

    async def subscribe(self, parcel: Parcel, *, callback_url: str) -> None:
        """Have the parcel's way told to an address; again is as once."""
        raise self.cannot(CarrierSkill.PUSH)

    def verify_push(self, headers: Mapping[str, str], body: bytes) -> Push:
        """Raises `SignatureInvalid` for what is not the system's own, and `PushUnreadable`."""
        raise self.cannot(CarrierSkill.PUSH)

    async def intercept(self, request_number: str, parcel: Parcel) -> None:
        """Have a parcel on its way turned back; again under the same number is as once."""
        raise self.cannot(CarrierSkill.INTERCEPT)

    def cannot(self, wanted: CarrierSkill) -> CarrierCannot:
        """What is answered to what is not among the skills."""
        return CarrierCannot("See to it by hand", wanted=wanted, skills=sorted(self.skills))

    async def aclose(self) -> None:
        """Let go of connections; the process is ending."""
