"""Request and response shapes of who gets prices, and of why they cost what they do."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import Input, MinorUnits, Output

MemberIds = Annotated[list[UUID], Field(max_length=1_000)]


class ListMembersIn(Input):
    """Both may be named already or not at all; asking again changes nothing."""

    add: MemberIds = Field(default_factory=list)
    remove: MemberIds = Field(default_factory=list)


class ListMembersChangedOut(Output):
    changed: int = Field(description="Members who were put on the list or taken off.")


class ListMemberOut(Output):
    id: UUID
    name: str | None
    added_at: datetime


class ExplainedPriceOut(Output):
    """A price of the SKU, on whatever list."""

    price_list_id: UUID
    price_list_code: str
    price_list_name: str
    kind: str
    currency: str
    starts_at: datetime | None
    ends_at: datetime | None
    min_quantity: int
    price_minor: MinorUnits | None = Field(description="Null: none at that time.")
    quota: int | None
    per_member: int | None
    sold: int
    quantity: int = Field(description="Pieces that get it.")
    missing_quantity: int = Field(description="Pieces more that would open it.")
    reason: str = Field(
        description="`APPLIED`, or why no piece gets it: `NOT_LOWEST`, `MIN_QUANTITY`, `SOLD_OUT`;"
        " `INACTIVE`, `CURRENCY`, `CHANNEL`, `NOT_STARTED`, `ENDED`, `TIER`, `NOT_A_GROUP`,"
        " `NOT_NAMED` of its list; `NO_PRICE` then; `OTHER_LIST` where another list makes the"
        " list price; more may come."
    )


class PriceExplanationOut(Output):
    """What pieces cost before promotions, and what became of every price of the SKU."""

    at: datetime
    tier: str | None
    currency: str
    list_minor: MinorUnits = Field(description="Of one piece.")
    floor_minor: MinorUnits = Field(description="Set, or out of cost and margin; 0: none.")
    capped_floor_minor: MinorUnits = Field(
        description="With the cap on all discounts: promotions stop here, or at a lower price."
    )
    goods_minor: MinorUnits = Field(description="Of all pieces.")
    prices: list[ExplainedPriceOut] = Field(description="Lowest first.")


class PriceSpanOut(Output):
    """`valid_to` is the first instant without the price; null: as far as is known."""

    valid_from: datetime
    valid_to: datetime | None
    price_minor: MinorUnits


class PresentPriceOut(Output):
    price_minor: MinorUnits
    since_at: datetime
    until_at: datetime | None
    lowest_before_minor: MinorUnits | None = Field(
        description="The lowest price of the 30 days before `since_at` (directive 98/6/EC, 6a)."
        " Where it is higher, the price was reduced from it."
    )


class PriceTimelineOut(Output):
    """What one piece cost everybody, spans to come first and then those that are past.

    Lists of kind list, channel and flash count while they are open, sold out or not. Prices for
    some members, for more pieces or for groups, coupons and promotions do not.
    """

    currency: str
    present: PresentPriceOut | None
    items: list[PriceSpanOut]
    next_after: str | None
