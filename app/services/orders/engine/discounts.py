"""What promotions took off units of an order, as it was frozen. Pure."""

from typing import NamedTuple
from uuid import UUID

from app.services.payments.engine.attribution import Span


class DiscountedUnits(NamedTuple):
    """Like units, and what each promotion took off one of them."""

    span: Span
    currency: str
    tax_rate_bps: int
    discounts: tuple[tuple[UUID, int], ...]
