"""Labels of a carrier's system: one a parcel, whatever is lost, late, refused or unpacked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from app.adapters.sandbox.carrier import SandboxCarrier, tracking_number
from app.core.db import Sessions, unit_of_work
from app.core.enums.carriers import LabelState
from app.core.settings import CarrierSettings, Settings
from app.services import orders
from app.services.orders.carriers.ports import Label, LabelRequest, Parcel
from app.services.orders.engine.labels import LABEL
from tests.factories.orders import ADDRESS, place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import Shop, make_shop
from tests.fakes.transactions import in_transaction, watched
from tests.integration.orders.sending import CLERK, LIMITS, part_of

SETTINGS = CarrierSettings()
L = LabelState


class Watched(SandboxCarrier):
    """Objects to being called inside a transaction, and counts what it was asked for."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(Settings(), engine=engine)
        self.calls: list[str] = []
        self.gate: asyncio.Event | None = None
        self.is_asked = asyncio.Event()

    @override
    async def label(self, request: LabelRequest) -> Label:
        assert not in_transaction()
        self.calls.append(f"label {request.request_number}")
        made = await super().label(request)
        self.is_asked.set()
        if self.gate is not None:
            await self.gate.wait()
        return made

    @override
    async def find_label(self, request_number: str) -> Label | None:
        assert not in_transaction()
        self.calls.append(f"find {request_number}")
        return await super().find_label(request_number)

    @override
    async def cancel_label(self, request_number: str) -> None:
        assert not in_transaction()
        self.calls.append(f"cancel {request_number}")
        await super().cancel_label(request_number)


@dataclass
class Dock:
    """A warehouse with a carrier whose system makes labels."""

    sessions: Sessions
    shop: Shop
    port: Watched
    carriers: dict[str, Any] = field(default_factory=dict)

    async def pack(self, name: str = "Lin", quantity: int = 1, **waybill: Any) -> Any:
        """A packed parcel of an order for somebody of that name."""
        async with unit_of_work(self.sessions) as session:
            lines = [(self.shop.skus[0].id, quantity)]
            placed = await place(
                session,
                self.shop.member.id,
                lines,
                tenders=[BALANCE_TENDER],
                address=ADDRESS | {"recipient": name},
            )
        return await self.repack(placed.id, **waybill)

    async def repack(self, order_id: Any, **waybill: Any) -> Any:
        async with unit_of_work(self.sessions) as session:
            parcel = orders.shipping.PackParcel(
                fulfilment_id=(await part_of(session, order_id))["id"],
                waybill=orders.shipping.Waybill(carrier_code="box", **waybill),
            )
            return await orders.shipping.pack_parcel(session, parcel, actor=CLERK)

    async def label(self, parcel: Any) -> Any:
        return await orders.carriers.fetch_label(
            self.sessions, self.carriers, parcel["id"], actor=CLERK, settings=SETTINGS
        )

    async def work(self) -> None:
        """A round of the worker after everything has become due."""
        async with unit_of_work(self.sessions) as session:
            await session.execute(text("UPDATE shipment_labels SET next_try_at = '2026-01-01Z'"))
        await orders.carriers.push_labels(self.sessions, self.carriers, SETTINGS, limit=10)

    async def void(self, parcel: Any) -> None:
        async with unit_of_work(self.sessions) as session:
            await orders.shipping.void_parcel(session, parcel["id"], actor=CLERK)

    async def states(self, parcel: Any) -> list[str]:
        async with unit_of_work(self.sessions) as session:
            rows = await orders.carriers.labels_of(session, parcel["id"], actor=CLERK)
        return [row["state"] for row in rows]

    async def now(self, parcel: Any) -> Any:
        async with unit_of_work(self.sessions) as session:
            return await orders.shipping.get_shipment(session, parcel["id"], actor=CLERK)


@pytest.fixture
async def dock(fresh_engine: AsyncEngine) -> Dock:
    return await make_dock(fresh_engine, Watched(fresh_engine))


async def make_dock(fresh_engine: AsyncEngine, port: Watched) -> Dock:
    sessions = watched(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 10_000_000)
        terms = orders.carriers.CarrierTerms(
            name="Sandbox",
            name_zh="沙箱",
            services=["standard", "express"],
            phone=None,
            tracking_url=None,
            tracking_code=None,
            is_active=True,
            adapter="sandbox",
        )
        await orders.carriers.create_carrier(
            session, "box", terms, merchant_id=None, known={"sandbox"}, actor=CLERK
        )
    return Dock(sessions, shop, port, {"sandbox": port})


async def test_a_label_gives_a_parcel_its_number_and_its_cost(dock: Dock) -> None:
    """J159: the express sheet, printed as often as it is asked for."""
    parcel = await dock.pack(weight_grams=2_300, service="express")
    label = await dock.label(parcel)
    assert label["request_number"] == f"{parcel['number']}-1"
    assert (label["state"], label["quoted_minor"]) == (L.MADE, 2 * (800 + 2 * 200))
    assert await dock.label(parcel) == label
    assert dock.port.calls == [f"label {parcel['number']}-1"]
    after = await dock.now(parcel)
    assert after["tracking_number"] == tracking_number(label["request_number"])
    assert (after["cost_minor"], after["label_state"]) == (2_400, L.MADE)
    assert after["estimated_at"] is not None
    async with unit_of_work(dock.sessions) as session:
        content, kind = await orders.carriers.label_document(session, parcel["id"], actor=CLERK)
        left = await orders.shipping.hand_over(session, parcel["id"], actor=CLERK, limits=LIMITS)
    assert (content[:4], kind, left["state"]) == (b"%PDF", "application/pdf", "shipped")
    assert await dock.label(parcel) == label
    await dock.work()
    assert await dock.states(parcel) == [L.MADE]


async def test_what_left_without_a_label_gets_none(dock: Dock) -> None:
    parcel = await dock.pack(weight_grams=500)
    async with unit_of_work(dock.sessions) as session:
        await orders.shipping.hand_over(session, parcel["id"], actor=CLERK, limits=LIMITS)
    with pytest.raises(orders.shipping.IllegalShipmentTransition) as refused:
        await dock.label(parcel)
    assert refused.value.context == {"current": "shipped"}
    assert (dock.port.calls, await dock.states(parcel)) == ([], [])


async def test_what_is_printed_is_not_edited(dock: Dock) -> None:
    parcel = await dock.pack(weight_grams=500)
    await dock.label(parcel)
    now = await dock.now(parcel)
    waybill = orders.shipping.Waybill(carrier_code="sf", tracking_number="SF1000")
    kept = orders.shipping.Waybill(
        carrier_code="box", tracking_number=now["tracking_number"], weight_grams=700
    )
    async with unit_of_work(dock.sessions) as session:
        with pytest.raises(orders.shipping.HasLabel):
            await orders.shipping.edit_parcel(
                session, parcel["id"], waybill, version=now["version"], actor=CLERK
            )
        edited = await orders.shipping.edit_parcel(
            session, parcel["id"], kept, version=now["version"], actor=CLERK
        )
    assert edited["weight_grams"] == 700


async def test_a_lost_answer_makes_no_second_label(dock: Dock) -> None:
    parcel = await dock.pack("sandbox-lose")
    with pytest.raises(orders.carriers.CarrierUnreachable):
        await dock.label(parcel)
    assert await dock.states(parcel) == [L.ASKED]
    await dock.work()
    assert await dock.states(parcel) == [L.MADE]
    number = f"{parcel['number']}-1"
    assert dock.port.calls == [f"label {number}", f"find {number}"]


@pytest.mark.parametrize("is_by_hand", [True, False])
async def test_a_lost_request_is_sent_again_under_its_number(dock: Dock, is_by_hand: bool) -> None:
    parcel = await dock.pack("sandbox-drop")
    with pytest.raises(orders.carriers.CarrierUnreachable):
        await dock.label(parcel)
    await (dock.label(parcel) if is_by_hand else dock.work())
    assert await dock.states(parcel) == [L.MADE]
    number = f"{parcel['number']}-1"
    assert dock.port.calls == [f"label {number}", f"find {number}", f"label {number}"]


async def test_a_refusal_is_told_and_the_next_try_has_another_number(dock: Dock) -> None:
    parcel = await dock.pack("sandbox-refuse")
    for _ in range(2):
        with pytest.raises(orders.carriers.CarrierRefused):
            await dock.label(parcel)
    assert await dock.states(parcel) == [L.REFUSED, L.REFUSED]
    number = parcel["number"]
    assert dock.port.calls == [f"label {number}-1", f"label {number}-2"]
    assert (await dock.now(parcel))["label_state"] is None


async def test_unpacking_takes_the_label_back(dock: Dock) -> None:
    parcel = await dock.pack()
    label = await dock.label(parcel)
    await dock.void(parcel)
    for _ in range(2):
        await dock.work()
    assert await dock.states(parcel) == [L.CANCELLED]
    assert dock.port.calls[1:] == [f"cancel {label['request_number']}"]
    with pytest.raises(orders.shipping.IllegalShipmentTransition):
        await dock.label(parcel)
    again = await dock.repack(parcel["order_id"])
    assert (await dock.label(again))["tracking_number"] != label["tracking_number"]


async def test_a_label_nobody_knows_of_goes_with_its_parcel(dock: Dock) -> None:
    lost, dropped = await dock.pack("sandbox-lose"), await dock.pack("sandbox-drop")
    for parcel in (lost, dropped):
        with pytest.raises(orders.carriers.CarrierUnreachable):
            await dock.label(parcel)
        await dock.void(parcel)
    for _ in range(2):
        await dock.work()
    assert await dock.states(lost) == [L.CANCELLED]
    assert await dock.states(dropped) == [L.CANCELLED]
    number = dropped["number"]
    assert [each for each in dock.port.calls if number in each] == [
        f"label {number}-1",
        f"find {number}-1",
    ]


async def test_a_label_that_is_in_use_is_kept(dock: Dock) -> None:
    parcel = await dock.pack()
    label = await dock.label(parcel)
    await dock.port.track(Parcel(carrier="box", tracking_number=label["tracking_number"]))
    await dock.void(parcel)
    await dock.work()
    assert await dock.states(parcel) == [L.KEPT]


async def test_unpacked_while_the_label_is_made(dock: Dock) -> None:
    """The answer comes when nobody wants it any more: the worker takes the label back."""
    parcel = await dock.pack()
    dock.port.gate = asyncio.Event()
    asking = asyncio.create_task(dock.label(parcel))
    await dock.port.is_asked.wait()
    await dock.void(parcel)
    dock.port.gate.set()
    assert (await asking)["state"] == L.MADE
    assert (await dock.now(parcel))["tracking_number"] is None
    await dock.work()
    assert await dock.states(parcel) == [L.CANCELLED]


async def test_two_clerks_get_one_label(dock: Dock) -> None:
    for _ in range(4):
        parcel = await dock.pack()
        labels = await asyncio.gather(*(dock.label(parcel) for _ in range(4)))
        assert len({each["id"] for each in labels}) == 1
        assert {each["tracking_number"] for each in labels} == {
            tracking_number(f"{parcel['number']}-1")
        }
        assert await dock.states(parcel) == [L.MADE]


async def test_rates_of_those_who_tell_them(dock: Dock) -> None:
    parcel = await dock.pack(quantity=2)
    found = await orders.carriers.compare_rates(
        dock.sessions,
        dock.carriers,
        parcel["fulfilment_id"],
        1_500,
        actor=CLERK,
        settings=SETTINGS,
    )
    told = [(each.carrier_code, each.rate.service, each.rate.cost_minor) for each in found.offers]
    assert told == [("box", "standard", 1_000), ("box", "express", 2_000)]
    assert found.silent == ()


async def test_a_carrier_of_people_makes_no_label(dock: Dock) -> None:
    parcel = await dock.pack()
    await dock.void(parcel)
    async with unit_of_work(dock.sessions) as session:
        await session.execute(text("UPDATE carriers SET adapter = NULL WHERE code = 'box'"))
    parcel = await dock.repack(parcel["order_id"])
    with pytest.raises(orders.carriers.CarrierCannot):
        await dock.label(parcel)


@pytest.mark.parametrize("state", list(L))
def test_labels_become_what_the_table_says(state: LabelState) -> None:
    legal = {
        (L.ASKED, L.MADE),
        (L.ASKED, L.REFUSED),
        (L.ASKED, L.CANCELLED),
        (L.MADE, L.CANCELLED),
        (L.MADE, L.KEPT),
        (L.CANCELLED, L.MADE),
    }
    assert {(state, target) for target in LABEL[state]} == {
        pair for pair in legal if pair[0] is state
    }
