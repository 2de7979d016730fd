"""Staff, roles, and who may change whom."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.security.passwords import passwords
from app.core.settings import HttpSettings, Settings
from app.models.system import LoginSession, Operation, Staff
from tests.factories import members as member_factory
from tests.factories.staff import bearer, make_role, make_staff

ADMIN = "/api/v1/admin"
PASSWORD = "correct horse"
CLERK = [Scope.SYSTEM_READ, Scope.SYSTEM_WRITE, Scope.ORDERS_READ]
V1 = {"If-Match": '"1"'}


async def with_password(session: AsyncSession, **overrides: Any) -> Staff:
    known = await passwords(2).hash(PASSWORD)
    return await make_staff(session, email="mei@shop.test", password_hash=known, **overrides)


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    body = {"email": "MEI@shop.test", "password": password}
    return await client.post(f"{ADMIN}/auth/login", json=body)


def headers(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def test_staff_sign_in_refresh_and_sign_out(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await with_password(session, scopes=CLERK)
    tokens = (await sign_in(client)).json()
    me = (await client.get(f"{ADMIN}/auth/me", headers=headers(tokens))).json()
    assert me["scopes"] == sorted(CLERK)
    body = {"refresh_token": tokens["refresh_token"]}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 401
    fresh = (await client.post(f"{ADMIN}/auth/refresh", json=body)).json()
    assert (await client.post(f"{ADMIN}/auth/logout", headers=headers(fresh))).status_code == 204
    for sent in (headers(tokens), headers(fresh)):
        assert (await client.get(f"{ADMIN}/auth/me", headers=sent)).status_code == 401


async def test_every_refusal_to_sign_in_is_the_same(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    unknown = await sign_in(client)
    staff = await with_password(session)
    wrong = await sign_in(client, "wrong horse")
    staff.is_active = False
    await session.flush()
    disabled = await sign_in(client)
    bodies = [
        {k: v for k, v in each.json().items() if k != "request_id"}
        for each in (unknown, wrong, disabled)
    ]
    assert [each.status_code for each in (unknown, wrong, disabled)] == [401] * 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["type"] == "/problems/login-refused"


async def test_a25_a_new_password_ends_the_other_sessions_of_staff(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await with_password(session)
    here, there = (await sign_in(client)).json(), (await sign_in(client)).json()
    change = {"current_password": PASSWORD, "password": "better horse"}
    wrong = change | {"current_password": "wrong horse"}
    path = f"{ADMIN}/auth/password"
    assert (await client.post(path, json=wrong, headers=headers(here))).status_code == 422
    assert (await client.post(path, json=change, headers=headers(here))).status_code == 204
    assert (await client.get(f"{ADMIN}/auth/me", headers=headers(here))).status_code == 200
    assert (await client.get(f"{ADMIN}/auth/me", headers=headers(there))).status_code == 401
    assert (await sign_in(client, "better horse")).status_code == 200


async def test_a6_a_staff_token_is_no_members_token(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    sent = await bearer(session, await make_staff(session, is_owner=True))
    answer = await client.get("/api/v1/me", headers=sent)
    assert answer.json()["type"] == "/problems/wrong-audience"
    theirs = await member_factory.bearer(session, await member_factory.make_member(session))
    answer = await client.get(f"{ADMIN}/staff", headers=theirs)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/wrong-audience")


async def test_a10_a_missing_scope_is_named(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    sent = await bearer(session, await make_staff(session, scopes=[Scope.SYSTEM_READ]))
    body = {"name": "Packers", "scopes": []}
    answer = await client.post(f"{ADMIN}/roles", json=body, headers=sent)
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/insufficient-scope"
    assert answer.json()["missing_scopes"] == ["system:write"]


async def test_an_owner_adds_somebody_who_then_signs_in(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    owner = await bearer(session, await make_staff(session, is_owner=True))
    role = {"name": "Packers", "scopes": ["orders:read", "inventory:write"]}
    made = await client.post(f"{ADMIN}/roles", json=role, headers=owner)
    assert made.status_code == 201
    body = {
        "email": "Mei@shop.test",
        "name": "Mei",
        "password": PASSWORD,
        "role_ids": [made.json()["id"]],
    }
    answer = await client.post(f"{ADMIN}/staff", json=body, headers=owner)
    assert answer.status_code == 201
    assert answer.json()["roles"] == [made.json()]
    assert "password" not in answer.text
    tokens = (await sign_in(client)).json()
    me = (await client.get(f"{ADMIN}/auth/me", headers=headers(tokens))).json()
    assert me["scopes"] == ["inventory:write", "orders:read"]
    again = await client.post(f"{ADMIN}/staff", json=body, headers=owner)
    assert (again.status_code, again.json()["field"]) == (409, "email")
    log = {row.action: row.changes for row in await session.scalars(select(Operation))}
    assert set(log) == {"system.create_role", "system.create_staff"}
    assert PASSWORD not in str(log)


async def test_edits_need_the_version_they_are_made_on(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    owner = await bearer(session, await make_staff(session, is_owner=True))
    staff, role = await make_staff(session), await make_role(session, scopes=[])
    for path in (f"{ADMIN}/staff/{staff.id}", f"{ADMIN}/roles/{role.id}"):
        body = {"name": "Another"}
        assert (await client.patch(path, json=body, headers=owner)).status_code == 428
        first = await client.patch(path, json=body, headers=owner | V1)
        assert (first.status_code, first.headers["etag"]) == (200, '"2"')
        assert (await client.patch(path, json=body, headers=owner | V1)).status_code == 412
        assert (await client.get(path, headers=owner)).headers["etag"] == '"2"'
    gone = f"{ADMIN}/roles/{role.id}"
    assert (await client.delete(gone, headers=owner | {"If-Match": '"2"'})).status_code == 204
    assert (await client.get(gone, headers=owner)).status_code == 404


async def test_a_role_somebody_holds_stays(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    owner = await bearer(session, await make_staff(session, is_owner=True))
    staff, role = await make_staff(session), await make_role(session, scopes=[])
    body = {"role_ids": [str(role.id)]}
    path = f"{ADMIN}/staff/{staff.id}"
    assert (await client.patch(path, json=body, headers=owner | V1)).status_code == 200
    answer = await client.delete(f"{ADMIN}/roles/{role.id}", headers=owner | V1)
    assert answer.json()["type"] == "/problems/role-in-use"
    body = {"role_ids": [str(new_id())]}
    path_2 = owner | {"If-Match": '"2"'}
    assert (await client.patch(path, json=body, headers=path_2)).status_code == 422


async def test_a9_a_disabled_persons_token_dies_at_once(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    owner = await bearer(session, await make_staff(session, is_owner=True))
    clerk = await make_staff(session, scopes=CLERK)
    sent = await bearer(session, clerk)
    assert (await client.get(f"{ADMIN}/staff", headers=sent)).status_code == 200
    path = f"{ADMIN}/staff/{clerk.id}"
    answer = await client.patch(path, json={"is_active": False}, headers=owner | V1)
    assert answer.status_code == 200
    assert (await client.get(f"{ADMIN}/staff", headers=sent)).status_code == 401
    assert (
        await session.scalar(
            select(LoginSession.revoked_reason).where(LoginSession.subject_id == clerk.id)
        )
        == "disabled"
    )
    on = {"is_active": True}
    answer = await client.patch(path, json=on, headers=owner | {"If-Match": '"2"'})
    assert answer.status_code == 200
    assert (await client.get(f"{ADMIN}/staff", headers=sent)).status_code == 401


async def test_a9_a_write_notices_at_once_what_another_process_did(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    clerk = await make_staff(session, scopes=CLERK)
    sent = await bearer(session, clerk)
    body = {"name": "Readers", "scopes": []}
    assert (await client.get(f"{ADMIN}/roles", headers=sent)).status_code == 200
    await session.execute(update(Staff).where(Staff.id == clerk.id).values(is_active=False))
    assert (await client.post(f"{ADMIN}/roles", json=body, headers=sent)).status_code == 401
    assert (await client.get(f"{ADMIN}/roles", headers=sent)).status_code == 401


async def test_a_narrowed_role_binds_the_next_write(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    clerk = await make_staff(session, scopes=CLERK)
    sent = await bearer(session, clerk)
    owner = await bearer(session, await make_staff(session, is_owner=True))
    me = (await client.get(f"{ADMIN}/auth/me", headers=sent)).json()
    path = f"{ADMIN}/roles/{me['roles'][0]['id']}"
    narrowed = await client.patch(path, json={"scopes": ["system:read"]}, headers=owner | V1)
    assert narrowed.status_code == 200
    body = {"name": "Readers", "scopes": []}
    assert (await client.post(f"{ADMIN}/roles", json=body, headers=sent)).status_code == 403


class TestLimited:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"http": HttpSettings(rate_limits_enabled=True)})

    async def test_a31_ten_passwords_may_be_tried(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await with_password(session)
        tried = [(await sign_in(client, "wrong horse")).status_code for _ in range(12)]
        assert tried == [401] * 10 + [429] * 2
