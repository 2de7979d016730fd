"""What arrives of a transfer, and every state times every action."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.enums.inventory import TransferState
from app.services.inventory.engine.documents import following
from app.services.inventory.engine.transfers import TRANSFER, TransferAction, TransferLine, arrive

ALLOWED = {
    ("requested", "ship"): "in_transit",
    ("requested", "cancel"): "cancelled",
    ("in_transit", "receive"): "in_transit",
    ("in_transit", "close"): "closed",
}


@pytest.mark.parametrize(("state", "action"), list(product(TransferState, TransferAction)))
def test_transfers_follow_their_table(state, action):
    assert following(TRANSFER, state, action) == ALLOWED.get((state, action))


@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_every_piece_that_came_is_received_damaged_or_over(shipped, parts):
    line = TransferLine(shipped, shipped, 0, 0, 0, 0)
    for received, damaged in parts:
        came = arrive(line, received, damaged)
        assert sum(came[:3]) == received + damaged
        assert came.damaged + came.over_damaged == damaged
        assert came.over_damaged <= came.over
        assert min(came) >= 0
        assert came.damaged <= damaged
        assert came.over == 0 or came.received + came.damaged == line.in_transit
        line = line._replace(
            received=line.received + came.received,
            damaged=line.damaged + came.damaged,
            over=line.over + came.over,
        )
        assert 0 <= line.in_transit <= shipped
    assert line.received + line.damaged + line.in_transit == shipped
