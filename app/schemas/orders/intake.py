"""Orders that marketplaces sold, as another system sends them in."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from app.core.enums.intake import IntakeOutcome, IntakeState
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.schemas.base import Code, Input, MinorUnits, Name, Output, Quantity, SafeStr, Version
from app.schemas.members import Country, Short, Street
from app.services import orders

ExternalNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
Note = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Reason = Annotated[SafeStr, Field(min_length=1, max_length=200)]


class IntakeAddressIn(Input):
    """Divisions by their names; short forms will do. A phone number may have an extension."""

    recipient: Annotated[SafeStr, Field(min_length=1, max_length=180)]
    phone: Annotated[SafeStr, Field(min_length=1, max_length=40)]
    country: Country = "CN"
    province: Name
    city: Name
    district: Name | None = None
    street: Street
    postal_code: Short | None = None


class IntakeLineIn(Input):
    sku: Code = Field(description="The code of goods here.")
    merchant: Code | None = Field(
        default=None, description="Whose they are, where several merchants have the code."
    )
    quantity: Quantity
    net_minor: MinorUnits = Field(
        description="What we are owed for all pieces: discounts of the seller taken off, those "
        "that the marketplace bears included."
    )
    marketplace_discount_minor: MinorUnits = Field(
        default=0, description="What of `net_minor` the marketplace pays in place of the buyer."
    )
    note: Note | None = None


class IntakeOrderIn(Input):
    external_number: ExternalNumber
    is_paid: bool = Field(
        default=True, description="Whether the buyer has paid there. Send it again when it is so."
    )
    placed_at: datetime | None = Field(default=None, description="When it was placed there.")
    buyer: Annotated[SafeStr, Field(min_length=1, max_length=90)] | None = Field(
        default=None, description="How the marketplace knows its buyer."
    )
    address: IntakeAddressIn
    lines: Annotated[list[IntakeLineIn], Field(min_length=1, max_length=100)]
    shipping_minor: MinorUnits = 0
    total_minor: MinorUnits = Field(description="What we are owed in all: lines and freight.")
    note: Annotated[SafeStr, Field(min_length=1, max_length=500)] | None = None


class IntakeIn(Input):
    channel: Code = Field(description="The code of a channel of kind `marketplace`.")
    orders: Annotated[list[IntakeOrderIn], Field(min_length=1, max_length=100)]

    def contents(self) -> list[dict[str, Any]]:
        return [each.model_dump(mode="json") for each in self.orders]


class IntakeCancelIn(Input):
    reason: Reason


class OurGoodsIn(Input):
    sku: Code = Field(description="The code of goods here.")
    merchant: Code | None = Field(default=None, description="Whose, where several have the code.")


class IntakeMendIn(Input):
    """What is put right; amounts are the marketplace's and stay."""

    goods: Annotated[dict[Code, OurGoodsIn], Field(max_length=100)] = Field(
        default={}, description="Goods here, by the codes that were sent."
    )
    remember: bool = Field(
        default=False, description="The codes mean these goods in all orders of the channel."
    )
    address: IntakeAddressIn | None = Field(
        default=None, description="In the place of the address that was sent."
    )
    reason: Reason

    def mend(self) -> orders.intake.Mend:
        return orders.intake.Mend(
            goods={
                code: orders.intake.OurGoods(sku=each.sku, merchant=each.merchant)
                for code, each in self.goods.items()
            },
            remember=self.remember,
            address=None if self.address is None else self.address.model_dump(mode="json"),
            reason=self.reason,
        )


class IntakeProblemOut(Output):
    """As the problem documents of this API: `type` never changes."""

    type: str
    title: str
    title_zh: str
    detail: str
    context: dict[str, JsonValue]


class IntakeResultOut(Output):
    external_number: str
    outcome: IntakeOutcome
    intake_id: UUID | None
    order_id: UUID | None
    order_number: str | None
    problem: IntakeProblemOut | None

    @classmethod
    def of(cls, number: str, taken: orders.intake.Taken) -> Self:
        row, refused = taken.intake, taken.refused
        problem = None if row is None else row["problem"]
        if refused is not None:
            problem = orders.intake.problem_of(refused)
        return cls(
            external_number=number,
            outcome=taken.outcome,
            intake_id=None if row is None else row["id"],
            order_id=None if row is None else row["order_id"],
            order_number=None if row is None else row["order_number"],
            problem=None if problem is None else IntakeProblemOut.model_validate(problem),
        )


class IntakeResultsOut(Output):
    """One for each order, as they were sent."""

    results: list[IntakeResultOut]


class IntakeOut(Output):
    """`content` is what was sent, `mended` what staff put right beside it.

    The order says how it stands from when there is one.
    """

    id: UUID
    created_at: datetime
    updated_at: datetime
    channel: str
    external_number: str
    state: IntakeState
    is_paid: bool
    tries: int
    received_by: str
    problem: IntakeProblemOut | None
    order_id: UUID | None
    order_number: str | None
    order_state: OrderState | None
    payment_status: PaymentStatus | None
    fulfilment_status: FulfilmentStatus | None
    content: dict[str, JsonValue]
    mended: dict[str, JsonValue] | None
    version: Version
