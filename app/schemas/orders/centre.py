"""Shapes of the order centre: filters, views, counts."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.core.enums.order_lists import OrderSort, OrderTab
from app.core.enums.order_marks import OrderFlag
from app.core.enums.orders import (
    FulfilmentStatus,
    OrderKind,
    OrderSource,
    OrderState,
    PaymentStatus,
    ReturnStatus,
)
from app.core.enums.payments import TenderKind
from app.schemas.base import Code, Currency, Input, MinorUnits, Name, Output, SafeStr, Version
from app.services import orders

Phone = Annotated[
    str, Field(pattern=r"^\+[1-9][0-9]{5,14}$", description="E.164.", examples=["+8613800138000"])
]


class OrderFilterIn(Input):
    """What a view filters by; what is left out does not filter. Spans do not hold their end."""

    number: Annotated[SafeStr, Field(min_length=1, max_length=32)] | None = None
    tab: OrderTab | None = None
    member_id: UUID | None = None
    channel_id: UUID | None = None
    state: OrderState | None = None
    payment_status: PaymentStatus | None = None
    fulfilment_status: FulfilmentStatus | None = None
    return_status: ReturnStatus | None = None
    kind: OrderKind | None = None
    source: OrderSource | None = None
    reference: Annotated[SafeStr, Field(min_length=1, max_length=128)] | None = None
    merchant_id: UUID | None = None
    warehouse_id: UUID | None = None
    payment_method: TenderKind | None = None
    payment_channel: Code | None = None
    currency: Currency | None = None
    payable_min: MinorUnits | None = None
    payable_max: MinorUnits | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    paid_from: datetime | None = None
    paid_to: datetime | None = None
    shipped_from: datetime | None = None
    shipped_to: datetime | None = None
    receiver: Name | None = None
    phone: Phone | None = None
    sku_code: Code | None = None
    is_held: bool | None = None
    has_note: bool | None = None
    label: Code | None = None
    is_gift: bool | None = None
    flag: OrderFlag | None = None

    def wanted(self) -> orders.OrderFilter:
        return orders.OrderFilter(**dict(self))


class OrderViewIn(Input):
    """A filter to keep. Shared ones are everybody's to use; the default is what a list opens on."""

    name: Name
    is_shared: bool = False
    is_default: bool = False
    sort: OrderSort = OrderSort.NEWEST
    filter: OrderFilterIn

    def terms(self) -> orders.centre.ViewTerms:
        return orders.centre.ViewTerms(
            name=self.name,
            is_shared=self.is_shared,
            is_default=self.is_default,
            sort=self.sort,
            wanted=self.filter.wanted(),
        )


class OrderViewOut(Output):
    id: UUID
    staff_id: UUID = Field(description="Who keeps it, and alone may change it.")
    name: str
    is_shared: bool
    is_default: bool
    sort: OrderSort
    filter: dict[str, Any] = Field(
        description="What filters, by the names of the list's parameters.",
        validation_alias="wanted",
    )
    version: Version
    created_at: datetime
    updated_at: datetime


class TabCountOut(Output):
    """How many orders wait for it, counted to 1 000 beyond those that are over."""

    count: int
    is_exact: bool = Field(description="False: there are more, show `1000+`.")


class TabCountsOut(Output):
    """By what orders wait for. `after_sales` counts beside the others."""

    to_pay: TabCountOut
    to_ship: TabCountOut
    to_receive: TabCountOut
    completed: TabCountOut
    after_sales: TabCountOut
    cancelled: TabCountOut

    @classmethod
    def of(cls, counts: dict[OrderTab, orders.centre.TabCount]) -> "TabCountsOut":
        return cls.model_validate({tab.value: asdict(count) for tab, count in counts.items()})
