"""Asking for refunds over HTTP."""

from uuid import UUID

from tests.integration.orders.sending import send

BY_BALANCE = [{"kind": "balance"}]


def wish(kind="units", **more):
    return {"kind": kind, "reason_code": "changed_mind", "reason": "too small"} | more


async def ok(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(answer):
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def lines_of(lin, order):
    found = await ok(await lin.get(f"/orders/{order['id']}"))
    return {each["sku_code"]: each["id"] for each in found["lines"]}


async def ship(session, order):
    """Everything of it leaves."""
    await send(session, UUID(order["id"]))
    await session.commit()


async def decide(client, path, *, version=1, **body):
    headers = client.headers | {"If-Match": f'"{version}"'}
    return await client.client.post(f"/api/v1/admin{path}", headers=headers, json=body)
