"""A row of a group order stands in each of its states, and everything is done with it there."""

import pytest
from sqlalchemy import text

from app.core.enums.group_orders import GroupRowState
from app.services import orders
from tests.factories.group_orders import chunks, draft, recipient, workbook
from tests.factories.orders import LIMITS
from tests.factories.payments import TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK
from tests.integration.outcomes import answers

group_orders = orders.group_orders
G = GroupRowState
SETTLED, BUSY = "group-order-row-settled", "group-order-being-placed"
ROWS = {
    G.INVALID: (G.INVALID, G.INVALID, G.READY, G.READY, G.CANCELLED),
    G.READY: (G.QUEUED, G.READY, G.READY, G.READY, G.CANCELLED),
    G.QUEUED: (G.QUEUED, G.PLACED, SETTLED, BUSY, G.CANCELLED),
    G.PLACED: (G.PLACED, G.PLACED, SETTLED, G.PLACED, G.PLACED),
    G.FAILED: (G.QUEUED, G.FAILED, G.READY, G.READY, G.CANCELLED),
    G.CANCELLED: (G.CANCELLED, G.CANCELLED, G.READY, G.READY, G.CANCELLED),
}
"""Having it placed, the worker's turn, saying it anew, another sheet, and giving the rest up."""


@pytest.mark.parametrize("state", G)
async def test_a_row_in_every_state(session, sessions, state):
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    group_id = (await draft(session, shop))["id"]
    tee = shop.skus[0].code
    pieces = {G.INVALID: "nothing", G.FAILED: f"{tee}*11"}.get(state, tee)
    right = dict(zip(group_orders.COLUMNS, recipient(tee), strict=True))

    async def seen():
        return {
            "version": (await group_orders.read_group(session, group_id))["version"],
            "actor": CLERK,
        }

    async def upload(goods=tee):
        sheet = chunks(workbook([recipient(goods)]))
        await group_orders.upload_rows(sessions, group_id, sheet, **await seen())

    async def queue():
        await group_orders.queue_rows(
            session, group_id, positions=None, needs_all=False, **await seen()
        )

    async def work():
        await group_orders.place_rows(sessions, limits=LIMITS, terms=TERMS, limit=9)

    async def edit():
        await group_orders.edit_row(session, group_id, 2, right, **await seen())

    async def cancel():
        await group_orders.cancel_rest(session, group_id, reason="Enough", **await seen())

    await upload(pieces)
    placing = {G.QUEUED: (queue,), G.PLACED: (queue, work), G.FAILED: (queue, work)}
    for step in placing.get(state, (cancel,) if state is G.CANCELLED else ()):
        await step()

    async def look():
        (row,) = await group_orders.list_rows(session, group_id, state=None, after=0, limit=9)
        count = await session.scalar(text("SELECT count(*) FROM orders"))
        assert count == (row["order_id"] is not None) == (row["state"] == G.PLACED)
        return row["state"]

    assert await look() == state
    verbs = {"queue": queue, "work": work, "edit": edit, "upload": upload, "cancel": cancel}
    assert tuple((await answers(session, verbs, look)).values()) == ROWS[state]
