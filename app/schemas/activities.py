"""An activity as its landing page shows it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.enums.promotions import ActivityState
from app.schemas.base import Output
from app.schemas.catalog.storefront import ProductListOut


class ActivityHeadOut(Output):
    """`at` is the service's clock: count down from it to `starts_at` or `ends_at`."""

    promotion_id: UUID
    code: str
    name: str
    stage: str
    kind: str = Field(description="Type of its action.")
    needs_coupon: bool
    state: ActivityState
    starts_at: datetime | None
    ends_at: datetime | None
    at: datetime
    action: dict[str, Any]
    conditions: list[dict[str, Any]]


class ActivityOut(Output):
    """`products` are those on sale that the activity looks at, newest first."""

    activity: ActivityHeadOut
    products: ProductListOut
