"""What carriers charge."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.base import Code, Currency, Input, MinorUnits, Output, SignedMinorUnits
from app.schemas.orders.shipping import TrackingNumber


class BillLineIn(Input):
    tracking_number: TrackingNumber
    charged_minor: MinorUnits


class BillIn(Input):
    """A carrier's bill. A number may be on it more than once: parcels are charged extra."""

    carrier_code: Code
    number: Code
    currency: Currency
    lines: Annotated[list[BillLineIn], Field(min_length=1, max_length=5_000)]


class BillOut(Output):
    """`differing` lines are not as quoted; `quoted_minor` counts each parcel once."""

    id: UUID
    carrier_code: str
    number: str
    currency: Currency
    imported_by: str
    created_at: datetime
    lines: int
    charged_minor: MinorUnits
    quoted_minor: MinorUnits
    differing: int


class BillLineOut(Output):
    """`difference` is what is charged beyond what was quoted.

    `unknown`: no parcel of the carrier's has that number. `repeated`: the parcel was charged
    before. `unquoted`: nobody said what it would cost.
    """

    position: int
    tracking_number: str
    charged_minor: MinorUnits
    shipment_id: UUID | None
    shipment_number: str | None
    quoted_minor: MinorUnits | None
    difference: SignedMinorUnits | None
    verdict: Literal["unknown", "repeated", "unquoted", "equal", "more", "less"]


class BillLinesOut(Output):
    """Pass `next_after` as `after` for more; null at the end."""

    items: list[BillLineOut]
    next_after: int | None


class FreightRowOut(Output):
    """Parcels of a carrier and a merchant. `quoted_minor` and `charged_minor` are what they cost.

    `unquoted` parcels have no quote, `billed` ones are on a bill. `freight_minor` is what shoppers
    paid for sending them: an order's freight is shared by its parcels.
    """

    carrier_code: str
    merchant_id: UUID
    currency: Currency
    parcels: int
    quoted_minor: MinorUnits
    unquoted: int
    charged_minor: MinorUnits
    billed: int
    freight_minor: MinorUnits


class FreightReportOut(Output):
    items: list[FreightRowOut]
