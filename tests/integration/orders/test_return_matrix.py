"""Every state of a return, of whatever kind, meets everything that can be done with it."""

from collections import defaultdict
from dataclasses import replace
from uuid import UUID

import pytest

from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import MendOutcome, ReturnAction, ReturnKind, ReturnState
from app.core.enums.payments import RefundReason
from app.services.orders.engine.after_sales import AFTER_SALES
from tests.factories.orders import shopper
from tests.factories.payments import TERMS
from tests.integration.orders.resending import leave, resent, worked_off
from tests.integration.orders.returning import after_sales, ask, fee, mend
from tests.integration.orders.sending import CLERK
from tests.integration.outcomes import outcome

S, A, K = ReturnState, ReturnAction, ReturnKind
AGAIN = {(S.ESCALATED, A.ESCALATE), (S.CANCELLED, A.CANCEL)}
"""Asked again, nothing changes."""
CHARGED = (S.AWAITING_GOODS, S.IN_TRANSIT, S.RECEIVED, S.ACCEPTED)
ODD = defaultdict(
    dict,
    {
        # Every piece was accepted.
        K.RETURN: {(S.ACCEPTED, A.ESCALATE): "nothing-refused"},
        # And what is wanted costs the same.
        K.EXCHANGE: {(S.ACCEPTED, A.ESCALATE): "nothing-refused"}
        | {(state, A.CHARGE): "nothing-to-pay" for state in CHARGED},
    },
)
"""What the table allows and something else forbids."""
ASKED_OF_PEOPLE = frozenset(A) - {A.SHIP}
"""A parcel that leaves says so by itself."""


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
        A.MEND: lambda: mend(session, row),
        A.ASK_FEE: lambda: fee(session, row),
        A.REPLACE: lambda: after_sales.replace(session, id_, terms=TERMS, **by),
        A.CHARGE: lambda: after_sales.charge_difference(session, id_, **by),
        A.CALL_OFF: lambda: after_sales.call_off(session, id_, note="After all", **by),
        A.CLOSE: lambda: after_sales.close(session, id_, note="Settled", **by),
    }


def does(action):
    async def work(session, lin, row):
        return await verbs(session, lin, row)[action]()

    return work


async def give_up(session, _lin, row):
    """It cannot be repaired."""
    return await mend(session, row, MendOutcome.UNREPAIRABLE)


async def have_decided(session, _lin, row):
    """It is above what one person gives back alone."""
    by = {"version": row["version"], "actor": CLERK}
    terms = replace(TERMS, refund_alone_minor=1)
    return await after_sales.refund_return(session, row["id"], terms=terms, **by)


async def see_leave(session, lin, row):
    await leave(session, await resent(session, row))
    await worked_off(session)
    return await after_sales.get_return(session, row["id"], actor=lin)


DECIDED = {
    S.ESCALATED: (S.REQUESTED, does(A.ESCALATE)),
    S.REJECTED: (S.REQUESTED, does(A.REJECT)),
    S.DENIED: (S.ESCALATED, does(A.REJECT)),
    S.CANCELLED: (S.REQUESTED, does(A.CANCEL)),
}
PAID = {
    S.REFUNDING: (S.ACCEPTED, have_decided),
    S.REFUNDED: (S.ACCEPTED, does(A.REFUND)),
}
BACK = {
    S.AWAITING_GOODS: (S.REQUESTED, does(A.APPROVE)),
    S.IN_TRANSIT: (S.AWAITING_GOODS, does(A.SEND)),
    S.RECEIVED: (S.AWAITING_GOODS, does(A.RECEIVE)),
    S.CLOSED: (S.AWAITING_GOODS, does(A.CLOSE)),
}
SENT = {S.SENT: (S.SENDING, see_leave)}
WAYS = {
    K.REFUND_ONLY: DECIDED
    | PAID
    | {S.ACCEPTED: (S.REQUESTED, does(A.APPROVE)), S.CLOSED: (S.ACCEPTED, does(A.CLOSE))},
    K.RETURN: DECIDED | PAID | BACK | {S.ACCEPTED: (S.RECEIVED, does(A.INSPECT))},
    K.EXCHANGE: DECIDED
    | PAID
    | BACK
    | SENT
    | {
        S.ACCEPTED: (S.RECEIVED, does(A.INSPECT)),
        S.SENDING: (S.ACCEPTED, does(A.REPLACE)),
    },
    K.REPAIR: DECIDED
    | PAID
    | BACK
    | SENT
    | {S.ACCEPTED: (S.RECEIVED, give_up), S.SENDING: (S.RECEIVED, does(A.MEND))},
    K.RESHIP: DECIDED
    | PAID
    | SENT
    | {
        S.SENDING: (S.REQUESTED, does(A.APPROVE)),
        S.ACCEPTED: (S.SENDING, does(A.CALL_OFF)),
        S.CLOSED: (S.ACCEPTED, does(A.CLOSE)),
    },
}
"""By kind, from which state a state is reached, and how."""


async def return_that_is(session, sold, kind, state):
    _, lin, order_id, line = sold
    if state is S.REQUESTED:
        why = {"kind": kind, "reason_code": RefundReason.DEFECTIVE}
        return await ask(session, lin, order_id, (line, 1), **why)
    before, work = WAYS[kind][state]
    return await work(session, lin, await return_that_is(session, sold, kind, before))


def told(kind, state, action):
    """The slug of the problem, if there is one. Settled for money it is of another kind."""
    if (state, action) in AGAIN:
        return None
    if action not in AFTER_SALES[kind][state]:
        return "illegal-return-transition"
    return ODD[kind].get((state, action))


@pytest.mark.parametrize("kind", K)
async def test_a_return_in_every_state_answers_every_action(session, sold, kind):
    """One order for all: each state is reached from the start, and nothing of it is kept."""
    answers, expected = {}, {}
    for state in (S.REQUESTED, *WAYS[kind]):
        before = await session.begin_nested()
        row = await return_that_is(session, sold, kind, state)
        assert row["state"] == state
        found = verbs(session, sold[1], row)
        assert found.keys() == ASKED_OF_PEOPLE
        for action, work in found.items():
            answers[state, action] = await outcome(session, work)
            expected[state, action] = told(ReturnKind(row["kind"]), state, action)
        await before.rollback()
    assert answers == expected


@pytest.mark.parametrize("kind", K)
def test_every_state_a_kind_can_be_in_is_played(kind):
    reached = {
        target
        for actions in AFTER_SALES[kind].values()
        for targets in actions.values()
        for target in targets
    }
    assert WAYS[kind].keys() == reached


async def test_another_shopper_knows_nothing_of_it(session, sold):
    _, lin, order_id, line = sold
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
