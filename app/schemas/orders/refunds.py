"""Refunds of orders: asked for, looked at before."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.payments import GiftChoice, RefundKind, RefundReason, TenderKind, Valuation
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Id, Input, MinorUnits, Output, Quantity, Said
from app.schemas.payments.refund_policies import RefundRulesOut
from app.schemas.payments.refunds import AdminRefundOut, RefundOut
from app.services.orders import RefundWish

Words = Annotated[Said, Field(min_length=1, max_length=200)]
StaffReason = Literal[
    RefundReason.CANCELLED,
    RefundReason.CHANGED_MIND,
    RefundReason.NOT_DELIVERED,
    RefundReason.LATE,
    RefundReason.DEFECTIVE,
    RefundReason.WRONG_ITEM,
    RefundReason.OUT_OF_STOCK,
    RefundReason.PRICE_PROTECTION,
    RefundReason.GOODWILL,
    RefundReason.OTHER,
]
ShopperReason = Literal[
    RefundReason.CANCELLED, RefundReason.CHANGED_MIND, RefundReason.LATE, RefundReason.OTHER
]


class RefundLineIn(Input):
    line_id: Id
    quantity: Quantity


class MerchantRefundIn(Input):
    """Units of your own lines to give back."""

    reason_code: StaffReason
    reason: Words
    lines: Annotated[list[RefundLineIn], Field(min_length=1, max_length=100)]

    def wish(self) -> RefundWish:
        return RefundWish(
            kind=RefundKind.UNITS,
            reason_code=self.reason_code,
            reason=self.reason,
            lines=tuple((each.line_id, each.quantity) for each in self.lines),
        )


class RefundWishIn(Input):
    """What to give back.

    `units` needs `lines`; `amount` needs `amount_minor` and lowers the price of `line_ids`, or of
    all goods; `shipping` returns the fee, or `shipping_minor` of it. With units the fee follows a
    rule unless `shipping_minor` says how much of it comes back.
    """

    kind: Literal[RefundKind.EVERYTHING, RefundKind.UNITS, RefundKind.AMOUNT, RefundKind.SHIPPING]
    reason_code: StaffReason
    reason: Words
    lines: Annotated[list[RefundLineIn], Field(max_length=100)] = []
    line_ids: Annotated[list[Id], Field(max_length=100)] = []
    amount_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)] | None = None
    shipping_minor: Annotated[int, Field(ge=0, le=MAX_MINOR)] | None = None
    gift_choice: GiftChoice | None = Field(
        default=None,
        description="Gifts no longer earned come along, or what they list for is deducted.",
    )
    valuation: Valuation | None = Field(
        default=None,
        description="Whether units bring what they cost, or what is kept is priced anew; without it"
        " as the rules of the order say.",
    )

    @model_validator(mode="after")
    def _whole(self) -> "RefundWishIn":
        kind = self.kind
        if bool(self.lines) != (kind is RefundKind.UNITS):
            raise ValueError("lines go with units, and units need lines")
        if (self.amount_minor is not None) != (kind is RefundKind.AMOUNT):
            raise ValueError("amount_minor goes with an amount, and an amount needs it")
        if self.line_ids and kind is not RefundKind.AMOUNT:
            raise ValueError("line_ids go with an amount")
        if self.shipping_minor is not None:
            least = {RefundKind.UNITS: 0, RefundKind.SHIPPING: 1}.get(kind)
            if least is None or self.shipping_minor < least:
                raise ValueError("shipping_minor goes with units, or above zero with shipping")
        return self

    def wish(self) -> RefundWish:
        lines = [(each.line_id, each.quantity) for each in self.lines]
        lines += [(line_id, 0) for line_id in self.line_ids]
        return RefundWish(
            kind=self.kind,
            reason_code=self.reason_code,
            reason=self.reason,
            lines=tuple(lines),
            amount_minor=self.amount_minor,
            shipping_minor=self.shipping_minor,
            gift_choice=self.gift_choice,
            valuation=self.valuation,
        )


class NewRefundIn(RefundWishIn):
    number: Annotated[Code, Field(max_length=32)] | None = Field(
        default=None, description="Your name for it: the same one never refunds twice."
    )


class AskRefundIn(Input):
    """Of an order of which nothing has left; all of it comes back."""

    reason_code: ShopperReason = RefundReason.CHANGED_MIND
    reason: Words | None = None


class UnitsLeftOut(Output):
    """Like units; amounts are those of one. `by_tender` follows the order of `tenders`."""

    first_index: int
    quantity: int
    paid_minor: MinorUnits
    left_minor: MinorUnits
    is_returned: bool
    by_tender: list[int] | None = Field(
        description="What each tender has left in one unit; null where the policy does not say."
    )


class LineLeftOut(Output):
    line_id: UUID
    sku_code: str
    name: str
    is_gift: bool
    quantity: int
    returned: int
    left_minor: MinorUnits
    units: list[UnitsLeftOut]


class TenderLeftOut(Output):
    tender_id: UUID
    kind: TenderKind
    channel: str | None
    amount_minor: MinorUnits
    left_minor: MinorUnits
    points: int | None
    points_back: int | None


class CouponAheadOut(Output):
    """`returns`: never, on_cancel, on_full_refund; `expiry`: same or grace."""

    promotion_id: UUID
    name: str
    code: str | None
    returns: str
    expiry: str


class PartPreviewOut(Output):
    tender_id: UUID
    kind: TenderKind
    channel: str | None
    amount_minor: MinorUnits
    points_withheld_minor: MinorUnits = Field(
        description="Of the amount; kept for points that are spent."
    )
    points: int | None


class TenderShareOut(Output):
    tender_id: UUID
    amount_minor: MinorUnits


class UnitPreviewOut(Output):
    """What one of `quantity` like units brings, and from which means of payment.

    Units of a line are counted from `first_index`; without a line it is the shipping fee.
    """

    line_id: UUID | None
    first_index: int
    quantity: int
    amount_minor: MinorUnits
    tenders: list[TenderShareOut]


class RefundPreviewOut(Output):
    """What goes back by means of payment (`parts`), and by unit (`units`): both sum to the amount.

    `points_clawed` were earned by what goes back; some of them may be spent already.

    Of those `points_withheld` are paid for by the refund, which is `points_withheld_minor` less
    than its amount then, and `points_owed` are paid by later points: as the rules say.
    """

    currency: str
    amount_minor: MinorUnits
    shipping_minor: MinorUnits
    parts: list[PartPreviewOut]
    units: list[UnitPreviewOut]
    points_clawed: int
    points_owed: int
    points_withheld: int
    points_withheld_minor: MinorUnits
    is_everything: bool


class GiftDueOut(Output):
    line_id: UUID
    quantity: int
    value_minor: MinorUnits


class WishPreviewOut(Output):
    """What the refund would bring now.

    `gifts` are no longer earned: by `gift_choice` they come along, or `withheld_minor` is kept for
    them. `waits` for a second person; `cancels` the order. Units are valued by `valuation`, as
    asked for or by the `rules` of the order.
    """

    refund: RefundPreviewOut
    rules: RefundRulesOut
    valuation: Valuation
    shop_pays: bool = Field(description="For this reason the fee of what has left comes back too.")
    gifts: list[GiftDueOut]
    withheld_minor: MinorUnits
    waits: bool
    cancels: bool
    charges_minor: MinorUnits = Field(
        description="With everything: what was paid for charges of the order comes back too."
    )


class MerchantRefundableOut(Output):
    """What of your own lines can come back."""

    order_id: UUID
    currency: str
    refused: str | None
    lines: list[LineLeftOut]


class ChargeLeftOut(Output):
    """What was paid for a charge of the order, and what of it can come back."""

    charge_id: UUID
    paid_minor: MinorUnits
    left_minor: MinorUnits
    refused: str | None
    tenders: list[TenderLeftOut]
    everything: RefundPreviewOut | None


class RefundableOut(Output):
    """What can come back, and what would follow.

    `refused` names the problem any refund would get now. `everything` is what a refund of all that
    is left would bring.
    """

    order_id: UUID
    currency: str
    rules: RefundRulesOut
    paid_minor: MinorUnits
    left_minor: MinorUnits
    shipping_minor: MinorUnits
    shipping_left_minor: MinorUnits
    refused: str | None
    is_open_to_shopper: bool = Field(description="The shopper may ask for all of it himself.")
    lines: list[LineLeftOut]
    tenders: list[TenderLeftOut]
    charges: list[ChargeLeftOut] = Field(description="Paid besides what the order cost.")
    coupons: list[CouponAheadOut]
    everything: RefundPreviewOut | None


class ShopperRefundableOut(RefundableOut):
    waiting: list[RefundOut] = Field(description="Not decided yet, and kept from other refunds.")
    refunds: list[RefundOut]


class AdminRefundableOut(RefundableOut):
    alone_minor: int | None = Field(description="The most one person refunds alone.")
    waiting: list[AdminRefundOut] = Field(
        description="Not decided yet, and kept from other refunds."
    )
    refunds: list[AdminRefundOut]
