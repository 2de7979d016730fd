"""What lists of orders can be asked for, as parameters of a query."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime

from app.core.enums.order_lists import OrderTab
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
from app.core.money import MAX_MINOR
from app.routers.deps import Position
from app.routers.pages import unknown_cursor
from app.schemas.base import WholeNumber
from app.services import orders

Number = Annotated[str | None, Query(min_length=1, max_length=32)]
Amount = Annotated[
    WholeNumber | None, Query(ge=0, le=MAX_MINOR, description="Minor units of `currency`.")
]
CurrencyParam = Annotated[str | None, Query(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
CodeParam = Annotated[str | None, Query(min_length=1, max_length=64)]
ReferenceParam = Annotated[
    str | None,
    Query(min_length=1, max_length=128, description="What it is called where it comes from."),
]
NameParam = Annotated[str | None, Query(min_length=1, max_length=200)]
PhoneParam = Annotated[
    str | None,
    Query(pattern=r"^\+[1-9][0-9]{5,14}$", description="E.164; `+` is `%2B` in a query."),
]


async def wanted_orders(  # noqa: PLR0917 - query parameters are named by clients
    number: Number = None,
    tab: OrderTab | None = None,
    member_id: UUID | None = None,
    channel_id: UUID | None = None,
    state: OrderState | None = None,
    payment_status: PaymentStatus | None = None,
    fulfilment_status: FulfilmentStatus | None = None,
    return_status: ReturnStatus | None = None,
    kind: OrderKind | None = None,
    source: OrderSource | None = None,
    reference: ReferenceParam = None,
    merchant_id: UUID | None = None,
    warehouse_id: UUID | None = None,
    payment_method: TenderKind | None = None,
    payment_channel: CodeParam = None,
    currency: CurrencyParam = None,
    payable_min: Amount = None,
    payable_max: Amount = None,
    placed_from: AwareDatetime | None = None,
    placed_to: AwareDatetime | None = None,
    paid_from: AwareDatetime | None = None,
    paid_to: AwareDatetime | None = None,
    shipped_from: AwareDatetime | None = None,
    shipped_to: AwareDatetime | None = None,
    receiver: NameParam = None,
    phone: PhoneParam = None,
    sku_code: CodeParam = None,
    is_held: bool | None = None,
    has_note: bool | None = None,
    label: CodeParam = None,
    is_gift: bool | None = None,
    flag: OrderFlag | None = None,
) -> orders.OrderFilter:
    return orders.OrderFilter(**locals())


async def wanted_parts(  # noqa: PLR0917 - query parameters are named by clients
    number: Number = None,
    tab: OrderTab | None = None,
    placed_from: AwareDatetime | None = None,
    placed_to: AwareDatetime | None = None,
    paid_from: AwareDatetime | None = None,
    paid_to: AwareDatetime | None = None,
    sku_code: CodeParam = None,
    phone: PhoneParam = None,
    is_held: bool | None = None,
    has_note: bool | None = None,
    is_gift: bool | None = None,
    flag: OrderFlag | None = None,
) -> orders.OrderFilter:
    return orders.OrderFilter(**locals())


FilterDep = Annotated[orders.OrderFilter, Depends(wanted_orders)]
PartFilterDep = Annotated[orders.OrderFilter, Depends(wanted_parts)]


def place_of(position: Position | None) -> tuple[int, UUID] | None:
    """The place of an order in a list, as a cursor says it."""
    if position is None:
        return None
    if not isinstance(position.key, int):
        raise unknown_cursor()
    return position.key, position.id
