"""Goods that are waited for stand in each state, and everything is done with them there."""

import pytest

from app.core.waiting_settings import WaitingSettings
from app.services import orders
from tests.factories.inventory import put_stock
from tests.factories.orders import shopper
from tests.integration.orders.sending import CLERK
from tests.integration.orders.test_backorders import buy, counts, made, parts, ship, sound
from tests.integration.orders.test_waiting import let_days_pass
from tests.integration.outcomes import answers

routing = orders.routing
BOUND, HELD, GONE = "still-bound", "order-held", "already-shipped"
WAITING = {
    "waiting": {"leave": BOUND, "send": HELD},
    "late": {"leave": (0, 0, 0), "send": HELD},
    "came": {"leave": BOUND, "send": (0, 0, 0)},
    "left": {"leave": BOUND, "send": "pieces-not-open"},
    "cancelled": {"leave": BOUND, "send": "illegal-order-transition"},
}
COMES = {
    "waiting": ((0, 0, 2), (2, 2, 0), GONE),
    "late": ((0, 0, 2), (2, 2, 0), GONE),
    "came": ((2, 2, 0), (4, 2, 0), GONE),
    "left": ((0, 0, 0), (2, 0, 0), GONE),
    "cancelled": ((2, 0, 0), (4, 0, 0), (2, 0, 0)),
}
"""Nothing comes, two pieces come, it is cancelled: on hand, promised and waited for afterwards."""


@pytest.mark.parametrize("state", WAITING)
async def test_what_is_waited_for_in_every_state(session, state):
    """Two of four were there and left; two wait. Cancelled is what has not left at all."""
    shop = await made(session)
    order_id = await buy(session, shop, 4)
    (there, *_), (waiting, *_) = await parts(session, order_id)

    async def come(pieces):
        if pieces:
            await put_stock(session, shop.skus[0].id, shop.warehouse.id, pieces)
        await routing.release(session, order_id)

    async def leave():
        await routing.stop_waiting(
            session, order_id, actor=shopper(shop.member.id), limits=WaitingSettings()
        )

    async def cancel():
        await orders.begin_cancel(session, order_id, actor=CLERK, reason="No")

    if state == "cancelled":
        await cancel()
    else:
        await ship(session, there)
    if state in {"late", "left"}:
        await let_days_pass(session, seconds=-1)
    if state == "left":
        await leave()
    elif state == "came":
        await come(2)

    async def look():
        await sound(session)
        return await counts(session, shop)

    verbs = {"leave": leave, "send": lambda: ship(session, waiting)}
    assert await answers(session, verbs, look) == WAITING[state]
    verbs = {"nothing": lambda: come(0), "two": lambda: come(2), "cancel": cancel}
    assert tuple((await answers(session, verbs, look)).values()) == COMES[state]
