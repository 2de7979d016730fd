"""Attacks A7 and A8 by somebody who may manage staff but is no owner."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.models.system import Staff
from tests.factories.staff import bearer, make_role, make_staff

ADMIN = "/api/v1/admin"
PASSWORD = "correct horse"
CLERK = [Scope.SYSTEM_READ, Scope.SYSTEM_WRITE, Scope.ORDERS_READ]
V1 = {"If-Match": '"1"'}


@pytest.fixture
async def clerk(session: AsyncSession) -> Staff:
    return await make_staff(session, scopes=CLERK)


@pytest.fixture
async def sent(session: AsyncSession, clerk: Staff) -> dict[str, str]:
    return await bearer(session, clerk)


async def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.json()["type"] == "/problems/privilege-escalation"


async def test_a7_nobody_makes_a_role_beyond_their_own(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    body = {"name": "Bank", "scopes": ["orders:read", "ledger:write"]}
    answer = await client.post(f"{ADMIN}/roles", json=body, headers=sent)
    await refused(answer)
    assert answer.json()["missing_scopes"] == ["ledger:write"]


async def test_a7_nobody_widens_a_role_beyond_their_own(
    client: httpx.AsyncClient, session: AsyncSession, sent: dict[str, str]
) -> None:
    role = await make_role(session, scopes=[Scope.ORDERS_READ])
    body = {"scopes": ["orders:read", "payments:write"]}
    path = f"{ADMIN}/roles/{role.id}"
    await refused(await client.patch(path, json=body, headers=sent | V1))


async def test_a7_nobody_narrows_or_deletes_a_role_above_them(
    client: httpx.AsyncClient, session: AsyncSession, sent: dict[str, str]
) -> None:
    role = await make_role(session, scopes=[Scope.LEDGER_WRITE])
    path = f"{ADMIN}/roles/{role.id}"
    await refused(await client.patch(path, json={"scopes": []}, headers=sent | V1))
    await refused(await client.delete(path, headers=sent | V1))


async def test_a7_nobody_gives_themselves_or_others_a_role_above_them(
    client: httpx.AsyncClient, session: AsyncSession, clerk: Staff, sent: dict[str, str]
) -> None:
    role = await make_role(session, scopes=[Scope.LEDGER_WRITE])
    other = await make_staff(session)
    for target in (clerk, other):
        path = f"{ADMIN}/staff/{target.id}"
        body = {"role_ids": [str(role.id)]}
        await refused(await client.patch(path, json=body, headers=sent | V1))
    body_new = {
        "email": "new@shop.test",
        "name": "New",
        "password": PASSWORD,
        "role_ids": [str(role.id)],
    }
    await refused(await client.post(f"{ADMIN}/staff", json=body_new, headers=sent))


async def test_a7_nobody_makes_an_owner(
    client: httpx.AsyncClient, clerk: Staff, sent: dict[str, str]
) -> None:
    path = f"{ADMIN}/staff/{clerk.id}"
    for body in ({"is_owner": True}, {"scopes": ["ledger:write"]}):
        assert (await client.patch(path, json=body, headers=sent | V1)).status_code == 422


@pytest.mark.parametrize("body", [{"name": "Gone"}, {"is_active": False}, {"role_ids": []}])
async def test_a8_nobody_below_changes_an_owner(
    client: httpx.AsyncClient,
    session: AsyncSession,
    sent: dict[str, str],
    body: dict[str, Any],
) -> None:
    owner = await make_staff(session, is_owner=True)
    path = f"{ADMIN}/staff/{owner.id}"
    await refused(await client.patch(path, json=body, headers=sent | V1))
    reset = await client.post(
        f"{path}/password", json={"password": "better horse"}, headers=sent | V1
    )
    await refused(reset)


async def test_a8_even_somebody_with_every_scope_is_no_owner(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    sent = await bearer(session, await make_staff(session, scopes=list(Scope)))
    owner = await make_staff(session, is_owner=True)
    path = f"{ADMIN}/staff/{owner.id}"
    await refused(await client.patch(path, json={"name": "X"}, headers=sent | V1))


async def test_a8_an_owner_is_not_disabled_even_by_an_owner(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    one, two = [await make_staff(session, is_owner=True) for _ in range(2)]
    sent = await bearer(session, one)
    for target in (one, two):
        path = f"{ADMIN}/staff/{target.id}"
        body = {"is_active": False}
        await refused(await client.patch(path, json=body, headers=sent | V1))


async def test_a8_nobody_resets_the_password_of_somebody_above_them(
    client: httpx.AsyncClient, session: AsyncSession, sent: dict[str, str]
) -> None:
    above = await make_staff(session, scopes=[Scope.LEDGER_WRITE])
    path = f"{ADMIN}/staff/{above.id}"
    body = {"password": "better horse"}
    await refused(await client.post(f"{path}/password", json=body, headers=sent | V1))
    await refused(await client.patch(path, json={"is_active": False}, headers=sent | V1))
