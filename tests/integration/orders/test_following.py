"""Following parcels: subscribed, pushed, polled, whatever is told late, twice or about nobody."""

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.adapters.kuaidi100 import Kuaidi100
from app.adapters.sandbox.carrier import SandboxCarrier
from app.core.db import Sessions, unit_of_work
from app.core.settings import CarrierSettings, Kuaidi100Settings, Settings
from app.services import orders
from app.services.system import TooManyRequests
from tests.factories.orders import ADDRESS, place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import Shop, make_shop
from tests.fakes.transactions import watched
from tests.integration.orders.sending import CLERK, LIMITS, part_of
from tests.simulators.kuaidi100 import CUSTOMER, KEY, SALT, Kuaidi100Simulator

ACCOUNT = Kuaidi100Settings(customer=CUSTOMER, key=SecretStr(KEY), salt=SecretStr(SALT))
SETTINGS = CarrierSettings(kuaidi100=ACCOUNT)
URL = "https://shop.example/"
WAY = (
    ("2026-11-20 09:00:00", "已揽收", "103", "已揽收"),
    ("2026-11-21 08:00:00", "正在派送", "5", "派件"),
    ("2026-11-21 10:30:00", "已签收", "301", "本人签收"),
)


@dataclass
class Road:
    sessions: Sessions
    shop: Shop
    there: Kuaidi100Simulator
    carriers: dict[str, Any]

    async def send(self, carrier: str, number: str | None, name: str = "Lin") -> Any:
        async with unit_of_work(self.sessions) as session:
            placed = await place(
                session,
                self.shop.member.id,
                [(self.shop.skus[0].id, 1)],
                tenders=[BALANCE_TENDER],
                address=ADDRESS | {"recipient": name},
            )
            parcel = orders.shipping.PackParcel(
                fulfilment_id=(await part_of(session, placed.id))["id"],
                waybill=orders.shipping.Waybill(carrier_code=carrier, tracking_number=number),
            )
            made = await orders.shipping.pack_parcel(session, parcel, actor=CLERK)
        if number is None:
            await orders.carriers.fetch_label(
                self.sessions, self.carriers, made["id"], actor=CLERK, settings=SETTINGS
            )
        async with unit_of_work(self.sessions) as session:
            return await orders.shipping.hand_over(session, made["id"], actor=CLERK, limits=LIMITS)

    async def work(self, silent: bool = False) -> int:
        """A round of the worker after everything has become due."""
        async with unit_of_work(self.sessions) as session:
            await session.execute(text("UPDATE parcel_watches SET next_try_at = '2026-01-01Z'"))
            if silent:
                await session.execute(text("UPDATE parcel_watches SET heard_at = '2026-01-01Z'"))
        return await orders.carriers.follow_parcels(
            self.sessions, self.carriers, SETTINGS, LIMITS, public_url=URL, limit=20
        )

    async def told(self, body: bytes) -> str:
        return await orders.carriers.receive_push(
            self.sessions, self.carriers, "kuaidi100", {}, body, limits=LIMITS
        )

    async def now(self, parcel: Any) -> Any:
        async with unit_of_work(self.sessions) as session:
            return await orders.shipping.get_shipment(session, parcel["id"], actor=CLERK)

    async def ask(self, parcel: Any) -> Any:
        return await orders.carriers.ask_where(
            self.sessions,
            self.carriers,
            parcel["id"],
            actor=CLERK,
            settings=SETTINGS,
            limits=LIMITS,
        )

    async def all(self, query: str) -> list[Any]:
        async with unit_of_work(self.sessions) as session:
            return list((await session.scalars(text(query))).all())


@pytest.fixture
async def road(fresh_engine):
    made = await make_road(fresh_engine)
    yield made
    await made.carriers["kuaidi100"].aclose()


async def make_road(fresh_engine):
    sessions, there = watched(fresh_engine), Kuaidi100Simulator()
    kuaidi100 = Kuaidi100(ACCOUNT, timeout_seconds=5, transport=there.transport())
    sandbox = SandboxCarrier(Settings(), engine=fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=100)
        await give_balance(session, shop.member.id, 10_000_000)
        await session.execute(
            text(
                "INSERT INTO carriers (id, code, name, name_zh, adapter)"
                " VALUES (gen_random_uuid(), 'box', 'Box', '盒', 'sandbox')"
            )
        )
    return Road(sessions, shop, there, {"kuaidi100": kuaidi100, "sandbox": sandbox})


def told_of(events: list[Any]) -> list[str | None]:
    return [each["state"] for each in events if each["source"] == "carrier"]


async def test_what_left_is_subscribed_and_moves_as_it_is_told(road):
    parcel = await road.send("sf", "SF1001")
    assert await road.work() == 1
    said = road.there.subscriptions["shunfeng", "SF1001"]
    assert said["callbackurl"] == "https://shop.example/api/v1/webhooks/kuaidi100"
    assert await road.work() == 0
    for count, entry in enumerate(WAY, start=1):
        road.there.seen("shunfeng", "SF1001", *entry)
        body = road.there.push("shunfeng", "SF1001")
        assert await road.told(body) == "applied"
        assert await road.told(body) == "duplicate"
        assert len(told_of((await road.now(parcel))["events"])) == count
    after = await road.now(parcel)
    assert after["state"] == "delivered"
    assert after["delivered_at"].isoformat() == "2026-11-21T02:30:00+00:00"
    assert await road.work() == 0
    assert await road.all("SELECT count(*) FROM parcel_watches") == [0]
    assert road.there.asked == []


async def test_those_nobody_tells_of_are_asked_about(road):
    parcel = await road.send("yto", "YT77")
    await road.work()
    road.there.seen("yuantong", "YT77", *WAY[0])
    assert await road.work() == 0
    assert await road.work(silent=True) == 1
    assert (await road.now(parcel))["state"] == "in_transit"
    assert await road.work() == 0, "it was heard of just now"


async def test_a_refused_subscription_is_asked_about_instead(road):
    parcel = await road.send("sto", "ST1")
    road.there.seen("shentong", "ST1", *WAY[0])
    road.there.trouble.append((200, '{"result":false,"returnCode":"701","message":"拒绝订阅"}'))
    await road.work()
    assert (await road.now(parcel))["state"] == "in_transit"
    assert await road.all("SELECT reason FROM parcel_watches") == ["Kuaidi100 says 701: 拒绝订阅"]
    road.there.trouble.append((502, ""))
    await road.work()
    assert await road.work() == 1
    assert await road.work() == 0


async def test_a_push_that_came_before_its_parcel_left_is_caught_up_with(road):
    road.there.seen("shunfeng", "SF9", *WAY[0])
    assert await road.told(road.there.push("shunfeng", "SF9")) == "unknown_parcel"
    parcel = await road.send("sf", "SF9")
    road.there.seen("shunfeng", "SF9", *WAY[1])
    assert await road.told(road.there.push("shunfeng", "SF9")) == "applied"
    assert told_of((await road.now(parcel))["events"]) == ["in_transit", "out_for_delivery"]


async def test_another_carriers_parcel_of_that_number_stays_where_it_is(road):
    parcel = await road.send("jd", "N1001")
    road.there.seen("shunfeng", "N1001", *WAY[0])
    assert await road.told(road.there.push("shunfeng", "N1001")) == "unknown_parcel"
    assert (await road.now(parcel))["state"] == "shipped"


async def test_what_was_stored_and_not_applied_is_applied_later(road):
    parcel = await road.send("sf", "SF5")
    road.there.seen("shunfeng", "SF5", *WAY[0])
    await road.told(road.there.push("shunfeng", "SF5"))
    async with unit_of_work(road.sessions) as session:
        await session.execute(
            text(
                "UPDATE carrier_pushes SET processed_at = NULL, outcome = NULL,"
                " created_at = now() - interval '2 minutes'"
            )
        )
    assert await orders.carriers.retry_pushes(road.sessions, road.carriers, LIMITS, limit=9) == 1
    assert await road.all("SELECT outcome FROM carrier_pushes") == ["nothing_new"]
    assert len(told_of((await road.now(parcel))["events"])) == 1


async def test_old_pushes_are_forgotten(road):
    road.there.seen("shunfeng", "SF5", *WAY[0])
    await road.told(road.there.push("shunfeng", "SF5"))
    async with unit_of_work(road.sessions) as session:
        await session.execute(
            text("UPDATE carrier_pushes SET created_at = now() - interval '31 days'")
        )
    await orders.carriers.retry_pushes(road.sessions, road.carriers, LIMITS, limit=9)
    assert await road.all("SELECT count(*) FROM carrier_pushes") == [0]


async def test_staff_ask_at_most_as_often_as_the_one_asked_bears(road):
    parcel = await road.send("sf", "SF6")
    road.there.seen("shunfeng", "SF6", *WAY[0])
    assert (await road.ask(parcel))["state"] == "in_transit"
    with pytest.raises(TooManyRequests):
        await road.ask(parcel)


SCRIPTS = [
    ("Lin", ["in_transit", "in_transit", "out_for_delivery", "delivered", "delivered"]),
    ("sandbox-late", ["in_transit"] * 5 + ["out_for_delivery"]),
    ("sandbox-lost", ["in_transit", "lost", "lost"]),
    ("sandbox-repeat", ["in_transit", "in_transit", "out_for_delivery", "delivered"]),
    ("sandbox-reorder", ["in_transit", "delivered", "delivered", "delivered"]),
    ("sandbox-contradict", ["in_transit", "delivered", "delivered", "delivered"]),
    ("sandbox-return", ["in_transit", "out_for_delivery", "refused", "returning"]),
    ("sandbox-locker", ["in_transit", "awaiting_pickup", "delivered"]),
]


@pytest.mark.parametrize(("name", "states"), SCRIPTS, ids=[name for name, _ in SCRIPTS])
async def test_a_parcel_is_where_its_carrier_can_be_believed(road, name, states):
    parcel = await road.send("box", None, name)
    assert [(await road.ask(parcel))["state"] for _ in states] == states
    entries = [each["description"] for each in (await road.now(parcel))["events"]]
    assert len(entries) == len(set(entries)), "each entry is kept once"
