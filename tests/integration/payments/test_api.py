"""Stored value, payments and the ledger over HTTP."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from app.core.ids import new_id, random_code
from tests.factories.members import bearer, make_member
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    Counter,
    give_balance,
    give_points,
    make_gift_card,
)
from tests.factories.staff import bearer as staff_bearer
from tests.factories.staff import make_staff
from tests.fakes.transactions import watched

ADMIN, ME = "/api/v1/admin", "/api/v1/me"
FINANCE = (Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE, Scope.LEDGER_READ)


def once() -> dict[str, str]:
    return {"Idempotency-Key": random_code(16)}


@pytest.fixture
async def finance(session: AsyncSession) -> dict[str, str]:
    return await staff_bearer(session, await make_staff(session, scopes=FINANCE))


@pytest.fixture
async def member(session: AsyncSession) -> tuple[UUID, dict[str, str]]:
    row = await make_member(session)
    return row.id, await bearer(session, row)


async def issued(
    client: httpx.AsyncClient, finance: dict[str, str], **body: Any
) -> list[dict[str, Any]]:
    wanted = {"batch": random_code(8), "count": 2, "currency": "CNY", "face_minor": 5_000}
    answer = await client.post(f"{ADMIN}/gift-cards", json=wanted | body, headers=finance)
    assert answer.status_code == 201, answer.text
    cards: list[dict[str, Any]] = answer.json()["cards"]
    return cards


async def test_a_gift_card_from_issue_to_purse(
    client: httpx.AsyncClient, finance: dict[str, str], member: tuple[UUID, dict[str, str]]
) -> None:
    _, shopper = member
    card, _ = await issued(client, finance, batch="SPRING")
    assert len(card["code"]) == 16
    body = {"code": f"{card['code'][:8]}-{card['code'][8:]}".lower()}
    early = await client.post(f"{ME}/gift-cards", json=body, headers=shopper)
    assert (early.status_code, early.json()["type"]) == (422, "/problems/gift-card-unusable")
    activated = await client.post(
        f"{ADMIN}/gift-cards/activate",
        json={"batch": "SPRING", "funding": "sold"},
        headers=finance | once(),
    )
    assert activated.json() == {"activated": 2}
    bound = await client.post(f"{ME}/gift-cards", json=body, headers=shopper)
    assert bound.status_code == 200
    assert bound.json() == {
        "id": card["id"],
        "code_tail": card["code"][-4:],
        "currency": "CNY",
        "face_minor": 5_000,
        "available_minor": 5_000,
        "held_minor": 0,
        "state": "active",
        "is_expired": False,
        "expires_at": None,
    }
    again = await client.post(f"{ME}/gift-cards", json=body, headers=shopper)
    assert again.json() == bound.json()
    mine = await client.get(f"{ME}/gift-cards", headers=shopper)
    assert mine.json() == {"items": [bound.json()], "next_after": None}


async def test_a_batch_is_issued_once(client: httpx.AsyncClient, finance: dict[str, str]) -> None:
    await issued(client, finance, batch="ONE")
    body = {"batch": "ONE", "count": 1, "currency": "CNY", "face_minor": 1}
    again = await client.post(f"{ADMIN}/gift-cards", json=body, headers=finance)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-exists")


async def test_m46_every_card_that_cannot_be_used_is_refused_alike(
    client: httpx.AsyncClient,
    session: AsyncSession,
    finance: dict[str, str],
    member: tuple[UUID, dict[str, str]],
) -> None:
    _, shopper = member
    other = await make_member(session)
    somebodys = await make_gift_card(session, 5_000, member_id=other.id)
    frozen = await make_gift_card(session, 5_000)
    answer = await client.post(f"{ADMIN}/gift-cards/{frozen.id}/freeze", headers=finance)
    assert answer.json()["state"] == "frozen"
    (unused, _) = await issued(client, finance)
    bodies = []
    for code in (somebodys.code, frozen.code, unused["code"], "0000-0000-0000-0000"):
        refused = await client.post(f"{ME}/gift-cards", json={"code": code}, headers=shopper)
        assert refused.status_code == 422
        bodies.append({k: v for k, v in refused.json().items() if k != "request_id"})
    assert all(each == bodies[0] for each in bodies)
    thawed = await client.post(f"{ADMIN}/gift-cards/{frozen.id}/unfreeze", headers=finance)
    assert thawed.json()["state"] == "active"
    illegal = await client.post(f"{ADMIN}/gift-cards/{unused['id']}/freeze", headers=finance)
    assert illegal.status_code == 409
    missing = await client.post(f"{ADMIN}/gift-cards/{new_id()}/freeze", headers=finance)
    assert missing.status_code == 404


async def test_points_and_balance_are_given_once_and_read(
    client: httpx.AsyncClient, finance: dict[str, str], member: tuple[UUID, dict[str, str]]
) -> None:
    member_id, shopper = member
    key = once()
    grant = {
        "member_id": str(member_id),
        "quantity": 300,
        "source": f"campaign:{random_code(6)}",
        "currency": "CNY",
    }
    first = await client.post(f"{ADMIN}/points/grants", json=grant, headers=finance | key)
    assert first.status_code == 201, first.text
    again = await client.post(f"{ADMIN}/points/grants", json=grant, headers=finance | key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other_key = await client.post(f"{ADMIN}/points/grants", json=grant, headers=finance | once())
    assert other_key.json()["id"] == first.json()["id"]
    differs = await client.post(
        f"{ADMIN}/points/grants", json=grant | {"quantity": 301}, headers=finance | once()
    )
    assert differs.status_code == 409
    points = (await client.get(f"{ME}/points", headers=shopper)).json()
    assert (points["available"], points["held"], len(points["lots"])) == (300, 0, 1)

    adjust = {
        "member_id": str(member_id),
        "currency": "CNY",
        "amount_minor": 700,
        "kind": "goodwill",
        "reason": "late parcel",
    }
    path = f"{ADMIN}/balance-adjustments"
    given = await client.post(path, json=adjust, headers=finance | once())
    assert given.json() == {"currency": "CNY", "available_minor": 700, "held_minor": 0}
    taken = await client.post(path, json=adjust | {"amount_minor": -701}, headers=finance | once())
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/insufficient-funds")
    mine = (await client.get(f"{ME}/balance", headers=shopper)).json()
    assert mine == {"items": [given.json()]}
    nobody = await client.post(
        path, json=adjust | {"member_id": str(new_id())}, headers=finance | once()
    )
    assert nobody.status_code == 404


@pytest.mark.parametrize("wrong", [{"amount_minor": 0}, {"currency": "PTS"}])
async def test_an_adjustment_moves_some_money(
    client: httpx.AsyncClient, session: AsyncSession, finance: dict[str, str], wrong: dict[str, Any]
) -> None:
    """Of no money there is no balance to show, and points are granted, not paid in."""
    member = await make_member(session)
    body = {
        "member_id": str(member.id),
        "currency": "CNY",
        "amount_minor": 700,
        "kind": "top_up",
        "reason": "at the till",
    }
    answer = await client.post(
        f"{ADMIN}/balance-adjustments", json=body | wrong, headers=finance | once()
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["pointer"] == f"/body/{next(iter(wrong))}"


async def test_money_moves_only_with_an_idempotency_key(
    client: httpx.AsyncClient, finance: dict[str, str]
) -> None:
    body = {"batch": "X", "funding": "sold"}
    answer = await client.post(f"{ADMIN}/gift-cards/activate", json=body, headers=finance)
    assert (answer.status_code, answer.json()["type"]) == (
        400,
        "/problems/idempotency-key-missing",
    )


async def test_staff_see_payments_refunds_and_the_ledger(
    client: httpx.AsyncClient, session: AsyncSession, finance: dict[str, str]
) -> None:
    member = await make_member(session)
    await give_balance(session, member.id, 5_000)
    await give_points(session, member.id, 10)
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    plan = await counter.start(await counter.open(member.id, 8_000, BALANCE_TENDER, GATEWAY))
    await counter.notify(counter.pay(plan))
    await counter.refund_all(plan, "R-9")

    found = (await client.get(f"{ADMIN}/payments?member_id={member.id}", headers=finance)).json()
    assert [each["state"] for each in found["items"]] == ["partly_refunded"]
    detail = (await client.get(f"{ADMIN}/payments/{plan.id}", headers=finance)).json()
    assert [each["amount_minor"] for each in detail["tenders"]] == [5_000, 3_000]
    assert [each["outcome"] for each in detail["receipts"]] == ["captured"]
    assert [each["number"] for each in detail["refunds"]] == ["R-9"]
    path = f"{ADMIN}/refunds?order_id={plan.order_id}&state=pending"
    (part,) = (await client.get(path, headers=finance)).json()["items"]
    assert (part["amount_minor"], part["out_refund_no"]) == (3_000, "R-9-2")
    assert (await client.get(f"{ADMIN}/payments/{new_id()}", headers=finance)).status_code == 404

    path = f"{ADMIN}/ledger/journals?order_id={plan.order_id}"
    journals = (await client.get(path, headers=finance)).json()["items"]
    kinds = {each["kind"] for each in journals}
    assert kinds == {"hold", "capture", "refund", "refund_internal"}
    assert all(sum(e["amount_minor"] for e in each["entries"]) == 0 for each in journals)
    first = (await client.get(f"{path}&limit=3", headers=finance)).json()
    rest = (await client.get(f"{path}&after={first['next_after']}", headers=finance)).json()
    assert first["items"] + rest["items"] == journals
    path = f"{ADMIN}/ledger/accounts?owner_id={member.id}&kind=balance"
    accounts = (await client.get(path, headers=finance)).json()["items"]
    assert {each["code"]: each["balance_minor"] for each in accounts} == {
        f"balance:{member.id}:available": 5_000,
        f"balance:{member.id}:held": 0,
    }
    trial = (await client.get(f"{ADMIN}/ledger/trial-balance", headers=finance)).json()["lines"]
    sides = {"debit": 0, "credit": 0}
    for line in trial:
        sides[line["side"]] += line["balance_minor"] if line["currency"] == "CNY" else 0
    assert sides["debit"] == sides["credit"]


async def test_the_review_queue_holds_what_does_not_match(
    client: httpx.AsyncClient, session: AsyncSession, finance: dict[str, str]
) -> None:
    member = await make_member(session)
    connection = await session.connection()
    counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
    plan = await counter.start(await counter.open(member.id, 8_000, GATEWAY))
    await counter.notify(counter.pay(plan, amount_minor=1))
    queue = (await client.get(f"{ADMIN}/payments/in-review", headers=finance)).json()["items"]
    assert [(each["id"], each["review_reason"], each["has_suspense"]) for each in queue] == [
        (str(plan.id), "amount_mismatch", True)
    ]


@pytest.mark.parametrize(
    "path", ["payments", "refunds", "gift-cards", "ledger/accounts", "ledger/journals"]
)
async def test_without_the_scope_nothing_is_shown(
    client: httpx.AsyncClient, session: AsyncSession, path: str
) -> None:
    headers = await staff_bearer(session, await make_staff(session, scopes=[Scope.CATALOG_READ]))
    answer = await client.get(f"{ADMIN}/{path}", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")


async def test_a_webhook_of_a_channel_nobody_offers_is_unknown(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/webhooks/sandbox", content=b"{}")
    assert answer.status_code == 404
