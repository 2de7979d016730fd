"""Facts promotions publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionStatusChanged(Event):
    """A promotion was submitted, sent back, approved, reopened, started or ended."""

    name: ClassVar[str] = "promotions.status_changed.v1"

    promotion_id: UUID
    status: str

    @property
    @override
    def ordering_key(self) -> str:
        return f"promotion:{self.promotion_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponsIssued(Event):
    """Each of these members was given a coupon."""

    name: ClassVar[str] = "promotions.coupons_issued.v1"

    promotion_id: UUID
    member_ids: tuple[UUID, ...]

    @property
    @override
    def ordering_key(self) -> str:
        return f"promotion:{self.promotion_id}"
