"""Changes of orders that were placed."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.payments import GiftChoice
from app.schemas.base import Id, Input, MinorUnits, Output
from app.schemas.cart.checkout import DeliveryAddressIn, InvoiceIn, Note
from app.schemas.orders.refunds import RefundLineIn, WishPreviewOut, Words
from app.services.orders.changes import ChangeWish

_FIELDS = ("address", "note", "invoice")


class _ChangeIn(Input):
    address: DeliveryAddressIn | None = None
    note: Note | None = Field(default=None, description="Null removes it.")
    invoice: InvoiceIn | None = Field(default=None, description="Null removes it.")
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
        if "address" in self.model_fields_set and self.address is None:
            raise ValueError("an order goes somewhere")
        return self

    def _wish(self, **more: Any) -> ChangeWish:
        given = self.model_dump(include=self.model_fields_set & set(_FIELDS))
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


class AdminOrderChangeIn(_ChangeIn):
    """What is to be different; what is not named stays as it is."""

    reason: Words
    consent: Words = Field(
        description="How the shopper agreed to it, or was told.", examples=["by phone, 14:05"]
    )

    def wish(self) -> ChangeWish:
        return self._wish(reason=self.reason, consent=self.consent)


class ChangedPiecesOut(Output):
    line_id: UUID
    quantity: int


class ChangePreviewOut(Output):
    """What a change would make of the order now. `before` and `after` hold what differs.

    `refund` is what comes back for the pieces that are taken off.
    """

    order_version: int = Field(description="Send it as `If-Match`, quoted, to make the change.")
    before: dict[str, Any]
    after: dict[str, Any]
    pieces: list[ChangedPiecesOut]
    refund: WishPreviewOut | None


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
