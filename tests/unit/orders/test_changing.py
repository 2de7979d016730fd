"""What of an order may still be changed, for every order there can be."""

from itertools import product
from uuid import UUID, uuid4

import pytest

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.core.errors import InvalidReference
from app.services.orders.changes import AddressNotServed
from app.services.orders.changes.rules import (
    Subject,
    is_elsewhere,
    require_changeable,
    require_open,
    require_served,
)
from app.services.orders.engine import AlreadyShipped, BeingPicked, IllegalTransition
from app.services.orders.shipping import OrderNotPaid, PiecesNotOpen

HERE = {FulfilmentStatus.UNFULFILLED, FulfilmentStatus.RETURNED, FulfilmentStatus.CANCELLED}
TEA, CUP = uuid4(), uuid4()


def expected(subject, state, payment, fulfilment, is_staff):
    """The problem of the first rule that forbids it, in words of the table in the docs."""
    if state != OrderState.OPEN:
        return IllegalTransition
    if subject is Subject.INVOICE:
        return None
    if fulfilment == FulfilmentStatus.PICKING and not is_staff:
        return BeingPicked
    may = {FulfilmentStatus.PICKING} if is_staff else set()
    if subject is Subject.DELIVERY:
        return None if fulfilment in may | HERE else AlreadyShipped
    is_lessened = subject is Subject.PIECES and payment == PaymentStatus.AWAITING
    may |= {FulfilmentStatus.PARTLY_SHIPPED} if is_staff and not is_lessened else set()
    if fulfilment not in may | {FulfilmentStatus.UNFULFILLED}:
        return AlreadyShipped
    is_paid = payment in {PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED}
    return None if is_paid or is_lessened else OrderNotPaid


@pytest.mark.parametrize(
    ("subject", "state", "payment", "fulfilment", "is_staff"),
    list(product(Subject, OrderState, PaymentStatus, FulfilmentStatus, (False, True))),
)
def test_every_order_is_changed_or_refused_with_a_reason(
    subject, state, payment, fulfilment, is_staff
):
    def asked():
        require_changeable(subject, state, payment, fulfilment, is_staff=is_staff)

    problem = expected(subject, state, payment, fulfilment, is_staff)
    if problem is None:
        asked()
    else:
        with pytest.raises(problem):
            asked()


def test_pieces_are_taken_off_that_are_in_no_parcel():
    require_open({TEA: 2, CUP: 0}, [(TEA, 2)])
    with pytest.raises(PiecesNotOpen) as refused:
        require_open({TEA: 2, CUP: 0}, [(TEA, 2), (CUP, 1), (TEA, 1)])
    assert refused.value.context["missing"] == {str(TEA): 1, str(CUP): 1}
    with pytest.raises(InvalidReference):
        require_open({TEA: 2}, [(UUID(int=1), 1)])


@pytest.mark.parametrize(
    ("field", "is_paid", "is_served"),
    [
        ("street", False, True),
        ("street", True, True),
        ("district", False, False),
        ("city", False, False),
        ("province", False, False),
        ("country", False, False),
        ("province", True, True),
        ("district", True, True),
        ("country", True, False),
    ],
)
def test_paid_orders_stay_in_their_country_and_others_in_their_region(field, is_paid, is_served):
    names = ("country", "province", "city", "district", "street")
    before = dict.fromkeys(names, "here")
    after = before | {field: "there"}
    require_served(None, after, is_paid=is_paid)
    assert is_elsewhere(before, after) is (field != "street")
    if is_served:
        require_served(before, after, is_paid=is_paid)
    else:
        with pytest.raises(AddressNotServed):
            require_served(before, after, is_paid=is_paid)
