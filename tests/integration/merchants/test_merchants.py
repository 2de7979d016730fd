"""Merchants, as staff handle them."""

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.merchants import Merchant
from app.models.system import Operation
from app.services import merchants
from tests.factories.staff import bearer, make_staff

PATH = "/api/v1/admin/merchants"


@pytest.fixture
async def owner(session: AsyncSession) -> dict[str, str]:
    """Headers of an owner."""
    return await bearer(session, await make_staff(session, is_owner=True))


async def test_the_platform_is_made_once(session: AsyncSession) -> None:
    first = await merchants.ensure_platform(session, name="Stoa")
    again = await merchants.ensure_platform(session)
    assert first.id == again.id
    assert (again.name, again.is_platform, again.is_active) == ("Stoa", True, True)
    assert await session.scalar(select(func.count()).select_from(Merchant)) == 1


async def test_the_platform_stays_open(
    client: httpx.AsyncClient, session: AsyncSession, owner: dict[str, str]
) -> None:
    platform = await merchants.ensure_platform(session)
    body, seen = {"is_active": False}, owner | {"If-Match": '"1"'}
    answer = await client.patch(f"{PATH}/{platform.id}", json=body, headers=seen)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/platform-protected")


async def test_a_merchant_is_added_and_renamed(
    client: httpx.AsyncClient, session: AsyncSession, owner: dict[str, str]
) -> None:
    body = {"code": "lin-tea", "name": "Lin Tea"}
    made = await client.post(PATH, json=body, headers=owner)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    taken = await client.post(PATH, json=body, headers=owner)
    assert (taken.status_code, taken.json()["field"]) == (409, "code")
    path = f"{PATH}/{made.json()['id']}"
    rename = {"name": "Lin Tea House"}
    assert (await client.patch(path, json=rename, headers=owner)).status_code == 428
    seen = owner | {"If-Match": '"1"'}
    after = await client.patch(path, json=rename, headers=seen)
    assert after.json() == made.json() | rename | {"version": 2}
    assert (await client.patch(path, json=rename, headers=seen)).status_code == 412
    assert (await client.get(path, headers=owner)).json() == after.json()
    actions = list(await session.scalars(select(Operation.action).order_by(Operation.seq)))
    assert actions == ["merchants.create", "merchants.edit"]


async def test_merchants_are_paged(
    client: httpx.AsyncClient, session: AsyncSession, owner: dict[str, str]
) -> None:
    for each in range(3):
        body = {"code": f"m{each}", "name": f"M {each}"}
        await client.post(PATH, json=body, headers=owner)
    first = (await client.get(PATH, params={"limit": 2}, headers=owner)).json()
    params = {"limit": 2, "after": first["next_after"]}
    second = (await client.get(PATH, params=params, headers=owner)).json()
    codes = [each["code"] for page in (first, second) for each in page["items"]]
    assert codes == ["m2", "m1", "m0"]
    assert second["next_after"] is None
