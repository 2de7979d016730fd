"""API keys: how a merchant's systems get in, and how they are kept out."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.security.secrets import _checksum
from app.models.merchants import ApiKey, Merchant
from app.models.system import Operation, OutboxMessage
from app.services.merchants.authenticate import forget_keys
from tests.factories import staff as staff_factory
from tests.factories.merchants import MadeKey, bearer, make_api_key, make_merchant

ME = "/api/v1/merchant/me"
KEYS = "/api/v1/merchant/api-keys"
READ = [Scope.MERCHANTS_READ]


@pytest.fixture
async def merchant(session: AsyncSession) -> Merchant:
    return await make_merchant(session)


@pytest.fixture
async def key(session: AsyncSession, merchant: Merchant) -> MadeKey:
    return await make_api_key(session, merchant.id, scopes=READ)


@pytest.fixture
async def owner(session: AsyncSession) -> dict[str, str]:
    """Headers of an owner."""
    return await staff_factory.bearer(
        session, await staff_factory.make_staff(session, is_owner=True)
    )


def path_of(merchant: Merchant, *more: str) -> str:
    return "/".join((f"/api/v1/admin/merchants/{merchant.id}/api-keys", *more))


async def created(
    client: httpx.AsyncClient, merchant: Merchant, sent: dict[str, str], **body: Any
) -> httpx.Response:
    wanted = {"name": "Warehouse", "scopes": ["merchants:read", "orders:read"]} | body
    return await client.post(path_of(merchant), json=wanted, headers=sent)


async def test_a_key_says_whose_it_is(
    client: httpx.AsyncClient, merchant: Merchant, key: MadeKey
) -> None:
    answer = await client.get(ME, headers=bearer(key))
    assert answer.status_code == 200
    assert answer.json()["id"] == str(merchant.id)


async def test_a_key_is_shown_once_and_kept_nowhere(
    client: httpx.AsyncClient, session: AsyncSession, merchant: Merchant, owner: dict[str, str]
) -> None:
    answer = await created(client, merchant, owner)
    assert answer.status_code == 201
    made = answer.json()
    assert made["key"].startswith("sk_live_" + made["key_id"])
    listed = await client.get(path_of(merchant), headers=owner)
    assert made["key"] not in listed.text
    assert [each["id"] for each in listed.json()["items"]] == [made["id"]]
    for table in ("api_keys", "operation_log", "outbox"):
        rows = await session.execute(text(f"SELECT t::text FROM {table} t"))
        assert all(made["key"][16:] not in row for (row,) in rows)
    own = await client.get(KEYS, headers={"Authorization": f"Bearer {made['key']}"})
    assert [each["id"] for each in own.json()["items"]] == [made["id"]]
    assert await session.scalar(select(Operation.action)) == "merchants.create_api_key"


async def test_a_revoked_key_stops_working(
    client: httpx.AsyncClient, merchant: Merchant, key: MadeKey, owner: dict[str, str]
) -> None:
    assert (await client.get(ME, headers=bearer(key))).status_code == 200
    path = path_of(merchant, str(key.row.id), "revoke")
    assert (await client.post(path, headers=owner)).status_code == 204
    assert (await client.get(ME, headers=bearer(key))).status_code == 401
    assert (await client.post(path, headers=owner)).status_code == 404


async def test_a12_both_keys_work_until_the_old_one_expires(
    client: httpx.AsyncClient,
    session: AsyncSession,
    merchant: Merchant,
    key: MadeKey,
    owner: dict[str, str],
) -> None:
    path = path_of(merchant, str(key.row.id), "rotate")
    made = (await client.post(path, json={}, headers=owner)).json()
    new = {"Authorization": f"Bearer {made['key']}"}
    assert made["scopes"] == key.row.scopes
    for sent in (bearer(key), new):
        assert (await client.get(KEYS, headers=sent)).status_code == 200
    await session.refresh(key.row)
    assert key.row.expires_at is not None
    left = key.row.expires_at - clock.now()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    fast = {"old_expires_in_seconds": 0}
    again = path_of(merchant, made["id"], "rotate")
    assert (await client.post(again, json=fast, headers=owner)).status_code == 201
    # In the test everything is one transaction, in which now() stands still.
    past = clock.now() - timedelta(seconds=1)
    await session.execute(update(ApiKey).where(ApiKey.id == made["id"]).values(expires_at=past))
    assert (await client.get(KEYS, headers=new)).status_code == 401


async def test_a5_a_merchant_sees_only_its_own_keys(
    client: httpx.AsyncClient, session: AsyncSession, key: MadeKey, owner: dict[str, str]
) -> None:
    other = await make_merchant(session)
    theirs = await make_api_key(session, other.id, scopes=READ)
    listed = (await client.get(KEYS, headers=bearer(key))).json()
    assert [each["id"] for each in listed["items"]] == [str(key.row.id)]
    for verb in ("revoke", "rotate"):
        path = path_of(other, str(key.row.id), verb)
        answer = await client.post(path, json={} if verb == "rotate" else None, headers=owner)
        assert answer.status_code == 404
    assert (await client.get(ME, headers=bearer(theirs))).json()["id"] == str(other.id)


async def test_a10_a_key_without_the_scope_is_told_which(
    client: httpx.AsyncClient, session: AsyncSession, merchant: Merchant
) -> None:
    key = await make_api_key(session, merchant.id, scopes=[Scope.ORDERS_READ])
    answer = await client.get(KEYS, headers=bearer(key))
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/insufficient-scope"
    assert answer.json()["missing_scopes"] == ["merchants:read"]


async def test_a11_a_key_in_the_address_is_refused_and_reported(
    client: httpx.AsyncClient, session: AsyncSession, key: MadeKey
) -> None:
    for sent in ({}, bearer(key)):
        answer = await client.get(KEYS, params={"after": key.text}, headers=sent)
        assert answer.status_code == 401
        assert key.text not in answer.text
    answer = await client.get(ME, params={"api_key": key.text})
    assert answer.status_code == 401
    event = await session.scalar(select(OutboxMessage).limit(1))
    assert event is not None
    assert event.name == "merchants.api_key_exposed.v1"
    assert event.payload == {
        "api_key_id": str(key.row.id),
        "merchant_id": str(key.row.merchant_id),
    }


async def test_a13_a_guess_is_refused_whatever_is_wrong_with_it(
    client: httpx.AsyncClient, key: MadeKey
) -> None:
    body = key.text[8:-6]
    other = body[:-1] + ("a" if body[-1] != "a" else "b")
    same_id = f"sk_live_{other}{_checksum(other)}"
    unknown = "0" * 40
    bodies = []
    for guess in (
        same_id,
        f"sk_live_{unknown}{_checksum(unknown)}",
        key.text[:-1] + "!",
        "sk_live_",
        key.text + "a",
    ):
        answer = await client.get(ME, headers={"Authorization": f"Bearer {guess}"})
        assert answer.status_code == 401
        bodies.append({k: v for k, v in answer.json().items() if k != "request_id"})
    assert all(each == bodies[0] for each in bodies)


async def test_a13_twenty_bad_keys_a_minute_are_enough(
    app: FastAPI, client: httpx.AsyncClient, key: MadeKey
) -> None:
    bad = {"Authorization": f"Bearer {key.text[:-1]}!"}
    answers = [(await client.get(ME, headers=bad)).status_code for _ in range(23)]
    assert answers[:20] == [401] * 20
    assert 429 in answers[20:]
    elsewhere = httpx.ASGITransport(app, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://test") as other:
        assert (await other.get(ME, headers=bad)).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": clock.now() - timedelta(days=1)},
        {"revoked_at": clock.now() - timedelta(days=1)},
        {"ip_allow": ["192.0.2.0/24"]},
    ],
)
async def test_a_key_that_does_not_open_is_refused(
    client: httpx.AsyncClient, session: AsyncSession, merchant: Merchant, change: dict[str, Any]
) -> None:
    key = await make_api_key(session, merchant.id, scopes=READ, **change)
    assert (await client.get(ME, headers=bearer(key))).status_code == 401


async def test_a35_the_peer_decides_not_what_a_header_says(
    app: FastAPI, session: AsyncSession, merchant: Merchant
) -> None:
    key = await make_api_key(session, merchant.id, scopes=READ, ip_allow=["192.0.2.0/24"])
    claimed = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Real-IP": "192.0.2.1",
        "Forwarded": "for=192.0.2.1",
    }
    for ip, status in (("198.51.100.1", 401), ("::ffff:192.0.2.9", 200), ("192.0.2.9", 200)):
        transport = httpx.ASGITransport(app, client=(ip, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get(ME, headers=bearer(key) | claimed)
            assert answer.status_code == status


async def test_use_is_written_once_a_minute(
    client: httpx.AsyncClient, session: AsyncSession, key: MadeKey
) -> None:
    async def used_at() -> Any:
        return await session.scalar(select(ApiKey.last_used_at).where(ApiKey.id == key.row.id))

    assert await used_at() is None
    await client.get(ME, headers=bearer(key))
    first = await used_at()
    assert first is not None
    recent = first - timedelta(seconds=30)
    for last, expected in ((recent, recent), (recent - timedelta(seconds=31), first)):
        await session.execute(update(ApiKey).values(last_used_at=last))
        forget_keys()
        assert (await client.get(ME, headers=bearer(key))).status_code == 200
        assert await used_at() == expected


async def test_a_closed_merchants_keys_stop_working(
    client: httpx.AsyncClient, merchant: Merchant, key: MadeKey, owner: dict[str, str]
) -> None:
    assert (await client.get(ME, headers=bearer(key))).status_code == 200
    path = f"/api/v1/admin/merchants/{merchant.id}"
    sent = owner | {"If-Match": '"1"'}
    assert (await client.patch(path, json={"is_active": False}, headers=sent)).status_code == 200
    assert (await client.get(ME, headers=bearer(key))).status_code == 401


async def test_a7_nobody_gives_a_key_scopes_they_lack(
    client: httpx.AsyncClient, session: AsyncSession, merchant: Merchant, key: MadeKey
) -> None:
    clerk = await staff_factory.make_staff(
        session, scopes=[Scope.MERCHANTS_READ, Scope.MERCHANTS_WRITE]
    )
    sent = await staff_factory.bearer(session, clerk)
    answer = await created(client, merchant, sent)
    assert (answer.status_code, answer.json()["missing_scopes"]) == (403, ["orders:read"])
    above = await make_api_key(session, merchant.id, scopes=[Scope.ORDERS_WRITE])
    path = path_of(merchant, str(above.row.id), "rotate")
    assert (await client.post(path, json={}, headers=sent)).status_code == 403


async def test_no_key_reaches_beyond_a_merchant(
    client: httpx.AsyncClient, merchant: Merchant, owner: dict[str, str]
) -> None:
    answer = await created(client, merchant, owner, scopes=["system:write", "orders:read"])
    assert (answer.status_code, answer.json()["scopes"]) == (422, ["system:write"])


async def test_a_merchant_has_twenty_live_keys(
    client: httpx.AsyncClient, session: AsyncSession, merchant: Merchant, owner: dict[str, str]
) -> None:
    for _ in range(20):
        await make_api_key(session, merchant.id)
    answer = await created(client, merchant, owner)
    assert (answer.status_code, answer.json()["limit"]) == (409, 20)


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["orders:everything"]},
        {"ip_allow": ["evil"]},
        {"ip_allow": ["192.0.2.0/99"]},
        {"expires_at": "tomorrow"},
        {"merchant_id": str(new_id())},
        {"name": ""},
    ],
)
async def test_a_bad_key_is_not_made(
    client: httpx.AsyncClient, merchant: Merchant, owner: dict[str, str], body: dict[str, Any]
) -> None:
    assert (await created(client, merchant, owner, **body)).status_code == 422


async def test_a_scope_no_key_may_have_is_answered_with_those_it_may(
    client: httpx.AsyncClient, merchant: Merchant, owner: dict[str, str]
) -> None:
    answer = await created(client, merchant, owner, scopes=["orders:read", "fulfilment:write"])
    told = answer.json()
    assert (answer.status_code, told["type"]) == (422, "/problems/scope-not-grantable")
    assert told["scopes"] == ["fulfilment:write"]
    assert "orders:write" in told["grantable"]
    again = await created(client, merchant, owner, scopes=told["grantable"])
    assert again.status_code == 201, again.text
