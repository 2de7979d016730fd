"""Every state of a parcel meets codes, interceptions, labels and questions in every state."""

from itertools import product

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.enums.carriers import CarrierSkill, InterceptState, LabelState, PickupCodeState
from app.core.enums.shipping import ShipmentState
from app.core.ids import new_id
from app.core.settings import CarrierSettings, Settings
from app.services import orders
from app.services.orders.carriers.pickup import code_of
from app.services.orders.carriers.ports import (
    CarrierPort,
    CarrierRefused,
    CarrierUnreachable,
    Label,
    Scan,
)
from app.services.orders.engine.shipping import SHIPMENT
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, LIMITS, part_of
from tests.integration.outcomes import outcome

care = orders.carriers
S, L, C = ShipmentState, LabelState, PickupCodeState
PEPPER, SETTINGS = Settings().secrets.pepper, CarrierSettings()
ILLEGAL = "illegal-shipment-transition"
ANSWERS = {None: None, CarrierRefused: "carrier-refused", CarrierUnreachable: "carrier-unreachable"}


class Scripted(CarrierPort):
    """A carrier whose only answer is `trouble`, or none."""

    trouble: type[Exception] | None = None
    code = "scripted"
    skills = frozenset(CarrierSkill)

    async def intercept(self, request_number, parcel):
        self._answer()

    async def find_label(self, request_number):
        return None

    async def label(self, request):
        self._answer()
        return Label(request_number=request.request_number, tracking_number="N2", currency="CNY")

    async def track(self, parcel):
        self._answer()
        at = clock.now()
        return (Scan(id="1", at=at, state=S.IN_TRANSIT, description="Seen"),)

    def _answer(self):
        if self.trouble is not None:
            raise self.trouble("as told")


@pytest.fixture
async def packed(session):
    """A packed parcel that has a number, of a carrier with a system."""
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    await session.execute(
        text(
            "INSERT INTO carriers (id, code, name, name_zh, adapter)"
            " VALUES (gen_random_uuid(), 'box', 'Box', '盒', 'scripted')"
        )
    )
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)], tenders=[BALANCE_TENDER])
    await session.execute(text("""UPDATE orders SET delivery = '{"kind": "pickup"}'"""))
    waybill = orders.shipping.Waybill(carrier_code="box", tracking_number="N1")
    command = orders.shipping.PackParcel(
        fulfilment_id=(await part_of(session, placed.id))["id"], waybill=waybill
    )
    made = await orders.shipping.pack_parcel(session, command, actor=CLERK)
    await session.commit()
    return shop, made


async def put(session, parcel, state):
    """The parcel in a state, however it came there."""
    has_left = state not in {S.PREPARED, S.VOID}
    await session.execute(
        text(
            "UPDATE shipments SET state = CAST(:state AS varchar),"
            " shipped_at = CASE WHEN :has_left THEN now() END,"
            " delivered_at = CASE WHEN CAST(:state AS varchar) = 'delivered' THEN now() END"
            " WHERE id = :id"
        ),
        {"id": parcel["id"], "state": state, "has_left": has_left},
    )
    if has_left:
        await session.execute(
            text("UPDATE fulfilment_lines SET shipped = packed WHERE fulfilment_id = :id"),
            {"id": parcel["fulfilment_id"]},
        )


async def put_code(session, parcel, member_id, code):
    """A code in a state, and its digits."""
    code_id = new_id()
    if code is not C.NONE:
        values = {
            "id": code_id,
            "digest": orders.carriers.pickup._digest(PEPPER, code_id, code_of(PEPPER, code_id)),
            "shipment_id": parcel["id"],
            "member_id": member_id,
            "is_expired": code is C.EXPIRED,
            "used_by": "staff" if code is C.USED else None,
        }
        await session.execute(
            text("""
                INSERT INTO pickup_codes (id, shipment_id, member_id, digest, expires_at, used_at,
                    used_by)
                VALUES (:id, :shipment_id, :member_id, :digest, now()
                    + CASE WHEN :is_expired THEN interval '-1 day' ELSE interval '1 day' END,
                    CASE WHEN CAST(:used_by AS varchar) IS NOT NULL THEN now() END, :used_by)
            """),
            values,
        )
    return code_of(PEPPER, code_id)


@pytest.mark.parametrize("state", S)
async def test_a_code_in_every_state_for_a_parcel_in_every_state(session, sessions, packed, state):
    shop, parcel = packed
    lin = shopper(shop.member.id)
    for code in C:

        async def attempt(said, code=code):
            digits = await put_code(session, parcel, shop.member.id, code)
            await put(session, parcel, state)
            said_digits = digits if said else f"{(int(digits) + 1) % 10**8:08d}"
            done = await care.verify_code(
                sessions, parcel["id"], said_digits, actor=CLERK, pepper=PEPPER, limits=LIMITS
            )
            assert done["state"] == (state if code is C.USED else S.DELIVERED)

        async def show(code=code):
            digits = await put_code(session, parcel, shop.member.id, code)
            await put(session, parcel, state)
            shown = await care.show_code(
                session, parcel["order_id"], parcel["number"], actor=lin, pepper=PEPPER
            )
            assert shown.code == (digits if code is C.GOOD else None)

        async def renew(code=code):
            digits = await put_code(session, parcel, shop.member.id, code)
            await put(session, parcel, state)
            shown = await care.renew_code(
                sessions,
                parcel["order_id"],
                parcel["number"],
                actor=lin,
                pepper=PEPPER,
                limits=LIMITS,
            )
            assert shown.code not in {None, digits}

        can_arrive = S.DELIVERED in SHIPMENT[state]
        fetched = {
            C.NONE: "nothing-to-fetch",
            C.GOOD: None if can_arrive else ILLEGAL,
            C.EXPIRED: "pickup-code-expired",
            C.USED: None,
        }
        wrong = "nothing-to-fetch" if code is C.NONE else "pickup-code-wrong"
        assert await outcome(session, lambda: attempt(said=True)) == fetched[code], code
        assert await outcome(session, lambda: attempt(said=False)) == wrong, code
        missing = "nothing-to-fetch" if code is C.NONE else None
        assert await outcome(session, show) == missing, code
        # A used code is of a parcel that is delivered: nothing waits there.
        if code is not C.USED:
            waits = state is S.AWAITING_PICKUP
            assert await outcome(session, renew) == (None if waits else "nothing-to-fetch"), code


async def put_intercept(session, parcel, state):
    if state is None:
        return
    await session.execute(
        text("""
            INSERT INTO parcel_intercepts (id, shipment_id, request_number, adapter, state, reason,
                asked_by, settled_at)
            VALUES (gen_random_uuid(), :id, :number, 'scripted', CAST(:state AS varchar), 'Twice',
                'staff', CASE WHEN CAST(:state AS varchar) <> 'asked' THEN now() END)
        """),
        {"id": parcel["id"], "number": f"{parcel['number']}-B1", "state": state},
    )


@pytest.mark.parametrize("state", S)
async def test_a_parcel_in_every_state_is_turned_back(session, sessions, packed, state):
    """Whatever was asked before, and whatever its carrier says now."""
    _, parcel = packed
    turns = state in {S.SHIPPED, S.IN_TRANSIT, S.OUT_FOR_DELIVERY}
    port = Scripted()
    rows = text("SELECT request_number, state FROM parcel_intercepts ORDER BY request_number")
    for before, trouble in product((None, *InterceptState), ANSWERS):
        port.trouble = trouble

        async def work(before=before):
            await put_intercept(session, parcel, before)
            await put(session, parcel, state)
            found = await care.intercept(
                sessions,
                {"scripted": port},
                parcel["id"],
                "Twice",
                actor=CLERK,
                settings=SETTINGS,
            )
            assert found["state"] == InterceptState.ACCEPTED
            number = 2 if before is InterceptState.REFUSED else 1
            assert found["request_number"] == f"{parcel['number']}-B{number}"
            kept = (await session.execute(rows)).all()
            assert len(kept) == number

        expected = ANSWERS[trouble] if turns else ILLEGAL
        if before is InterceptState.ACCEPTED:
            expected = None
        assert await outcome(session, work) == expected, (before, trouble)


async def put_label(session, parcel, state):
    if state is None:
        return
    await session.execute(
        text("""
            INSERT INTO shipment_labels (id, shipment_id, request_number, adapter, state,
                tracking_number, asked_by)
            VALUES (gen_random_uuid(), :id, :number, 'scripted', :state, 'N1', 'staff')
        """),
        {"id": parcel["id"], "number": f"{parcel['number']}-1", "state": state},
    )


@pytest.mark.parametrize("state", S)
async def test_a_parcel_in_every_state_gets_a_label_or_not(session, sessions, packed, state):
    _, parcel = packed
    port = Scripted()
    for before, trouble in product((None, *L), ANSWERS):
        port.trouble = trouble

        async def work(before=before):
            await put_label(session, parcel, before)
            await put(session, parcel, state)
            label = await care.fetch_label(
                sessions, {"scripted": port}, parcel["id"], actor=CLERK, settings=SETTINGS
            )
            assert label["state"] == L.MADE
            again = before in {L.REFUSED, L.CANCELLED, L.KEPT}
            assert label["request_number"] == f"{parcel['number']}-{2 if again else 1}"

        expected = ANSWERS[trouble] if state is S.PREPARED else ILLEGAL
        if before is L.MADE:
            expected = None
        assert await outcome(session, work) == expected, (before, trouble)


@pytest.mark.parametrize("state", S)
async def test_a_parcel_in_every_state_is_asked_about(session, sessions, packed, state):
    """Nobody is refused the question; what cannot be moves nothing."""
    _, parcel = packed
    port = Scripted()
    for trouble, expected in ANSWERS.items():
        port.trouble = trouble

        async def work():
            await put(session, parcel, state)
            found = await care.ask_where(
                sessions,
                {"scripted": port},
                parcel["id"],
                actor=CLERK,
                settings=SETTINGS,
                limits=LIMITS,
            )
            moves = S.IN_TRANSIT in SHIPMENT[state] and state is not S.PREPARED
            assert found["state"] == (S.IN_TRANSIT if moves else state)

        assert await outcome(session, work) == expected, trouble
