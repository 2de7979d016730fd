"""Webhooks over HTTP: made, changed, stopped, read, repeated; and those of others."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from app.core import clock
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.settings import DatabaseSettings, HttpSettings, Settings
from app.core.webhook_settings import WebhookSettings
from app.services.webhooks.engine.facts import SUBSCRIBABLE
from app.services.webhooks.secrets import opened
from tests.factories import staff as staff_factory
from tests.factories.merchants import bearer, make_api_key, make_merchant
from tests.factories.webhooks import PEPPER, delivery, make_endpoint, tell
from tests.unit.webhooks.test_egress import INSIDE, STRANGE

HOOKS = "/api/v1/merchant/webhooks"
EVENTS = "/api/v1/merchant/webhook-events"
ADMIN = "/api/v1/admin/webhooks"
URL = "https://erp.example.com/stoa"
EVERYTHING = (
    Scope.WEBHOOKS_READ,
    Scope.WEBHOOKS_WRITE,
    Scope.ORDERS_READ,
    Scope.CATALOG_READ,
    Scope.INVENTORY_READ,
    Scope.MERCHANTS_READ,
)


@pytest.fixture
def settings() -> Settings:
    """As in production nothing but the public internet is reached."""
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        webhooks=WebhookSettings(allowed_networks=[]),
    )


class System:
    """A merchant's system with a key."""

    def __init__(self, client: httpx.AsyncClient, sent: dict[str, str]) -> None:
        self._client, self._sent = client, sent

    async def ask(
        self, verb: str, path: str, body: Any = None, *, version: int | None = None, **more: Any
    ) -> httpx.Response:
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return await self._client.request(
            verb, path, json=body, headers=self._sent | match, params=more
        )

    async def made(self, **body: Any) -> dict[str, Any]:
        wanted = {"name": "ERP", "url": URL, "event_types": ["order.paid"]} | body
        answer = await self.ask("POST", HOOKS, wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()


async def system_of(client, session, merchant, *scopes: Scope) -> System:
    key = await make_api_key(session, merchant.id, scopes=scopes or EVERYTHING)
    return System(client, bearer(key))


@pytest.fixture
async def ours(client, session, merchant) -> System:
    return await system_of(client, session, merchant)


@pytest.fixture
async def desk(client, session) -> System:
    """Somebody of the platform."""
    owner = await staff_factory.make_staff(session, is_owner=True)
    return System(client, await staff_factory.bearer(session, owner))


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_secret_is_shown_once_and_kept_sealed(ours, session):
    made = await ours.made(email="it@m.example")
    assert made["secret"].startswith("whsec_")
    path = f"{HOOKS}/{made['id']}"
    for seen in (await ours.ask("GET", path), await ours.ask("GET", HOOKS)):
        assert seen.status_code == 200
        assert "secret" not in seen.text.replace("old_secret_until", "")
    for table in ("webhook_endpoints", "operation_log", "outbox"):
        rows = await session.execute(text(f"SELECT t::text FROM {table} t"))
        assert all(made["secret"] not in row for (row,) in rows)
    kept = await session.scalar(text("SELECT secret FROM webhook_endpoints"))
    assert opened(PEPPER, UUID(made["id"]), kept) == made["secret"]
    with pytest.raises(ValueError, match="cannot be opened"):
        opened(PEPPER, new_id(), kept)


async def test_a_webhook_is_read_changed_stopped_and_deleted(ours):
    made = await ours.made()
    path = f"{HOOKS}/{made['id']}"
    assert refused(await ours.ask("PATCH", path, {"name": "X"})) == (428, "precondition-required")
    assert refused(await ours.ask("PATCH", path, {"name": "X"}, version=9)) == (
        412,
        "stale-version",
    )
    change = {"url": "https://b.example.com:8443/x", "event_types": ["stock.low", "order.paid"]}
    edited = (await ours.ask("PATCH", path, change, version=1)).json()
    assert (edited["url"], edited["event_types"]) == (
        change["url"],
        ["order.paid", "stock.low"],
    )
    assert (edited["version"], edited["name"]) == (2, "ERP")
    assert (await ours.ask("POST", f"{path}/pause")).json()["state"] == "paused"
    again = await ours.ask("POST", f"{path}/pause")
    assert refused(again) == (409, "illegal-webhook-transition")
    assert (await ours.ask("GET", HOOKS, state="active")).json()["items"] == []
    assert (await ours.ask("POST", f"{path}/resume")).json()["state"] == "active"
    assert (await ours.ask("DELETE", path, version=4)).status_code == 204
    assert refused(await ours.ask("GET", path)) == (404, "not-found")
    assert (await ours.ask("GET", HOOKS)).json()["items"] == []


@pytest.mark.parametrize("url", [each for each in INSIDE + STRANGE if each])
async def test_d21_an_address_inside_is_refused_when_it_is_saved(ours, url: str):
    body = {"name": "ERP", "url": url, "event_types": ["order.paid"]}
    status, slug = refused(await ours.ask("POST", HOOKS, body))
    assert (status, slug) in {(422, "address-not-allowed"), (422, "invalid-request")}


async def test_d21_nor_is_it_taken_by_a_change(ours):
    made = await ours.made()
    body = {"url": "https://169.254.169.254/latest"}
    answer = await ours.ask("PATCH", f"{HOOKS}/{made['id']}", body, version=1)
    assert refused(answer) == (422, "address-not-allowed")
    assert (await ours.ask("GET", f"{HOOKS}/{made['id']}")).json()["url"] == URL


async def test_a5_the_webhooks_of_another_merchant_are_not_there(client, session, ours, merchant):
    other = await make_merchant(session)
    theirs = await make_endpoint(session, other.id, event_types=SUBSCRIBABLE)
    event_id = await tell(session, other.id, kind="order.paid")
    path = f"{HOOKS}/{theirs.id}"
    asked = [
        await ours.ask("GET", path),
        await ours.ask("PATCH", path, {"name": "Mine"}, version=1),
        await ours.ask("DELETE", path, version=1),
        await ours.ask("POST", f"{path}/pause"),
        await ours.ask("POST", f"{path}/resume"),
        await ours.ask("POST", f"{path}/rotate-secret", {}),
        await ours.ask("POST", f"{path}/test"),
        await ours.ask("GET", f"{path}/deliveries"),
        await ours.ask("POST", f"{path}/deliveries/{event_id}/redeliver"),
        await ours.ask("POST", f"{path}/replay", {"after_event_id": str(event_id)}),
    ]
    assert {refused(each) for each in asked} == {(404, "not-found")}
    mine = await ours.made()
    taken = await ours.ask("POST", f"{HOOKS}/{mine['id']}/deliveries/{event_id}/redeliver")
    assert refused(taken) == (404, "not-found")
    replayed = {"after_event_id": str(event_id)}
    answer = await ours.ask("POST", f"{HOOKS}/{mine['id']}/replay", replayed)
    assert refused(answer) == (422, "unknown-event")
    assert refused(await ours.ask("GET", EVENTS, after=str(event_id))) == (422, "unknown-event")
    assert (await ours.ask("GET", EVENTS)).json()["items"] == []
    await session.refresh(theirs)
    assert (theirs.name, theirs.state, theirs.version) == ("Warehouse system", "active", 1)


async def test_nobody_hears_what_its_key_may_not_read(client, session, merchant):
    narrow = await system_of(
        client, session, merchant, Scope.WEBHOOKS_READ, Scope.WEBHOOKS_WRITE, Scope.CATALOG_READ
    )
    made = await narrow.made(event_types=["product.moved"])
    path = f"{HOOKS}/{made['id']}"
    for answer in (
        await narrow.ask("POST", HOOKS, {"name": "N", "url": URL, "event_types": ["order.paid"]}),
        await narrow.ask("PATCH", path, {"event_types": ["order.paid"]}, version=1),
    ):
        assert refused(answer) == (403, "insufficient-scope")
        assert answer.json()["missing_scopes"] == ["orders:read"]
    await tell(session, merchant.id, kind="order.paid")
    seen = await tell(session, merchant.id, kind="product.moved")
    read = (await narrow.ask("GET", EVENTS)).json()["items"]
    assert [each["id"] for each in read] == [str(seen)]


async def test_a10_a_key_that_may_only_read_changes_nothing(client, session, merchant, ours):
    made = await ours.made()
    reader = await system_of(client, session, merchant, Scope.WEBHOOKS_READ, Scope.ORDERS_READ)
    path = f"{HOOKS}/{made['id']}"
    assert (await reader.ask("GET", path)).status_code == 200
    for verb, where, body in (
        ("POST", HOOKS, {"name": "N", "url": URL, "event_types": ["order.paid"]}),
        ("POST", f"{path}/pause", None),
        ("POST", f"{path}/rotate-secret", {}),
        ("POST", f"{path}/test", None),
    ):
        assert refused(await reader.ask(verb, where, body)) == (403, "insufficient-scope")


async def test_ten_webhooks_are_enough(ours):
    for _ in range(10):
        await ours.made()
    body = {"name": "N", "url": URL, "event_types": ["order.paid"]}
    assert refused(await ours.ask("POST", HOOKS, body)) == (409, "too-many-webhooks")


async def test_a_rotated_secret_overlaps_with_the_one_before(ours, session):
    made = await ours.made()
    path = f"{HOOKS}/{made['id']}/rotate-secret"
    turned = (await ours.ask("POST", path, {"overlap_seconds": 60})).json()
    assert turned["secret"] != made["secret"]
    row = (await session.execute(text("SELECT secret, old_secret FROM webhook_endpoints"))).one()
    kept = [opened(PEPPER, UUID(made["id"]), each) for each in row]
    assert kept == [turned["secret"], made["secret"]]
    at_once = (await ours.ask("POST", path, {"overlap_seconds": 0})).json()
    assert at_once["old_secret_until"] is None
    assert await session.scalar(text("SELECT old_secret FROM webhook_endpoints")) is None


async def test_a_test_event_goes_to_the_one_webhook_alone(ours, session, merchant):
    made, other = await ours.made(), await ours.made()
    answer = await ours.ask("POST", f"{HOOKS}/{made['id']}/test")
    assert answer.status_code == 202
    path = f"{HOOKS}/{made['id']}/deliveries"
    (sent,) = (await ours.ask("GET", path)).json()["items"]
    assert (sent["event_id"], sent["type"]) == (answer.json()["event_id"], "webhook.test")
    assert (sent["state"], sent["attempts"], sent["status"]) == ("pending", 0, None)
    assert (await ours.ask("GET", f"{HOOKS}/{other['id']}/deliveries")).json()["items"] == []
    statuses = [
        (await ours.ask("POST", f"{HOOKS}/{made['id']}/test")).status_code for _ in range(10)
    ]
    assert statuses.count(202) == 9
    assert statuses[-1] == 429


async def test_what_was_delivered_is_delivered_again(ours, session, merchant):
    made = await ours.made()
    event_id = await tell(session, merchant.id, kind="order.paid")
    await session.execute(
        text(
            "UPDATE webhook_deliveries SET state = 'delivered', delivered_at = now(),"
            " status = 204, attempts = 3"
        )
    )
    path = f"{HOOKS}/{made['id']}/deliveries"
    (told,) = (await ours.ask("GET", path, state="delivered")).json()["items"]
    assert (told["status"], told["next_attempt_at"]) == (204, None)
    answer = await ours.ask("POST", f"{path}/{event_id}/redeliver")
    assert answer.status_code == 202
    again = await delivery(session, event_id)
    assert (again["state"], again["attempts"], again["delivered_at"]) == ("pending", 0, None)
    missing = await ours.ask("POST", f"{path}/{new_id()}/redeliver")
    assert refused(missing) == (404, "not-found")


async def test_events_are_replayed_after_one_or_from_a_time_on(ours, session, merchant):
    then = clock.now() - timedelta(days=2)
    await make_endpoint(session, merchant.id, event_types=["order.paid"])
    ids = [await tell(session, merchant.id, kind="order.paid", at=then) for _ in range(2)]
    await tell(session, merchant.id, kind="stock.low")
    ids += [await tell(session, merchant.id, kind="order.paid") for _ in range(2)]
    made = await ours.made()
    path = f"{HOOKS}/{made['id']}"
    for body, expected in (
        ({"after_event_id": str(ids[0])}, ids[1:]),
        ({"since": (then + timedelta(days=1)).isoformat()}, ids[2:]),
        ({"since": (then - timedelta(days=1)).isoformat()}, ids),
        ({"since": (clock.now() + timedelta(days=1)).isoformat()}, []),
    ):
        answer = (await ours.ask("POST", f"{path}/replay", body)).json()
        last = str(expected[-1]) if expected else None
        assert answer == {"queued": len(expected), "last_event_id": last}
    waiting = (await ours.ask("GET", f"{path}/deliveries", state="pending")).json()["items"]
    assert [each["event_id"] for each in waiting] == [str(each) for each in reversed(ids)]
    for body in ({}, {"since": then.isoformat(), "after_event_id": str(ids[0])}):
        answer = await ours.ask("POST", f"{path}/replay", body)
        assert refused(answer) == (422, "invalid-request")


async def test_events_are_read_page_by_page_in_their_order(ours, session, merchant):
    await ours.made()
    ids = [await tell(session, merchant.id, kind="order.paid", number=n) for n in range(5)]
    seen, after = [], {}
    while True:
        page = (await ours.ask("GET", EVENTS, limit=2, **after)).json()
        seen += page["items"]
        if page["next_after"] is None:
            break
        after = {"after": page["next_after"]}
    assert [each["id"] for each in seen] == [str(each) for each in ids]
    assert [each["data"] for each in seen] == [{"number": n} for n in range(5)]
    assert (await ours.ask("GET", EVENTS, after=str(ids[-1]))).json()["items"] == []


async def test_staff_see_all_webhooks_and_close_one_until_they_open_it(
    ours, desk, merchant, session
):
    made = await ours.made(email="it@m.example")
    await make_endpoint(session, (await make_merchant(session)).id)
    assert len((await desk.ask("GET", ADMIN)).json()["items"]) == 2
    listed = (await desk.ask("GET", ADMIN, merchant_id=str(merchant.id))).json()["items"]
    assert [each["id"] for each in listed] == [made["id"]]
    path = f"{ADMIN}/{made['id']}"
    assert refused(await desk.ask("POST", f"{path}/enable")) == (409, "illegal-webhook-transition")
    closed = (await desk.ask("POST", f"{path}/disable", {"note": "It floods us"})).json()
    assert (closed["state"], closed["reason"]) == ("disabled", "staff")
    seen = (await ours.ask("GET", f"{HOOKS}/{made['id']}")).json()
    assert seen["note"] == "It floods us"
    answer = await ours.ask("POST", f"{HOOKS}/{made['id']}/resume")
    assert refused(answer) == (409, "webhook-disabled-by-staff")
    opened_again = (await desk.ask("POST", f"{path}/enable")).json()
    assert (opened_again["state"], opened_again["reason"], opened_again["note"]) == (
        "active",
        None,
        None,
    )
    assert (await desk.ask("GET", path)).json()["id"] == made["id"]
    assert (await desk.ask("GET", f"{path}/deliveries")).json()["items"] == []


async def test_what_waits_is_due_at_once_when_it_is_resumed(ours, session, merchant):
    made = await ours.made()
    event_id = await tell(session, merchant.id, kind="order.paid")
    await session.execute(
        text("UPDATE webhook_deliveries SET next_attempt_at = now() + interval '1 day'")
    )
    await session.execute(
        text("UPDATE webhook_endpoints SET state = 'disabled', reason = 'failing'")
    )
    answer = (await ours.ask("POST", f"{HOOKS}/{made['id']}/resume")).json()
    assert (answer["state"], answer["reason"]) == ("active", None)
    assert (await delivery(session, event_id))["next_attempt_at"] <= clock.now()
