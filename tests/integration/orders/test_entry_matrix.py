"""Links, holds, handouts and orders sent in stand in each state, and everything is done there."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.enums.handouts import HandoutAction, HandoutState
from app.core.enums.intake import IntakeState
from app.core.enums.orders import OrderKind
from app.core.enums.shipping import HoldKind
from app.core.ids import new_id
from app.core.settings import Settings
from app.repositories.orders.intake import IntakeRepository
from app.schemas.orders.intake import IntakeOrderIn
from app.services import finance, orders
from app.services.orders.engine.intake import digest_of
from tests.factories.intake import make_marketplace, sold
from tests.factories.orders import ADDRESS, LIMITS, axes, place
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, parcel
from tests.integration.orders.sending import LIMITS as PARCELS
from tests.integration.outcomes import answers, ends

PEPPER = Settings().secrets.pepper
entry, shipping = orders.entry, orders.shipping
HOUR = 3_600


@pytest.fixture
async def shop(session):
    made = await make_shop(session)
    await give_balance(session, made.member.id, 1_000_000)
    return made


LINK = "payment-link-revoked"
LINKS: dict[tuple[str, str], Any] = {
    ("none", "awaiting"): ("not-found", (1, 0), (0, 0)),
    ("good", "awaiting"): ((1, 0), (1, 1), (0, 1)),
    ("over", "awaiting"): ("payment-link-expired", (1, 1), (0, 1)),
    ("revoked", "awaiting"): (LINK, (1, 1), (0, 1)),
    ("none", "paid"): ("not-found", "already-paid", (0, 0)),
    ("good", "paid"): ("already-paid", "already-paid", (0, 1)),
    ("over", "paid"): ("already-paid", "already-paid", (0, 1)),
    ("revoked", "paid"): (LINK, "already-paid", (0, 1)),
    ("none", "cancelling"): ("not-found", "not-awaiting-payment", (0, 0)),
    ("good", "cancelling"): ("not-awaiting-payment", "not-awaiting-payment", (0, 1)),
    ("over", "cancelling"): ("not-awaiting-payment", "not-awaiting-payment", (0, 1)),
    ("revoked", "cancelling"): (LINK, "not-awaiting-payment", (0, 1)),
}
"""Opening it, making another one, and revoking: how many links open and do not afterwards."""


@pytest.mark.parametrize(("state", "payment"), LINKS)
async def test_a_link_in_every_state_of_an_order_in_every_state(session, shop, state, payment):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    token = "none" * 8
    if state != "none":
        made = await entry.make_link(
            session, placed.id, seconds=HOUR, actor=CLERK, pepper=PEPPER, terms=TERMS
        )
        token = made.token
    if state == "over":
        await session.execute(text("UPDATE payment_links SET expires_at = now() - '1 s'::interval"))
    if state == "revoked":
        await entry.revoke_link(session, placed.id, actor=CLERK)
    if payment == "paid":
        lines, moved = [(shop.skus[0].id, 1)], text("UPDATE payment_links SET order_id = :id")
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        await session.execute(moved, {"id": placed.id})
    elif payment == "cancelling":
        await orders.begin_cancel(session, placed.id, actor=CLERK, reason="No")
    assert payment in await axes(session, placed.id)

    async def look():
        rows = await entry.list_links(session, placed.id)
        gone = sum(each.revoked_at is not None for each in rows)
        return len(rows) - gone, gone

    verbs = {
        "open": lambda: entry.open_link(session, token, pepper=PEPPER, terms=TERMS),
        "make": lambda: entry.make_link(
            session, placed.id, seconds=HOUR, actor=CLERK, pepper=PEPPER, terms=TERMS
        ),
        "revoke": lambda: entry.revoke_link(session, placed.id, actor=CLERK),
    }
    assert tuple((await answers(session, verbs, look)).values()) == LINKS[state, payment]


HELD, NO = "order-held", "not-found"
HOLDS = {
    "free": ((True, 1), (False, 0), (None, 1), NO, (None, 0)),
    "held": ((False, 1), (True, 0), (None, 2), NO, HELD),
    "let go": ((True, 1), (False, 0), (None, 1), NO, (None, 0)),
    "by hand": ((True, 2), (False, 1), (None, 2), (None, 0), HELD),
    "let go by hand": ((True, 1), (False, 0), (None, 1), (None, 0), (None, 0)),
}
"""Holding it for a payment, letting it go, both by hand, and sending it: open holds afterwards."""


@pytest.mark.parametrize("state", HOLDS)
async def test_an_order_that_is_held_in_every_way(session, shop, state):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)], tenders=[BALANCE_TENDER])
    command = shipping.HoldOrder(order_id=placed.id, kind=HoldKind.PAYMENT, reason="Disputed")
    hold_id, told = new_id(), None

    async def hold():
        nonlocal told
        told = await shipping.hold(session, command, actor=None)

    async def lift():
        nonlocal told
        told = await shipping.lift(session, placed.id, HoldKind.PAYMENT, actor=None)

    async def by_hand():
        nonlocal hold_id
        row = await shipping.hold_by_hand(session, placed.id, "Call first", actor=CLERK)
        hold_id = row["id"]

    async def lift_by_hand():
        await shipping.lift_by_hand(session, placed.id, hold_id, actor=CLERK)

    for work in {
        "held": (hold,),
        "let go": (hold, lift),
        "by hand": (by_hand,),
        "let go by hand": (by_hand, lift_by_hand),
    }.get(state, ()):
        await work()
    for row in await shipping.list_holds(session, placed.id):
        hold_id = row["id"]
    known = hold_id

    async def look():
        nonlocal told, hold_id
        said, told, hold_id = told, None, known
        rows = await shipping.list_holds(session, placed.id)
        return said, sum(each["lifted_at"] is None for each in rows)

    await look()
    send = await parcel(session, placed.id)
    verbs = {
        "hold": hold,
        "lift": lift,
        "hold by hand": by_hand,
        "lift by hand": lift_by_hand,
        "send": lambda: shipping.ship(session, send, actor=CLERK, limits=PARCELS),
    }
    assert tuple((await answers(session, verbs, look)).values()) == HOLDS[state]


N = IntakeState
STANDS = "illegal-order-intake-transition"
INTAKES = {
    N.RECEIVED: ("placed", "conflict", N.PLACED, N.CANCELLED),
    N.PLACED: ("known", "conflict", STANDS, N.PLACED),
    N.FAILED: ("failed", "placed", N.FAILED, N.CANCELLED),
    N.CANCELLED: ("cancelled", "conflict", STANDS, N.CANCELLED),
}
"""What comes of the same again and of other goods, of trying again, and of cancelling it."""


@pytest.mark.parametrize("state", N)
async def test_an_order_sent_in_that_is_in_every_state(session, sessions, shop, state):
    channel = await make_marketplace(session)
    pieces = 11 if state is N.FAILED else 2
    sent = content(shop, pieces)
    row = {"channel_id": channel.id, "number": "T-1", "actor": CLERK.principal, "is_paid": True}
    intake_id = await IntakeRepository(session).keep(
        row | {"digest": digest_of(sent), "content": sent}
    )
    told = None
    more = {"limits": LIMITS, "terms": TERMS}

    async def receive(what):
        nonlocal told
        (taken,) = await orders.intake.receive(sessions, "tmall", [what], actor=CLERK, **more)
        told = taken.outcome

    async def cancel():
        await orders.intake.cancel_intake(
            sessions, {}, "tmall", "T-1", reason="No", actor=CLERK, terms=TERMS
        )

    async def look():
        nonlocal told
        said, told = told, None
        row = await orders.intake.read_intake(session, intake_id)
        assert (row["order_id"] is None) == (row["state"] != N.PLACED)
        return said or row["state"]

    if state in {N.PLACED, N.FAILED}:
        await receive(sent)
        await look()
    elif state is N.CANCELLED:
        await cancel()
    assert await look() == state
    verbs = {
        "again": lambda: receive(sent),
        "other": lambda: receive(content(shop, 1)),
        "retry": lambda: orders.intake.retry_intake(sessions, intake_id, actor=CLERK, **more),
        "cancel": cancel,
    }
    assert tuple((await answers(session, verbs, look)).values()) == INTAKES[state]


def content(shop, pieces):
    order = IntakeOrderIn.model_validate(sold(shop, "T-1", (0, pieces, 9_000), is_paid=True))
    return order.model_dump(mode="json")


H, DO = HandoutState, HandoutAction
OTHER, DECIDED = "second-person-needed", "illegal-handout-transition"
HANDOUTS = {
    H.WAITING: {DO.APPROVE: H.APPROVED, DO.REJECT: H.REJECTED, DO.WITHDRAW: H.WITHDRAWN},
    H.APPROVED: {DO.PLACE: H.APPROVED},
    H.REJECTED: {},
    H.WITHDRAWN: {},
}


@pytest.mark.parametrize("state", H)
@pytest.mark.parametrize("is_own", [False, True])
async def test_a_handout_in_every_state(session, sessions, shop, state, is_own):
    """Who made it withdraws what waits and decides nothing; orders are placed once it is agreed."""
    await finance.put_centre(session, "fair", name="Trade fair", budget_owner="Mei", actor=CLERK)
    made = await entry.make_handout(
        session,
        entry.NewHandout(
            kind=OrderKind.GIVEAWAY,
            reason="For the press",
            cost_centre="fair",
            recipients=(entry.Recipient(address=ADDRESS, lines=[(shop.skus[0].id, 1)]),),
        ),
        alone_minor=0,
        actor=CLERK,
    )
    handout_id, boss = made.id, staff()
    count = text("SELECT count(*) FROM orders")

    async def do(action, actor):
        if action is DO.PLACE:
            await entry.hand_out(sessions, handout_id, actor=actor, limits=LIMITS, terms=TERMS)
            assert await session.scalar(count) == 1
            return
        version = (await entry.read_handout(session, handout_id)).row.version
        await entry.decide(session, handout_id, action, version=version, actor=actor)
        assert await session.scalar(count) == 0

    async def look():
        return (await entry.read_handout(session, handout_id)).row.state

    led = {H.APPROVED: DO.APPROVE, H.REJECTED: DO.REJECT, H.WITHDRAWN: DO.WITHDRAW}
    if state in led:
        await do(led[state], boss)
    actor = CLERK if is_own else boss
    found = {action: await ends(session, lambda a=action: do(a, actor), look) for action in DO}
    expected = {action: HANDOUTS[state].get(action, DECIDED) for action in DO}
    if is_own and state is H.WAITING:
        expected |= {DO.APPROVE: OTHER, DO.REJECT: OTHER}
    assert found == expected
