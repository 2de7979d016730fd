"""The queue of what people have to look at, over HTTP."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.main import Resources
from tests.factories.members import make_member
from tests.factories.payments import GATEWAY, Counter
from tests.factories.staff import bearer, make_staff
from tests.fakes.transactions import watched
from tests.integration.payments.test_top_ups import begin, made

QUEUE = "/api/v1/admin/payment-reviews"


@pytest.fixture
async def clerk(session: AsyncSession) -> dict[str, str]:
    scopes = (Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE)
    return await bearer(session, await make_staff(session, scopes=scopes))


async def test_a_matter_is_listed_and_handed_on(
    client: httpx.AsyncClient, session: AsyncSession, clerk: dict[str, str]
) -> None:
    member = await make_member(session)
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    plan = await counter.start(await counter.open(member.id, 8_000, GATEWAY))
    await counter.notify(counter.pay(plan, amount_minor=1))
    (listed,) = (await client.get(QUEUE, headers=clerk)).json()["items"]
    assert (listed["kind"], listed["amount_minor"]) == ("amount_mismatch", 1)
    assert listed["actions"] == ["ask_again", "assign"]
    one = f"{QUEUE}/{listed['id']}"
    able = await make_staff(session, scopes=[Scope.PAYMENTS_WRITE])
    reader = await make_staff(session, scopes=[Scope.PAYMENTS_READ])
    gone = await make_staff(session, scopes=[Scope.PAYMENTS_WRITE], is_active=False)
    for stranger in (new_id(), reader.id, gone.id):
        refused = await client.put(
            f"{one}/assignee", json={"staff_id": str(stranger)}, headers=clerk | {"If-Match": '"1"'}
        )
        assert refused.json()["type"] == "/problems/invalid-reference"
    assigned = await client.put(
        f"{one}/assignee", json={"staff_id": str(able.id)}, headers=clerk | {"If-Match": '"1"'}
    )
    assert (assigned.status_code, assigned.headers["etag"]) == (200, '"2"')
    stale = await client.put(
        f"{one}/assignee", json={"staff_id": None}, headers=clerk | {"If-Match": '"1"'}
    )
    assert stale.json()["type"] == "/problems/stale-version"
    await counter.push()
    found = (await client.get(one, headers=clerk)).json()
    assert (found["is_settled"], found["actions"]) == (True, ["close", "assign"])


async def test_a_matter_of_a_top_up_is_closed(
    client: httpx.AsyncClient, session: AsyncSession, clerk: dict[str, str]
) -> None:
    """No order stands behind it."""
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    counter, member_id, package_id = await made(counter)
    _, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan, amount_minor=1))
    await counter.push()
    (listed,) = (await client.get(QUEUE, headers=clerk)).json()["items"]
    closed = await client.post(
        f"{QUEUE}/{listed['id']}/close",
        json={"reason": "it went back"},
        headers=clerk | {"If-Match": '"1"'},
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")


async def test_a_matter_of_a_top_up_is_asked_about(
    client: httpx.AsyncClient,
    session: AsyncSession,
    clerk: dict[str, str],
    resources: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    counter, member_id, package_id = await made(counter)
    _, plan = await begin(counter, member_id, package_id)
    await counter.notify(counter.pay(plan, amount_minor=1))
    (listed,) = (await client.get(QUEUE, headers=clerk)).json()["items"]
    monkeypatch.setitem(vars(resources), "gateways", counter.gateways)
    asked = await client.post(f"{QUEUE}/{listed['id']}/ask", headers=clerk)
    assert (asked.status_code, asked.json()["closed_for"]) == (200, "settled when asked again")


@pytest.mark.parametrize("verb", ["ask", "close"])
async def test_who_may_only_look_changes_nothing(
    client: httpx.AsyncClient, session: AsyncSession, verb: str
) -> None:
    headers = await bearer(session, await make_staff(session, scopes=[Scope.PAYMENTS_READ]))
    missing = await client.get(f"{QUEUE}/{new_id()}", headers=headers)
    assert missing.status_code == 404
    answer = await client.post(
        f"{QUEUE}/{new_id()}/{verb}", json={"reason": "x"}, headers=headers | {"If-Match": '"1"'}
    )
    assert answer.json()["type"] == "/problems/insufficient-scope"
