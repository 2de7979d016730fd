"""What of an order may still be changed, and by whom. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.errors import InvalidReference
from app.services.orders.changes.errors import AddressNotServed
from app.services.orders.engine import AlreadyShipped, BeingPicked, IllegalTransition
from app.services.orders.engine.cancellation import HERE
from app.services.orders.shipping.errors import OrderNotPaid, PiecesNotOpen

PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED})
UNPAID = frozenset({PaymentStatus.AWAITING})
REGION = ("country", "province", "city", "district")


class Subject(StrEnum):
    """What a change is about: where and how it goes, its invoice, or what is in it.

    `pieces` are taken off, `goods` are added or cost something else.
    """

    DELIVERY = "delivery"
    INVOICE = "invoice"
    PIECES = "pieces"
    GOODS = "goods"


def require_changeable(
    subject: Subject,
    state: OrderState,
    payment: PaymentStatus,
    fulfilment: FulfilmentStatus,
    *,
    is_staff: bool,
) -> None:
    """Raise unless an order in these states may be changed like that.

    `IllegalTransition` for one that does not stand; `BeingPicked` while a warehouse works on it,
    unless it is staff who change it; `AlreadyShipped` once it has left, but for its invoice, and
    for what staff take off the rest of it once it is paid; `OrderNotPaid` for other goods or prices
    before it is paid, and for pieces of one that never will be or went back.
    """
    if state is not OrderState.OPEN:
        raise IllegalTransition("Only an open order changes", current=state)
    if subject is Subject.INVOICE:
        return
    if fulfilment is FulfilmentStatus.PICKING:
        if not is_staff:
            raise BeingPicked("Ask the shop to change it", fulfilment_status=fulfilment)
    elif fulfilment not in _allowed(subject, payment, is_staff=is_staff):
        raise AlreadyShipped("Ask for a return instead", fulfilment_status=fulfilment)
    if payment not in _PAYMENTS.get(subject, PaymentStatus):
        raise OrderNotPaid("Cancel it, and order what is wanted", payment_status=payment)


_PAYMENTS = {Subject.PIECES: PAID | UNPAID, Subject.GOODS: PAID}
"""How far the payment of an order may be, where that matters."""


def require_open(open_: Mapping[UUID, int], pieces: Iterable[tuple[UUID, int]]) -> None:
    """Raise unless so many pieces of each line are in no parcel yet.

    `InvalidReference` for lines of another order, `PiecesNotOpen` with what is missing by line.
    """
    wanted: Counter[UUID] = Counter()
    for line_id, quantity in pieces:
        wanted[line_id] += quantity
    if wanted.keys() - open_.keys():
        raise InvalidReference("A line is not of this order", field="cancel")
    missing = {str(line): n - open_[line] for line, n in wanted.items() if n > open_[line]}
    if missing:
        raise PiecesNotOpen("Unpack them first, or return them", missing=missing)


def require_served(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    *,
    is_paid: bool,
) -> None:
    """Raise `AddressNotServed` where an order may not go instead of where it was to go.

    It stays in its country. How an unpaid one may be paid depends on its region: that stays too.
    """
    keep = REGION[:1] if is_paid else REGION
    if before is not None and any(before.get(name) != after.get(name) for name in keep):
        raise AddressNotServed("Cancel it, and order to the new address", keep=list(keep))


def is_elsewhere(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
    """Whether freight has to be asked about the new address."""
    return before is None or any(before.get(name) != after.get(name) for name in REGION)


def _allowed(
    subject: Subject, payment: PaymentStatus, *, is_staff: bool
) -> frozenset[FulfilmentStatus]:
    """The rest of an order that left in part is given back, so it has to be paid."""
    if subject is Subject.DELIVERY:
        return HERE
    has_rest = is_staff and not (subject is Subject.PIECES and payment in UNPAID)
    here = {FulfilmentStatus.UNFULFILLED}
    return frozenset(here | ({FulfilmentStatus.PARTLY_SHIPPED} if has_rest else set()))
