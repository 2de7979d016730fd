"""Facts of charges."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.orders.events import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeEvent(OrderEvent):
    """What every fact of a charge says; `reference` is what it was asked for."""

    charge_id: UUID
    kind: str
    reference: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAsked(ChargeEvent):
    """An order is asked for more; it does not leave before that is decided."""

    name: ClassVar[str] = "orders.charge_asked.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePaid(ChargeEvent):
    """The shopper agreed, and paid."""

    name: ClassVar[str] = "orders.charge_paid.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeClosed(ChargeEvent):
    """Declined, withdrawn, or not paid in time: everything stays as it was."""

    name: ClassVar[str] = "orders.charge_closed.v1"

    reason: str
