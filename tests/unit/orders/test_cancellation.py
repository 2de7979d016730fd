"""What cancelling takes, for every order there can be."""

from itertools import product

import pytest

from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus
from app.services.orders.engine import AlreadyShipped, Cancellation, IllegalTransition, cancellation


@pytest.mark.parametrize(
    ("state", "payment", "fulfilment"),
    list(product(OrderState, PaymentStatus, FulfilmentStatus)),
)
def test_every_order_is_cancelled_or_refused_with_a_reason(state, payment, fulfilment):
    moved = fulfilment in {
        FulfilmentStatus.PARTLY_SHIPPED,
        FulfilmentStatus.SHIPPED,
        FulfilmentStatus.DELIVERED,
    }
    if state in {OrderState.CANCELLED, OrderState.CANCELLING}:
        assert cancellation(state, payment, fulfilment) is Cancellation.DONE
    elif state == OrderState.COMPLETED:
        with pytest.raises(IllegalTransition):
            cancellation(state, payment, fulfilment)
    elif moved:
        with pytest.raises(AlreadyShipped):
            cancellation(state, payment, fulfilment)
    elif payment == PaymentStatus.AWAITING:
        assert cancellation(state, payment, fulfilment) is Cancellation.CLOSE
    else:
        assert cancellation(state, payment, fulfilment) is Cancellation.REFUND
