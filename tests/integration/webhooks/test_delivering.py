"""Telling an endpoint that really listens: received, refused, slow, gone, for days."""

import asyncio
import base64
import hmac
import time

import pytest
from sqlalchemy import text

from app.adapters.egress import GuardedClient
from app.core.db import unit_of_work
from app.core.security.egress import LOOPBACK, Egress
from app.services import webhooks
from app.services.webhooks.engine.retries import WAITS
from app.services.webhooks.secrets import new_secret, opened, sealed
from tests.factories.webhooks import PEPPER, delivery, make_endpoint, tell
from tests.integration.webhooks.conftest import SETTINGS, Sender

REDIRECT = b"HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:%d/inside\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
async def endpoint(session, merchant, receiver):
    return await make_endpoint(session, merchant.id, url=receiver.url, email="it@m.example")


async def state_of(session, endpoint):
    await session.refresh(endpoint)
    return endpoint.state, endpoint.reason


def is_signed(received, secret: str) -> bool:
    """What the receiver's side does, from Standard Webhooks."""
    sent = received.headers
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return any(hmac.compare_digest(right, each) for each in sent["webhook-signature"].split(" "))


async def test_an_event_arrives_signed_and_once(session, merchant, endpoint, receiver, sender):
    event_id = await tell(session, merchant.id, status="on_sale")
    assert await sender.round() == [event_id]
    assert await sender.later() == []
    (got,) = receiver.received
    assert got.headers["webhook-id"] == str(event_id)
    assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 60
    assert is_signed(got, opened(PEPPER, endpoint.id, endpoint.secret))
    assert not is_signed(got, new_secret())
    assert set(got.json) == {"id", "type", "api_version", "occurred_at", "ordering_key", "data"}
    assert (got.json["type"], got.json["data"]) == ("product.moved", {"status": "on_sale"})
    told = await delivery(session, event_id)
    assert (told["state"], told["attempts"], told["status"]) == ("delivered", 1, 204)


async def test_both_secrets_sign_until_the_old_one_is_over(
    session, merchant, endpoint, receiver, sender
):
    old, new = opened(PEPPER, endpoint.id, endpoint.secret), new_secret()
    change = text(
        "UPDATE webhook_endpoints SET secret = :new, old_secret = secret,"
        " old_secret_until = now() + make_interval(secs => :left) WHERE id = :id"
    )
    values = {"id": endpoint.id, "new": sealed(PEPPER, endpoint.id, new)}
    await session.execute(change, values | {"left": 60})
    await tell(session, merchant.id)
    await sender.round()
    assert [is_signed(receiver.received[0], each) for each in (old, new)] == [True, True]
    await session.execute(
        text("UPDATE webhook_endpoints SET old_secret_until = now() - interval '1 second'")
    )
    await tell(session, merchant.id)
    await sender.round()
    assert [is_signed(receiver.received[1], each) for each in (old, new)] == [False, True]


async def test_f22_an_endpoint_that_is_down_is_tried_ten_times_with_the_same_id(
    session, merchant, endpoint, receiver, sender
):
    receiver.answers = [500] * 12
    event_id = await tell(session, merchant.id)
    waits = []
    for number in range(1, 11):
        assert await sender.later() == [event_id]
        told = await delivery(session, event_id)
        assert (told["attempts"], told["status"], told["error"]) == (number, 500, "refused")
        waits.append((told["next_attempt_at"] - told["attempted_at"]).total_seconds())
    assert all(each <= wait <= each * 1.21 for each, wait in zip(WAITS, waits, strict=False))
    assert told["state"] == "failed"
    assert await sender.later() == []
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    assert len({each.body for each in receiver.received}) == 1


async def test_f22_after_three_days_without_success_it_is_disabled_and_its_people_told(
    session, sessions, merchant, endpoint, receiver, sender, messages
):
    receiver.answers = [500, 500, 200]
    first = await tell(session, merchant.id, about="product:1")
    await sender.round()
    assert (await state_of(session, endpoint))[0] == "active"
    assert endpoint.failing_since is not None
    await session.execute(
        text("UPDATE webhook_endpoints SET failing_since = failing_since - interval '3 days'")
    )
    await sender.later()
    assert await state_of(session, endpoint) == ("disabled", "failing")
    # Nothing is sent any more, nothing is lost.
    later = await tell(session, merchant.id, about="product:2")
    assert await sender.later() == []
    assert [(await delivery(session, each))["state"] for each in (first, later)] == ["pending"] * 2
    assert await webhooks.tell_disabled(sessions, messages, limit=9) == 1
    assert "three days" in messages.last_to("it@m.example")
    assert await webhooks.tell_disabled(sessions, messages, limit=9) == 0
    logged = await session.execute(text("SELECT principal, action FROM operation_log"))
    assert ("service", "webhooks.disable") in {tuple(row) for row in logged}


async def test_f22_one_success_ends_a_failure(session, merchant, endpoint, receiver, sender):
    receiver.answers = [500, 200]
    await tell(session, merchant.id)
    await sender.round()
    await session.execute(
        text("UPDATE webhook_endpoints SET failing_since = failing_since - interval '71 hours'")
    )
    await sender.later()
    assert await state_of(session, endpoint) == ("active", None)
    assert endpoint.failing_since is None


async def test_f22_who_answers_gone_is_not_asked_again(
    session, sessions, merchant, endpoint, receiver, sender, messages
):
    receiver.answers = [410]
    event_id = await tell(session, merchant.id)
    await sender.round()
    assert await state_of(session, endpoint) == ("disabled", "gone")
    assert await sender.later() == []
    assert (await delivery(session, event_id))["status"] == 410
    assert await webhooks.tell_disabled(sessions, messages, limit=9) == 1
    assert "410" in messages.last_to("it@m.example")


async def test_a_letter_that_could_not_be_sent_is_sent_later(
    session, sessions, merchant, receiver, messages
):
    await make_endpoint(session, merchant.id, email="it@m.example", state="disabled", reason="gone")

    class Broken:
        async def send(self, **_: str) -> None:
            raise ConnectionError

    assert await webhooks.tell_disabled(sessions, Broken(), limit=9) == 0
    assert await webhooks.tell_disabled(sessions, messages, limit=9) == 1


async def test_f22_a_redirect_is_not_followed(session, merchant, endpoint, receiver, sender):
    receiver.answers = [REDIRECT % receiver.port]
    event_id = await tell(session, merchant.id)
    await sender.round()
    told = await delivery(session, event_id)
    assert (told["state"], told["status"], told["error"]) == ("pending", 302, "redirect")
    assert [each.path for each in receiver.received] == ["/hooks"]


async def test_f22_an_endpoint_that_is_slow_is_given_up_on(session, merchant, receiver, sessions):
    never = asyncio.Event()
    receiver.answers = [never.wait]
    await make_endpoint(session, merchant.id, url=receiver.url)
    event_id = await tell(session, merchant.id)
    hasty = GuardedClient(Egress(LOOPBACK), timeout_seconds=0.2, parallel=2)
    await Sender(sessions, hasty).round()
    told = await delivery(session, event_id)
    assert (told["status"], told["error"], told["state"]) == (None, "timeout", "pending")
    never.set()
    await hasty.aclose()


async def test_an_endpoint_nobody_listens_at_is_unreachable(session, merchant, sender):
    await make_endpoint(session, merchant.id, url="http://127.0.0.1:9/x")
    event_id = await tell(session, merchant.id)
    await sender.round()
    told = await delivery(session, event_id)
    assert (told["status"], told["error"]) == (None, "unreachable")


async def test_of_one_key_the_next_waits_for_the_one_before(
    session, merchant, endpoint, receiver, sender
):
    """Even while that backs off; another key does not wait."""
    receiver.answers = [500]
    first = await tell(session, merchant.id, about="order:1")
    await sender.round()
    second = await tell(session, merchant.id, about="order:1")
    other = await tell(session, merchant.id, about="order:2")
    assert await sender.round() == [other]
    assert await sender.later() == [first]
    assert await sender.round() == [second]
    arrived = [each.json["id"] for each in receiver.received]
    assert arrived == [str(each) for each in (first, other, first, second)]


async def test_while_it_fails_one_at_a_time_is_tried(session, sessions, merchant, endpoint):
    for number in range(6):
        await tell(session, merchant.id, about=f"product:{number}")
    first = await webhooks.claim(sessions, SETTINGS, room=8, failing=0)
    assert len(first) == SETTINGS.per_endpoint
    assert await webhooks.claim(sessions, SETTINGS, room=8, failing=0) == []
    await session.execute(text("UPDATE webhook_endpoints SET failing_since = now()"))
    await session.execute(text("UPDATE webhook_deliveries SET leased_until = NULL"))
    async with unit_of_work(sessions) as due:
        await due.execute(text("UPDATE webhook_deliveries SET next_attempt_at = now()"))
    assert len(await webhooks.claim(sessions, SETTINGS, room=8, failing=0)) == 1
    # Half of what a worker has under way is kept for those that do not fail.
    await session.execute(text("UPDATE webhook_deliveries SET leased_until = NULL"))
    await session.execute(text("UPDATE webhook_deliveries SET next_attempt_at = now()"))
    assert await webhooks.claim(sessions, SETTINGS, room=4, failing=4) == []


async def test_a_paused_endpoint_and_a_closed_merchant_are_told_nothing(
    session, merchant, endpoint, receiver, sender
):
    event_id = await tell(session, merchant.id)
    endpoint.state = "paused"
    await session.flush()
    assert await sender.round() == []
    endpoint.state, merchant.is_active = "active", False
    await session.flush()
    assert await sender.round() == []
    merchant.is_active = True
    await session.flush()
    assert await sender.round() == [event_id]
