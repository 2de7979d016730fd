"""Tickets: every state and action, holds, what shoppers say, what opens by itself."""

import pytest
from sqlalchemy import text

from app.core.enums.shipping import ShipmentState
from app.core.enums.tickets import TicketAction, TicketKind, TicketState
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.services import orders
from app.worker.subscriptions import SUBSCRIPTIONS
from tests.factories.counters import shopper
from tests.factories.members import make_member
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.staff import actor_of, make_staff
from tests.integration.orders.sending import LIMITS, parcel, send
from tests.statements import Statements

FOLLOWS = {
    "claim": {"open": "in_progress", "in_progress": "in_progress", "waiting": "waiting"},
    "wait": {"in_progress": "waiting"},
    "resume": {"waiting": "in_progress"},
    "resolve": dict.fromkeys(("open", "in_progress", "waiting"), "resolved"),
    "reopen": {"resolved": "in_progress"},
    "close": {"resolved": "closed"},
    "hold": {each: each for each in ("open", "in_progress", "waiting")},
    "release": {each: each for each in ("open", "in_progress", "waiting")},
}
"""What may be done by `docs/order-centre.md`; said again, for no code proves itself."""
ANSWERED = {
    "open": "open",
    "in_progress": "in_progress",
    "waiting": "in_progress",
    "resolved": "in_progress",
}
"""What an answer of the shopper makes of it; what is closed stays closed."""
TIMES = {
    "resolved": "resolved_at = now()",
    "closed": "resolved_at = now(), closed_at = now()",
}


@pytest.fixture
async def placed(session, shop):
    await give_balance(session, shop.member.id, 1_000_000)
    made = await place(session, shop.member.id, [(shop.skus[0].id, 2)], tenders=[BALANCE_TENDER])
    await session.commit()
    return made


@pytest.fixture
async def mei(session):
    return actor_of(await make_staff(session))


async def opened(session, actor, order_id, kind=TicketKind.WRONG_INFO):
    command = orders.tickets.OpenTicket(kind=kind, subject="Look", words="?", order_id=order_id)
    return await orders.tickets.open_ticket(session, command, actor=actor)


async def put(session, ticket_id, state):
    times = TIMES.get(state, "resolved_at = NULL, closed_at = NULL")
    await session.execute(
        text(f"UPDATE order_tickets SET state = :state, {times} WHERE id = :id"),
        {"id": ticket_id, "state": state},
    )


@pytest.mark.parametrize("action", TicketAction)
@pytest.mark.parametrize("state", TicketState)
async def test_every_action_in_every_state(session, placed, mei, state, action):
    ticket = await opened(session, mei, placed.id)
    await put(session, ticket["id"], state)
    after = FOLLOWS[action].get(state)
    acted = orders.tickets.act_on(session, ticket["id"], action, version=1, actor=mei)
    if after is None:
        with pytest.raises(orders.tickets.IllegalTicketTransition) as refused:
            await acted
        assert refused.value.context == {"current": state, "action": action}
        return
    row = await acted
    assert (row["state"], row["version"]) == (after, 2)
    assert (row["assignee_id"] == mei.id) is (action is TicketAction.CLAIM)
    assert row["is_holding"] is (action is TicketAction.HOLD)
    entries = await orders.tickets.ticket_entries(session, ticket["id"])
    assert [each["kind"] for each in entries] == ["opened", action]


@pytest.mark.parametrize("state", TicketState)
async def test_an_answer_of_the_shopper_in_every_state(session, placed, shop, mei, state):
    ticket = await opened(session, mei, placed.id)
    await put(session, ticket["id"], state)
    replying = orders.tickets.reply(session, ticket["id"], "Red", actor=shopper(shop.member.id))
    if state in ANSWERED:
        assert (await replying)["state"] == ANSWERED[state]
    else:
        with pytest.raises(orders.tickets.IllegalTicketTransition):
            await replying


@pytest.mark.parametrize("state", TicketState)
async def test_rating_in_every_state(session, placed, shop, mei, state):
    ticket, lin = await opened(session, mei, placed.id), shopper(shop.member.id)
    await put(session, ticket["id"], state)
    if state not in {TicketState.RESOLVED, TicketState.CLOSED}:
        with pytest.raises(orders.tickets.IllegalTicketTransition):
            await orders.tickets.rate(session, ticket["id"], 5, actor=lin)
        return
    assert (await orders.tickets.rate(session, ticket["id"], 4, actor=lin))["rating"] == 4
    with pytest.raises(orders.tickets.AlreadyRated):
        await orders.tickets.rate(session, ticket["id"], 5, actor=lin)


@pytest.mark.parametrize("ending", [TicketAction.RELEASE, TicketAction.RESOLVE])
async def test_a_ticket_holds_its_order_until_it_is_resolved(session, placed, mei, ending):
    first = await opened(session, mei, placed.id)
    other = await opened(session, mei, placed.id)
    for ticket in (first, other):
        await orders.tickets.act_on(session, ticket["id"], TicketAction.HOLD, version=1, actor=mei)
    command = await parcel(session, placed.id)
    for ticket in (first, other):
        with pytest.raises(orders.shipping.OrderHeld):
            await orders.shipping.ship(session, command, actor=mei, limits=LIMITS)
        await orders.tickets.act_on(session, ticket["id"], ending, version=2, actor=mei)
    await orders.shipping.ship(session, command, actor=mei, limits=LIMITS)


async def test_a_lost_parcel_opens_one_ticket(session, placed, mei):
    shipment = await send(session, placed.id)
    assert orders.tickets.open_for_parcel in SUBSCRIPTIONS["orders.shipment_moved.v1"]
    payload = {
        "order_id": str(placed.id),
        "shipment_id": str(shipment["id"]),
        "shipment_number": shipment["number"],
    }
    for state in ShipmentState:
        for _ in range(2):
            await orders.tickets.open_for_parcel(session, payload | {"state": state})
    wanted = orders.tickets.TicketFilter(order_id=placed.id)
    found = await orders.tickets.list_tickets(session, wanted, after=None, limit=9)
    assert sorted((each["kind"], each["opened_by"]) for each in found) == [
        ("lost", "system"),
        ("refused", "system"),
    ]
    assert {each["shipment_id"] for each in found} == {shipment["id"]}


async def test_tickets_are_found_by_what_they_are(session, placed, mei):
    late = await opened(session, mei, placed.id, TicketKind.STOCK)
    await session.execute(text("UPDATE order_tickets SET due_at = now() - interval '1 s'"))
    fresh = await opened(session, mei, placed.id)
    await orders.tickets.act_on(session, fresh["id"], TicketAction.CLAIM, version=1, actor=mei)
    for wanted, found in (
        ({"is_overdue": True}, [late]),
        ({"is_overdue": False}, [fresh]),
        ({"kind": TicketKind.STOCK}, [late]),
        ({"state": TicketState.IN_PROGRESS}, [fresh]),
        ({"assignee_id": mei.id}, [fresh]),
        ({"order_id": placed.id}, [fresh, late]),
        ({"member_id": new_id()}, []),
    ):
        rows = await orders.tickets.list_tickets(
            session, orders.tickets.TicketFilter(**wanted), after=None, limit=9
        )
        assert [each["id"] for each in rows] == [each["id"] for each in found]


async def test_what_cannot_be_opened_or_done(session, placed, shop, mei):
    nobody = shopper((await make_member(session)).id)
    complaint = {"kind": TicketKind.COMPLAINT, "subject": "Late", "words": "Where?"}
    with pytest.raises(NotFound):
        await orders.tickets.complain(session, **complaint, order_id=placed.id, actor=nobody)
    for order_id in (None, new_id()):
        with pytest.raises(InvalidReference):
            await opened(session, mei, order_id)
    made = await orders.tickets.complain(session, **complaint, order_id=None, actor=nobody)
    for act in (
        orders.tickets.own_ticket(session, made["id"], actor=shopper(shop.member.id)),
        orders.tickets.reply(session, made["id"], "x", actor=shopper(shop.member.id)),
        orders.tickets.rate(session, made["id"], 1, actor=shopper(shop.member.id)),
        orders.tickets.get_ticket(session, new_id()),
        orders.tickets.answer(session, new_id(), "x", is_public=True, actor=mei),
        orders.tickets.act_on(session, new_id(), TicketAction.CLAIM, version=1, actor=mei),
    ):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(StaleVersion):
        await orders.tickets.act_on(session, made["id"], TicketAction.CLAIM, version=2, actor=mei)
    with pytest.raises(InvalidReference):
        await orders.tickets.act_on(session, made["id"], TicketAction.HOLD, version=1, actor=mei)
    await put(session, made["id"], "closed")
    with pytest.raises(orders.tickets.IllegalTicketTransition):
        await orders.tickets.answer(session, made["id"], "x", is_public=True, actor=mei)
    await put(session, made["id"], "open")
    for _ in range(19):
        await orders.tickets.complain(session, **complaint, order_id=None, actor=nobody)
    with pytest.raises(orders.tickets.TooManyTickets):
        await orders.tickets.complain(session, **complaint, order_id=None, actor=nobody)


async def test_a_complaint_from_asking_to_rating(clerk, lin, shop):
    order = await lin.order((shop.skus[0].id, 1))
    body = {"kind": "complaint", "subject": "Late", "text": "Where?", "order_id": order["id"]}
    made = (await lin.post("/tickets", body)).json()
    path = f"/admin/order-tickets/{made['id']}"
    for text_, is_public in (("Ask the carrier", False), ("It is on its way", True)):
        said = await clerk.post(f"{path}/replies", {"text": text_, "is_public": is_public})
        assert said.status_code == 201, said.text
    assert (await clerk.post(f"{path}/claim")).status_code == 428
    clerk.headers["If-Match"] = '"1"'
    claimed = await clerk.post(f"{path}/claim", {"text": "Mine"})
    assert (claimed.status_code, claimed.headers["etag"]) == (200, '"2"')
    assert (await clerk.post(f"{path}/claim")).status_code == 412
    clerk.headers["If-Match"] = '"2"'
    assert (await clerk.post(f"{path}/reopen")).status_code == 409
    assert (await clerk.post(f"{path}/resolve")).json()["state"] == "resolved"
    again = await lin.post(f"/tickets/{made['id']}/replies", {"text": "It is broken"})
    assert again.json()["state"] == "in_progress"
    clerk.headers["If-Match"] = '"4"'
    assert (await clerk.post(f"{path}/resolve")).status_code == 200
    rated = await lin.send("PUT", f"/tickets/{made['id']}/rating", {"rating": 2})
    assert rated.json()["rating"] == 2
    seen = (await lin.get(f"/tickets/{made['id']}")).json()
    assert [each["text"] for each in seen["entries"]] == [
        "Where?",
        "It is on its way",
        "It is broken",
    ]
    whole = (await clerk.get(path)).json()
    assert [each["kind"] for each in whole["entries"]] == [
        *("opened", "reply", "reply", "claim", "resolve", "reply", "resolve")
    ]
    assert len((await lin.get("/tickets")).json()["items"]) == 1
    listed = (await clerk.get("/admin/order-tickets", kind="complaint")).json()["items"]
    assert [each["number"] for each in listed] == [made["number"]]
    opened_too = await clerk.post(
        "/admin/order-tickets",
        {"kind": "stock", "subject": "Short", "order_id": order["id"]},
    )
    assert opened_too.status_code == 201


async def test_a_page_of_tickets_is_one_statement(session, engine, placed, mei):
    await opened(session, mei, placed.id)
    with Statements(engine) as sent:
        await orders.tickets.list_tickets(
            session, orders.tickets.TicketFilter(), after=None, limit=9
        )
    assert sent.count == 1, sent.sent
