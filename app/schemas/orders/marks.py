"""Marks of orders: gifts, hidden prices, flags; and what is printed for a parcel."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.core.enums.order_marks import OrderFlag
from app.schemas.base import Input, MinorUnits, Output, SafeStr, Said
from app.schemas.orders.kept import KeptAddressOut
from app.services import orders

MOST_LINES = 10
_JOINER = "\u200d"
"""Holds emoji together."""


def _printable(text: str) -> str:
    """Letters, signs and line ends; refuses what a printer, or a reader, would stumble over."""
    for each in text:
        if each not in {"\n", _JOINER} and unicodedata.category(each)[0] in "CZ" and each != " ":
            if each in {"\u3000", "\u00a0"}:
                continue
            raise ValueError("The text holds a character that cannot be printed")
    if not text.strip():
        raise ValueError("The text is blank")
    if text.count("\n") >= MOST_LINES:
        raise ValueError(f"The text has more than {MOST_LINES} lines")
    return text


GiftMessage = Annotated[
    Said,
    Field(min_length=1, max_length=300, description="Printed and put in; ten lines at most."),
    AfterValidator(_printable),
]


class MarksIn(Input):
    """What a shopper may say of an order."""

    is_gift: bool = False
    gift_message: GiftMessage | None = None
    hides_prices: bool = Field(
        default=False,
        description="What is packed names no price. Not with `cash_on_delivery`, which asks for it"
        " at the door.",
    )

    @model_validator(mode="after")
    def _is_a_gift(self) -> Self:
        if self.gift_message is not None and not self.is_gift:
            raise ValueError("a message goes with a gift")
        return self

    def marks(self) -> orders.Marks:
        return orders.Marks(
            is_gift=self.is_gift,
            gift_message=self.gift_message,
            hides_prices=self.hides_prices,
        )


class FlagIn(Input):
    """A colour, and why."""

    flag: OrderFlag
    note: Annotated[SafeStr, Field(min_length=1, max_length=200)] | None = None


class SlipLineOut(Output):
    """`quantity` pieces lie in the parcel, `ordered` were bought.

    `list_minor` is of one piece, `net_minor` what was paid for all that were bought; both are null
    where prices are hidden.
    """

    order_line_id: UUID
    sku_code: str
    name: str
    options: dict[str, Any]
    quantity: int
    ordered: int
    list_minor: MinorUnits | None
    net_minor: MinorUnits | None


class PackingSlipOut(Output):
    """What is printed and put into a parcel. Where `hides_prices` it names no price."""

    number: str
    order_number: str
    merchant_id: UUID
    merchant_name: str
    ordered_at: datetime
    address: KeptAddressOut | None
    is_gift: bool
    gift_message: str | None
    hides_prices: bool
    currency: str | None
    lines: list[SlipLineOut]
