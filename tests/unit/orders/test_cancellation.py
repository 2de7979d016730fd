"""What cancelling takes, for every order there can be."""

from itertools import product

import pytest

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.services.orders.engine import (
    AlreadyShipped,
    BeingPicked,
    Cancellation,
    IllegalTransition,
    cancellation,
)

GONE = {FulfilmentStatus.PARTLY_SHIPPED, FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED}


@pytest.mark.parametrize(
    ("state", "payment", "fulfilment", "is_staff"),
    list(product(OrderState, PaymentStatus, FulfilmentStatus, (False, True))),
)
def test_every_order_is_cancelled_or_refused_with_a_reason(state, payment, fulfilment, is_staff):
    def asked():
        return cancellation(state, payment, fulfilment, may_stop_picking=is_staff)

    if state in {OrderState.CANCELLED, OrderState.CANCELLING}:
        assert asked() is Cancellation.DONE
    elif state == OrderState.COMPLETED:
        with pytest.raises(IllegalTransition):
            asked()
    elif fulfilment in GONE:
        with pytest.raises(AlreadyShipped):
            asked()
    elif fulfilment == FulfilmentStatus.PICKING and not is_staff:
        with pytest.raises(BeingPicked):
            asked()
    elif payment == PaymentStatus.AWAITING:
        assert asked() is Cancellation.CLOSE
    else:
        assert asked() is Cancellation.REFUND
