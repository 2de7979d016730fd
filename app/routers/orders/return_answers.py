"""What the routers of shoppers, staff and merchants share about returns."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from app.core.enums.after_sales import ReturnKind, ReturnState
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.etags import PreconditionRequired, put_etag
from app.schemas.orders.after_sales import MerchantReturnOut, StaffReturnOut
from app.services import inventory, orders, payments

ASKING = (
    NotFound,
    InvalidReference,
    orders.after_sales.NotReturnable,
    orders.after_sales.SeveralMerchants,
    orders.CannotReprice,
    payments.RefundRefused,
    payments.RefundExceeds,
    payments.DisputeOpen,
)
"""Why nothing can be asked back."""

CHANGING = (
    NotFound,
    StaleVersion,
    PreconditionRequired,
    orders.after_sales.IllegalReturnTransition,
    orders.after_sales.ReturnClaimed,
)
"""Why a return stays as it is."""

DECIDING = (*CHANGING, orders.after_sales.PlatformDecides)
PROMISING = (
    orders.after_sales.ReplacementOutOfStock,
    inventory.StockMoved,
)
CHARGING = (orders.IllegalTransition, orders.shipping.OrderNotPaid)
"""Why an order is not asked for more."""
APPROVING = (
    *DECIDING,
    InvalidReference,
    orders.after_sales.ReplacementLeft,
    *PROMISING,
    *CHARGING,
)
GIVING_POSTAGE = (
    NotFound,
    StaleVersion,
    PreconditionRequired,
    orders.after_sales.ReturnClaimed,
    orders.after_sales.PostageNotDue,
    payments.RefundRefused,
    payments.DisputeOpen,
    payments.RefundNumberUsed,
)
ASKING_FEE = (*CHANGING, *CHARGING, orders.charges.ChargePending)
MENDING = (*CHANGING, orders.after_sales.RepairUnpaid)
ASKING_MORE = (
    *CHANGING,
    *CHARGING,
    orders.after_sales.NothingToPay,
    orders.charges.ChargePending,
)
REPLACING = (
    *CHANGING,
    *PROMISING,
    orders.after_sales.ExchangeUnpaid,
    orders.after_sales.ReplacementLeft,
    payments.RefundRefused,
    payments.RefundExceeds,
    payments.DisputeOpen,
    payments.RefundNumberUsed,
)
CALLING_OFF = (*CHANGING, orders.after_sales.ReplacementLeft)
INSPECTING = (
    *CHANGING,
    orders.after_sales.InspectionExceeds,
    orders.after_sales.KitPiecesDiffer,
)
REFUNDING = (
    *CHANGING,
    InvalidReference,
    orders.after_sales.ReplacementLeft,
    orders.CannotReprice,
    orders.GiftNotReturned,
    payments.RefundRefused,
    payments.RefundExceeds,
    payments.DisputeOpen,
    payments.RefundNumberUsed,
)


async def wanted_returns(
    state: ReturnState | None = None,
    kind: ReturnKind | None = None,
    order_id: UUID | None = None,
    number: Annotated[str | None, Query(max_length=32)] = None,
    is_open: Annotated[bool | None, Query(description="Only those that are not over.")] = None,
) -> orders.after_sales.ReturnFilter:
    return orders.after_sales.ReturnFilter(
        state=state, kind=kind, order_id=order_id, number=number, is_open=is_open
    )


ReturnFilterDep = Annotated[orders.after_sales.ReturnFilter, Depends(wanted_returns)]


def merchant_return(response: Response, row: Any) -> MerchantReturnOut:
    """A return as its merchant sees it, with its ETag."""
    found = MerchantReturnOut.model_validate(row)
    put_etag(response, found.version)
    return found


def staff_return(response: Response, row: Any) -> StaffReturnOut:
    """A return as staff see it, with its ETag."""
    found = StaffReturnOut.model_validate(row)
    put_etag(response, found.version)
    return found
