"""Facts of orders that were entered for others."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.orders.events import OrderEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLinkMade(OrderEvent):
    """Somebody is to be sent a link to pay by; who sends it derives its token from `link_id`."""

    name: ClassVar[str] = "orders.payment_link_made.v1"

    link_id: UUID
    expires_at: datetime
