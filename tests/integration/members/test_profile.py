"""A shopper's own profile and addresses, and members as staff see them."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.models.members import Address
from app.models.system import Operation
from app.services.members.addresses import MAX_ADDRESSES
from tests.factories import staff as staff_factory
from tests.factories.members import bearer, make_address, make_guest, make_member

ME = "/api/v1/me"
ADDRESSES = "/api/v1/me/addresses"
HELD = ("points", "balances")
HOME = {
    "recipient": "Lin Shopper",
    "phone": "138 0013 8000",
    "country": "CN",
    "province": "上海市",
    "city": "上海市",
    "street": "南京东路 1 号",
}


@pytest.fixture
async def sent(session: AsyncSession) -> dict[str, str]:
    """Headers of a member."""
    return await bearer(session, await make_member(session))


async def add(client: httpx.AsyncClient, sent: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = await client.post(ADDRESSES, json=HOME | body, headers=sent)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    address: dict[str, Any] = answer.json()
    return address


async def listed(client: httpx.AsyncClient, sent: dict[str, str]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(ADDRESSES, headers=sent)).json()["items"]
    return items


async def test_a_member_reads_and_changes_their_profile(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    before = await client.get(ME, headers=sent)
    assert before.headers["etag"] == '"1"'
    body = {"name": "Lin", "locale": "zh-CN"}
    after = await client.patch(ME, json=body, headers=sent | {"If-Match": '"1"'})
    assert after.status_code == 200
    assert after.headers["etag"] == '"2"'
    changed = await client.get(ME, headers=sent)
    assert changed.json() == before.json() | body | {"version": 2}
    assert after.json() == {k: v for k, v in changed.json().items() if k not in HELD}
    assert (changed.json()["points"], changed.json()["balances"]) == (0, [])
    stale = await client.patch(ME, json=body, headers=sent | {"If-Match": '"1"'})
    assert stale.status_code == 412


@pytest.mark.parametrize("body", [{"email": "x@example.com"}, {"tier": "gold"}, {"kind": "member"}])
async def test_a_member_cannot_change_what_the_shop_decides(
    client: httpx.AsyncClient, sent: dict[str, str], body: dict[str, str]
) -> None:
    assert (await client.patch(ME, json=body, headers=sent)).status_code == 422


async def test_the_first_address_is_the_default_until_another_is(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    first = await add(client, sent)
    second = await add(client, sent)
    assert (first["is_default"], second["is_default"]) == (True, False)
    third = await add(client, sent, is_default=True)
    assert [each["id"] for each in await listed(client, sent)] == [
        third["id"],
        second["id"],
        first["id"],
    ]
    path = f"{ADDRESSES}/{second['id']}"
    changed = await client.patch(path, json={"is_default": True}, headers=sent)
    assert changed.json()["is_default"]
    assert [each["is_default"] for each in await listed(client, sent)] == [True, False, False]


async def test_a_phone_number_is_kept_in_one_form(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    address = await add(client, sent)
    assert address["phone"] == "+8613800138000"
    path = f"{ADDRESSES}/{address['id']}"
    body = {"country": "DE", "phone": "030 901820"}
    assert (await client.patch(path, json=body, headers=sent)).json()["phone"] == "+4930901820"
    refused = await client.patch(path, json={"phone": "1234"}, headers=sent)
    assert refused.json()["type"] == "/problems/invalid-contact"


async def test_a_patch_changes_only_what_it_names(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    address = await add(client, sent, label="Home", district="黄浦区")
    path = f"{ADDRESSES}/{address['id']}"
    after = await client.patch(path, json={"label": None, "street": "1 Bund"}, headers=sent)
    assert after.json() == address | {"label": None, "street": "1 Bund", "version": 2}
    for body in ({"city": None}, {"city": ""}, {"member_id": str(new_id())}, {"is_default": None}):
        assert (await client.patch(path, json=body, headers=sent)).status_code == 422


async def test_an_address_somebody_changed_meanwhile_is_not_overwritten(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    path = f"{ADDRESSES}/{(await add(client, sent))['id']}"
    seen = sent | {"If-Match": '"1"'}
    assert (await client.patch(path, json={"label": "A"}, headers=seen)).status_code == 200
    assert (await client.patch(path, json={"label": "B"}, headers=seen)).status_code == 412
    assert (await client.delete(path, headers=seen)).status_code == 412
    assert (await client.delete(path, headers=sent | {"If-Match": '"2"'})).status_code == 204
    assert (await client.get(path, headers=sent)).status_code == 404


async def test_the_address_book_has_an_end(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    """C29: addresses are kept, one is the default, and there are so many at most."""
    member = await make_member(session)
    sent = await bearer(session, member)
    for _ in range(MAX_ADDRESSES):
        await make_address(session, member.id)
    answer = await client.post(ADDRESSES, json=HOME, headers=sent)
    assert (answer.status_code, answer.json()["limit"]) == (409, MAX_ADDRESSES)


async def test_a1_somebody_elses_address_does_not_exist(
    client: httpx.AsyncClient, session: AsyncSession, sent: dict[str, str]
) -> None:
    theirs = await make_address(session, (await make_member(session)).id)
    path, nowhere = f"{ADDRESSES}/{theirs.id}", f"{ADDRESSES}/{new_id()}"
    for verb, body in (("GET", None), ("PATCH", {"city": "Suzhou"}), ("DELETE", None)):
        one = await client.request(verb, path, json=body, headers=sent)
        other = await client.request(verb, nowhere, json=body, headers=sent)
        assert one.status_code == other.status_code == 404
        assert one.json()["detail"] == other.json()["detail"]
    assert await listed(client, sent) == []
    await session.refresh(theirs)
    assert theirs.city == "上海市"


async def test_staff_find_and_freeze_a_member(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    member = await make_member(session, email="lin@example.com")
    await make_guest(session)
    theirs = await bearer(session, member)
    clerk = await staff_factory.make_staff(
        session, scopes=[Scope.MEMBERS_READ, Scope.MEMBERS_WRITE]
    )
    ours = await staff_factory.bearer(session, clerk)
    params = {"login": "LIN@example.com"}
    found = (await client.get("/api/v1/admin/members", params=params, headers=ours)).json()
    assert [each["id"] for each in found["items"]] == [str(member.id)]
    path = f"/api/v1/admin/members/{member.id}"
    assert (await client.post(f"{path}/freeze", headers=ours)).status_code == 428
    seen = ours | {"If-Match": '"1"'}
    frozen = await client.post(f"{path}/freeze", headers=seen)
    assert (frozen.status_code, frozen.json()["status"]) == (200, "frozen")
    assert (await client.get(ME, headers=theirs)).status_code == 401
    assert (await client.post(f"{path}/unfreeze", headers=seen)).status_code == 412
    again = await client.post(f"{path}/unfreeze", headers=ours | {"If-Match": '"2"'})
    assert again.json()["status"] == "active"
    actions = list(await session.scalars(select(Operation.action)))
    assert actions == ["members.set_status", "members.set_status"]


async def test_staff_put_a_member_into_a_tier_and_take_them_out(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    member, guest = await make_member(session), await make_guest(session)
    clerk = await staff_factory.make_staff(session, scopes=[Scope.MEMBERS_WRITE])
    ours = await staff_factory.bearer(session, clerk)
    path = f"/api/v1/admin/members/{member.id}/tier"
    assert (await client.post(path, json={"tier": "vip"}, headers=ours)).status_code == 428
    raised = await client.post(path, json={"tier": "vip"}, headers=ours | {"If-Match": '"1"'})
    assert (raised.status_code, raised.json()["tier"]) == (200, "vip")
    theirs = await bearer(session, member)
    assert (await client.get(ME, headers=theirs)).json()["tier"] == "vip"
    stale = await client.post(path, json={"tier": None}, headers=ours | {"If-Match": '"1"'})
    assert stale.status_code == 412
    lowered = await client.post(path, json={"tier": None}, headers=ours | {"If-Match": '"2"'})
    assert lowered.json()["tier"] is None
    changes = list(await session.scalars(select(Operation.changes).order_by(Operation.id)))
    assert changes == [{"tier": [None, "vip"]}, {"tier": ["vip", None]}]
    path = f"/api/v1/admin/members/{guest.id}/tier"
    refused = await client.post(path, json={"tier": "vip"}, headers=ours | {"If-Match": '"1"'})
    assert refused.status_code == 404


async def test_members_are_paged(client: httpx.AsyncClient, session: AsyncSession) -> None:
    for _ in range(3):
        await make_member(session)
    clerk = await staff_factory.make_staff(session, scopes=[Scope.MEMBERS_READ])
    ours = await staff_factory.bearer(session, clerk)
    seen: list[str] = []
    after: str | None = None
    while True:
        params = {"limit": "2"} | ({"after": after} if after else {})
        page = (await client.get("/api/v1/admin/members", params=params, headers=ours)).json()
        seen += [each["id"] for each in page["items"]]
        if (after := page["next_after"]) is None:
            break
    assert len(seen) == len(set(seen)) == 3
    assert seen == sorted(seen, reverse=True)
    assert not list(await session.scalars(select(Address)))
