"""What shoppers and staff ask of orders."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from app.core.enums.payments import Scene
from app.schemas.base import Code, Id, Input, Said
from app.schemas.cart.checkout import (
    CheckoutIn,
    Instalments,
    Note,
    PayerId,
    QuoteHash,
    Tenders,
)
from app.schemas.orders.marks import MarksIn

Reason = Annotated[Said, Field(min_length=1, max_length=200)]


class PlaceOrderIn(CheckoutIn, MarksIn):
    """An order for what is selected in a cart, at the price the shopper saw."""

    cart_id: Id
    quote_hash: QuoteHash
    note: Note | None = None
    tenders: Tenders
    flash_session_id: Id | None = Field(
        default=None,
        description="The flash session the goods are wanted from. What it no longer has is refused"
        " at once, with its own reasons. Without it the order takes its turn like any other, and in"
        " a crowd may find no database connection free in time: 503 `overloaded`, `Retry-After`;"
        " nothing was ordered, and the same request with the same key may be sent again.",
    )

    @model_validator(mode="after")
    def _asks_no_price_at_the_door(self) -> Self:
        if self.hides_prices and any(each.kind == "cash_on_delivery" for each in self.tenders):
            raise ValueError("what is paid at the door cannot hide its price")
        return self


class NewPaymentIn(Input):
    """Another try; without `channel` the one that was chosen first.

    Without `scene` it is paid as was asked last; `payer_id` and `instalments` belong to a scene.
    """

    channel: Code | None = None
    scene: Scene | None = None
    payer_id: PayerId | None = None
    instalments: Instalments | None = None

    @model_validator(mode="after")
    def _names_a_scene(self) -> Self:
        if self.scene is None and (self.payer_id or self.instalments):
            raise ValueError("payer_id and instalments go with a scene")
        return self


class CancelIn(Input):
    reason: Reason | None = None


class AdminCancelIn(Input):
    reason: Reason
