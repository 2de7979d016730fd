"""Every state of a return meets everything that can be done with it."""

from uuid import UUID

import pytest

from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import MendOutcome, ReturnAction, ReturnKind, ReturnState
from app.services.orders.engine.after_sales import AFTER_SALES
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.returning import after_sales, ask
from tests.integration.orders.sending import CLERK, line_ids, send
from tests.integration.orders.test_parcel_matrix import outcome

S, A = ReturnState, ReturnAction
AGAIN = {(S.ESCALATED, A.ESCALATE), (S.CANCELLED, A.CANCEL)}
"""Asked again, nothing changes."""
ODD = {(S.ACCEPTED, A.ESCALATE): "nothing-refused"}
"""What the table allows and something else forbids: every piece was accepted."""


@pytest.fixture
async def shopped(session):
    """Somebody whose two of one SKU have left."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 2)], tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    (line,) = await line_ids(session, placed.id)
    return shopper(shop.member.id), placed.id, line


WAYS = {
    S.ESCALATED: (S.REQUESTED, A.ESCALATE),
    S.AWAITING_GOODS: (S.REQUESTED, A.APPROVE),
    S.IN_TRANSIT: (S.AWAITING_GOODS, A.SEND),
    S.RECEIVED: (S.AWAITING_GOODS, A.RECEIVE),
    S.ACCEPTED: (S.RECEIVED, A.INSPECT),
    S.REFUNDED: (S.ACCEPTED, A.REFUND),
    S.REJECTED: (S.REQUESTED, A.REJECT),
    S.DENIED: (S.ESCALATED, A.REJECT),
    S.CANCELLED: (S.REQUESTED, A.CANCEL),
    S.CLOSED: (S.AWAITING_GOODS, A.CLOSE),
}
"""From which state a state is reached, and how; a second person's part is tested elsewhere."""


def verbs(session, lin, row):
    """Everything that can be done with a return, as it stands."""
    id_, by = row["id"], {"version": row["version"], "actor": CLERK}
    good = {UUID(each["order_line_id"]): after_sales.Grades(1, 0, 0) for each in row["lines"]}
    limits = AfterSalesSettings()
    return {
        A.APPROVE: lambda: after_sales.approve(session, id_, limits=limits, **by),
        A.REJECT: lambda: after_sales.reject(session, id_, note="No", **by),
        A.ESCALATE: lambda: after_sales.escalate(session, id_, actor=lin, note="But"),
        A.CANCEL: lambda: after_sales.cancel(session, id_, actor=lin),
        A.SEND: lambda: after_sales.send_goods(session, id_, "sf", str(row["version"]), actor=lin),
        A.RECEIVE: lambda: after_sales.receive_goods(session, id_, **by),
        A.INSPECT: lambda: after_sales.inspect_goods(session, id_, good, **by),
        A.REFUND: lambda: after_sales.refund_return(session, id_, terms=TERMS, **by),
        A.MEND: lambda: after_sales.mend(session, id_, MendOutcome.REPAIRED, note="Glued", **by),
        A.REPLACE: lambda: after_sales.replace(session, id_, terms=TERMS, **by),
        A.CALL_OFF: lambda: after_sales.call_off(session, id_, note="After all", **by),
        A.CLOSE: lambda: after_sales.close(session, id_, note="Settled", **by),
    }


async def return_that_is(session, lin, order_id, line, state):
    if state is S.REQUESTED:
        return await ask(session, lin, order_id, (line, 1))
    before, action = WAYS[state]
    row = await return_that_is(session, lin, order_id, line, before)
    return await verbs(session, lin, row)[action]()


@pytest.mark.parametrize("state", [S.REQUESTED, *WAYS])
async def test_a_return_in_every_state_answers_every_action(session, shopped, state):
    lin, order_id, line = shopped
    row = await return_that_is(session, lin, order_id, line, state)
    assert row["state"] == state
    for action, work in verbs(session, lin, row).items():
        is_legal = action in AFTER_SALES[ReturnKind.RETURN][state] or (state, action) in AGAIN
        told = ODD.get((state, action)) if is_legal else "illegal-return-transition"
        assert await outcome(session, work) == told, action


async def test_another_shopper_knows_nothing_of_it(session, shopped):
    lin, order_id, line = shopped
    row = await ask(session, lin, order_id, (line, 1))
    stranger = shopper(order_id)
    verbs_of_shoppers = (
        lambda: after_sales.get_return(session, row["id"], actor=stranger),
        lambda: after_sales.escalate(session, row["id"], actor=stranger, note="But"),
        lambda: after_sales.cancel(session, row["id"], actor=stranger),
        lambda: after_sales.send_goods(session, row["id"], "sf", "SF1", actor=stranger),
        lambda: ask(session, stranger, order_id, (line, 1)),
    )
    assert [await outcome(session, each) for each in verbs_of_shoppers] == ["not-found"] * 5
