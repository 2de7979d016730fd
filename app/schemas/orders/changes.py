"""Changes of orders that were placed."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.orders import ChangeRules, ChargeKind
from app.core.enums.payments import GiftChoice
from app.schemas.base import Id, Input, MinorUnits, Output, Quantity
from app.schemas.cart.checkout import DeliveryAddressIn, DeliveryIn, InvoiceIn, Note
from app.schemas.orders.marks import GiftMessage
from app.schemas.orders.refunds import RefundLineIn, WishPreviewOut, Words
from app.services.orders.changes import AddedGoods, ChangeWish, NewPrice

_FIELDS = ("address", "note", "invoice", "is_gift", "gift_message", "hides_prices")
_NEVER_NULL = ("address", "delivery", "is_gift", "hides_prices")


class _ChangeIn(Input):
    address: DeliveryAddressIn | None = None
    delivery: DeliveryIn | None = Field(
        default=None, description="Another way to send it, point to fetch it from, or time."
    )
    note: Note | None = Field(default=None, description="Null removes it.")
    invoice: InvoiceIn | None = Field(default=None, description="Null removes it.")
    is_gift: bool | None = Field(default=None, description="False takes the message off as well.")
    gift_message: GiftMessage | None = Field(
        default=None, description="It makes the order a gift. Null removes it."
    )
    hides_prices: bool | None = None
    cancel: Annotated[list[RefundLineIn], Field(max_length=100)] = Field(
        default=[], description="Pieces that are not wanted any more."
    )
    gift_choice: GiftChoice | None = Field(
        default=None,
        description="Gifts no longer earned come along, or what they list for is deducted.",
    )

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        lines = [each.line_id for each in self.cancel]
        if len(set(lines)) < len(lines):
            raise ValueError("name each line once")
        if any(getattr(self, name) is None for name in self.model_fields_set & set(_NEVER_NULL)):
            raise ValueError("an order goes somewhere, somehow, as a gift or not")
        if self.gift_message is not None and self.is_gift is False:
            raise ValueError("a message goes with a gift")
        return self

    def _wish(self, **more: Any) -> ChangeWish:
        given = self.model_dump(include=self.model_fields_set & set(_FIELDS))
        if self.delivery is not None:
            given["delivery"] = self.delivery.wish()
        return ChangeWish(
            fields=given,
            pieces=tuple((each.line_id, each.quantity) for each in self.cancel),
            gift_choice=self.gift_choice,
            **more,
        )


class OrderChangeIn(_ChangeIn):
    """What is to be different; what is not named stays as it is."""

    address_id: Id | None = Field(default=None, description="One of yours, instead of `address`.")
    reason: Words | None = None

    @model_validator(mode="after")
    def _goes_to_one(self) -> Self:
        if self.address_id is not None and self.address is not None:
            raise ValueError("send address_id or address")
        return self

    def wish(self) -> ChangeWish:
        return self._wish(address_id=self.address_id, reason=self.reason)


class AddedGoodsIn(Input):
    """Pieces to add. A price of yours needs leave to give money back, and stays above the floor."""

    sku_id: Id
    quantity: Quantity
    unit_price_minor: MinorUnits | None = None


class NewPriceIn(Input):
    """What each piece of a line that was not given back shall have cost, tax included."""

    line_id: Id
    unit_price_minor: MinorUnits


class AdminOrderChangeIn(_ChangeIn):
    """What is to be different; what is not named stays as it is."""

    add: Annotated[list[AddedGoodsIn], Field(max_length=100)] = []
    price: NewPriceIn | None = None
    freight_minor: MinorUnits | None = Field(
        default=None,
        description="What sending it costs in all, tax included; with `add`, sending that.",
    )
    rules: ChangeRules = Field(
        default=ChangeRules.CURRENT,
        description="Goods that are added cost what they did in the order, or what they do now; "
        "freight to elsewhere stays, or is asked for anew.",
    )
    reason: Words
    consent: Words = Field(
        description="How the shopper agreed to it, or was told.", examples=["by phone, 14:05"]
    )

    def wish(self) -> ChangeWish:
        added = (AddedGoods(**each.model_dump()) for each in self.add)
        return self._wish(
            added=tuple(added),
            price=NewPrice(**self.price.model_dump()) if self.price else None,
            freight_minor=self.freight_minor,
            rules=self.rules,
            reason=self.reason,
            consent=self.consent,
        )


class ChangedPiecesOut(Output):
    line_id: UUID
    quantity: int


class DifferenceOut(Output):
    """Something that costs `after_minor` instead of `before_minor`, tax included.

    `what` is `freight`, the `price` of what is left of a line, or `goods` that are added.
    """

    what: str
    before_minor: MinorUnits
    after_minor: MinorUnits
    line_id: UUID | None
    sku_code: str | None
    quantity: int | None


class AddedOut(Output):
    """Pieces that are added; `why` they cost that, and who or what says so (`source`)."""

    sku_id: UUID
    sku_code: str
    name: str
    quantity: int
    unit_price_minor: MinorUnits
    amount_minor: MinorUnits
    why: str
    source: str


class ChangeChargeOut(Output):
    """What the shopper is to be asked for: propose the change instead of making it."""

    kind: ChargeKind
    amount_minor: MinorUnits
    goods: list[AddedOut]


class ChangePreviewOut(Output):
    """What a change would make of the order now. `before` and `after` hold what differs.

    `refund` is what comes back, `charge` what it costs more; `differences` say why.
    """

    order_version: int = Field(description="Send it as `If-Match`, quoted, to make the change.")
    before: dict[str, Any]
    after: dict[str, Any]
    pieces: list[ChangedPiecesOut]
    differences: list[DifferenceOut]
    refund: WishPreviewOut | None
    charge: ChangeChargeOut | None


class OrderChangeOut(Output):
    """A change that was made. `before` and `after` hold the fields that differ.

    `pieces` are not sent any more, gifts that came along among them.
    """

    id: UUID
    order_id: UUID
    created_at: datetime
    is_by_staff: bool
    reason: str | None
    consent: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    pieces: list[ChangedPiecesOut]
    refund_number: str | None
    refund_minor: MinorUnits
    charge_id: UUID | None = Field(description="What was paid for it, if it cost more.")
    charged_minor: MinorUnits
    order_version: int = Field(description="The version of the order that it made.")


class AdminOrderChangeOut(OrderChangeOut):
    actor: str
