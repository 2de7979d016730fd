"""Carts as shoppers fill and read them."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.schemas.base import Code, Currency, Id, Input, MinorUnits, Output, Quantity, SafeStr
from app.schemas.cart.checkout import Note
from app.schemas.coupons import CouponOut
from app.schemas.quotes import GiftOut, QuoteOut
from app.schemas.tokens import TokensOut
from app.services import cart

OptionName = Annotated[SafeStr, Field(min_length=1, max_length=64)]
OptionText = Annotated[SafeStr, Field(max_length=200)]


def _fits(options: dict[str, str]) -> dict[str, str]:
    cart.options_key(options)
    return options


Options = Annotated[
    dict[OptionName, OptionText],
    Field(
        max_length=10,
        description="Wishes that do not change the SKU, at most 400 characters in all.",
    ),
    AfterValidator(_fits),
]
CouponCode = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9-]+$")]


class OpenCartIn(Input):
    channel: Code | None = Field(default=None, description="The default channel without it.")
    is_group_buy: bool = Field(
        default=False,
        description="A cart of a group, beside the other one: at prices for groups.",
    )


class AddLineIn(Input):
    """A SKU by its id, or by its code and, where merchants share it, the merchant's code.

    With an `exchange_offer_id` it is to be had for points, by that offer; with a `bargain_id`
    for the price of that finished bargain. Either is for members only, and not both.
    """

    sku_id: Id | None = None
    sku_code: Code | None = None
    merchant: Code | None = None
    quantity: Quantity
    options: Options = {}
    note: Note | None = None
    exchange_offer_id: Id | None = None
    bargain_id: Id | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.sku_id is None) == (self.sku_code is None):
            raise ValueError("name the SKU by sku_id or by sku_code")
        if self.exchange_offer_id is not None and self.bargain_id is not None:
            raise ValueError("a line has the price of an offer or of a bargain")
        return self

    def to_command(self) -> cart.AddLine:
        return cart.AddLine(
            sku_id=self.sku_id,
            sku_code=self.sku_code,
            merchant=self.merchant,
            quantity=self.quantity,
            options=self.options,
            note=self.note,
            exchange_offer_id=self.exchange_offer_id,
            bargain_id=self.bargain_id,
        )


class ChangeLineIn(Input):
    """What is left out stays as it is; a null note removes it."""

    quantity: Quantity | None = None
    is_selected: bool | None = None
    note: Note | None = None

    def to_command(self) -> cart.ChangeLine:
        return cart.ChangeLine(
            quantity=self.quantity,
            is_selected=self.is_selected,
            note=self.note,
            sets_note="note" in self.model_fields_set,
        )


class CouponsIn(Input):
    codes: Annotated[list[CouponCode], Field(max_length=cart.MAX_COUPONS)]


class CouponsOut(Output):
    codes: list[str]


class TypedCouponOut(CouponsOut):
    """The codes in the cart, and the coupon that stands for what was typed."""

    coupon: CouponOut


class GiftChoicesIn(Input):
    """The present wanted of each promotion that offers several: SKU by promotion."""

    choices: Annotated[dict[Id, Id], Field(max_length=cart.MAX_GIFT_CHOICES)]


class OpenedCartOut(Output):
    """`tokens` are those of a new guest; null for whoever had a token already."""

    id: UUID
    tokens: TokensOut | None


class ChangedLineOut(Output):
    cart_id: UUID
    cart_version: int
    id: UUID
    sku_id: UUID
    quantity: int
    is_selected: bool
    note: str | None


class LineExchangeOut(Output):
    """What one piece costs that is to be had for points."""

    points: int
    cash_minor: MinorUnits


class CartLineOut(Output):
    """`state` says what keeps the line from being ordered; `available` only when stock is low.

    `exchange` is what a line costs that asks for the offer of points `exchange_offer_id`.
    One with a `bargain_id` costs what that bargain does.
    """

    id: UUID
    sku_id: UUID
    sku_code: str
    spu_id: UUID
    slug: str
    name: str
    sku_name: str | None
    sku_options: dict[str, Any]
    merchant_id: UUID
    image_url: str | None
    quantity: int
    is_selected: bool
    note: str | None
    options: dict[str, str]
    exchange_offer_id: UUID | None
    exchange: LineExchangeOut | None
    bargain_id: UUID | None
    state: Literal[
        "available",
        "not_enough",
        "out_of_stock",
        "not_for_sale",
        "exchange_unavailable",
        "bargain_unavailable",
    ]
    available: int | None


class GapOut(Output):
    """Add `missing_minor`, or `missing_quantity` pieces, more to save `gain_minor`.

    `gift_minor` is the list value of the goods that would be given.
    """

    missing_minor: MinorUnits | None
    missing_quantity: int | None
    gain_minor: MinorUnits
    gift_minor: MinorUnits


class GroupOut(Output):
    """The lines of a promotion, and the way to its next tier if there is one.

    Lines it takes something off; while it does not, or gives goods, those that count towards it.
    """

    promotion_id: str
    name: str
    stage: str | None
    amount_minor: MinorUnits
    line_ids: list[UUID]
    next_tier: GapOut | None


class CartGiftOut(GiftOut):
    """A gift by its name, as the cart page shows it."""

    sku_code: str
    name: str


class CartHeadOut(Output):
    """A cart without its lines."""

    id: UUID
    version: int
    channel_id: UUID
    currency: Currency
    is_group_buy: bool
    coupon_codes: list[str]
    gift_choices: dict[UUID, UUID]
    groups: list[GroupOut]
    gifts: list[CartGiftOut]
    unknown_codes: list[str]
    quote: QuoteOut | None
    exchange_points: int


class CartOut(CartHeadOut):
    """A cart; `quote` covers the selected lines that can be bought, null when there is none.

    `exchange_points` of its payable can be paid in points alone.
    """

    lines: list[CartLineOut]
