"""Reviews over HTTP: rules, the queue, and two clerks."""

from uuid import UUID

import pytest

from app.core.settings import OrderReviewSettings
from app.schemas.orders import AdminOrderCardOut, AdminOrderOut
from app.schemas.orders.review_rules import BlacklistEntryOut, OrderReviewRuleOut
from app.schemas.orders.reviews import OrderReviewCardOut, OrderReviewCountsOut, OrderReviewOut
from app.services import orders
from tests.factories.orders import ADDRESS
from tests.integration.orders.refunding import BY_BALANCE, decide, ok, refused

RULE = {
    "name": "Dear first orders",
    "reason_zh": "首单大额",
    "reason_en": "A dear first order",
    "effect": "hold",
    "conditions": {"is_first_order": True, "min_minor": 1, "currency": ["CNY"]},
    "labels": ["first"],
    "order_priority": 3,
    "sla_minutes": 60,
}


@pytest.fixture
def settings(settings):
    two = OrderReviewSettings(two_people_minor=15_000)
    return settings.model_copy(update={"order_reviews": two})


@pytest.fixture
async def rule(clerk):
    made = await ok(await clerk.post("/admin/order-review-rules", RULE), 201)
    OrderReviewRuleOut.model_validate(made)
    return made


@pytest.fixture
async def bought(lin, purse, shop, rule):
    return await lin.order((shop.skus[0].id, 1), tenders=BY_BALANCE)


async def judge(sessions):
    await orders.review.judge_due(sessions, limit=9)


async def put(client, path, body=None, *, version=None):
    headers = client.headers | ({"If-Match": f'"{version}"'} if version else {})
    return await client.client.put(f"/api/v1/admin{path}", headers=headers, json=body)


async def test_rules_are_edited_like_everything(clerk, rule):
    path = f"/order-review-rules/{rule['id']}"
    schema = await ok(await clerk.get("/admin/order-review-schema"))
    assert set(RULE["conditions"]) <= set(schema["conditions"]["properties"])
    changed = await ok(await put(clerk, path, RULE | {"priority": 1}, version=1))
    assert (changed["version"], changed["priority"]) == (2, 1)
    stale = await put(clerk, path, RULE, version=1)
    assert await refused(stale) == (412, "stale-version")
    assert await refused(await put(clerk, path, RULE)) == (428, "precondition-required")
    wrong = await clerk.post("/admin/order-review-rules", RULE | {"conditions": {"colour": 1}})
    assert await refused(wrong) == (422, "invalid-request")
    (only,) = (await ok(await clerk.get("/admin/order-review-rules")))["items"]
    assert only == await ok(await clerk.get(f"/admin{path}")) == changed
    headers = clerk.headers | {"If-Match": '"2"'}
    gone = await clerk.client.delete(f"/api/v1/admin{path}", headers=headers)
    assert gone.status_code == 204
    assert await refused(await clerk.get(f"/admin{path}")) == (404, "not-found")


async def test_the_blacklist(clerk, shop):
    path = "/admin/order-blacklist"
    said = {"kind": "phone", "value": "138 0013 8000", "reason": "chargeback"}
    entry = await ok(await clerk.post(path, said), 201)
    BlacklistEntryOut.model_validate(entry)
    assert entry["value"] == "+8613800138000"
    assert await refused(await clerk.post(path, said)) == (409, "already-exists")
    assert await refused(await clerk.post(path, said | {"value": "x"})) == (422, "invalid-contact")
    for value in ("x", "--"):
        wrong = {"member": "x", "address": "--"}
        kind = "member" if value == "x" else "address"
        bad = await clerk.post(path, said | {"kind": kind, "value": wrong[kind]})
        assert await refused(bad) == (422, "invalid-request")
    assert [each["id"] for each in (await ok(await clerk.get(path, kind="phone")))["items"]] == [
        entry["id"]
    ]
    assert (await ok(await clerk.get(path, kind="member")))["items"] == []
    assert (await clerk.send("DELETE", f"{path}/{entry['id']}")).status_code == 204
    assert await refused(await clerk.send("DELETE", f"{path}/{entry['id']}")) == (404, "not-found")


async def test_a_clerk_decides(sessions, clerk, manager, lin, bought):
    await judge(sessions)
    (card,) = (await ok(await clerk.get("/admin/order-reviews", label="first")))["items"]
    OrderReviewCardOut.model_validate(card)
    assert (card["order_id"], card["priority"], card["actions"]) == (
        bought["id"],
        3,
        ["claim", "note"],
    )
    path = f"/order-reviews/{card['id']}"
    claimed = await ok(await put(clerk, f"{path}/claim"))
    OrderReviewOut.model_validate(claimed)
    assert await refused(await put(manager, f"{path}/claim")) == (409, "order-review-claimed")
    counts = await ok(await clerk.get("/admin/order-review-counts"))
    OrderReviewCountsOut.model_validate(counts)
    assert (counts["claimed"], counts["mine"], counts["open"]) == (1, 1, 0)
    for _ in range(2):
        noted = await manager.post(f"/admin{path}/notes", {"words": "I know her"}, key="note-1")
        await ok(noted, 201)
    body = {"address": ADDRESS | {"street": "北京西路 2 号"}}
    corrected = await ok(await put(clerk, f"{path}/correction", body, version=claimed["version"]))
    seen = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert seen["address"]["street"] == "北京西路 2 号"
    approved = await ok(await decide(clerk, f"{path}/approve", version=corrected["version"]))
    assert (approved["state"], approved["actions"]) == ("approved", [])
    assert [each["kind"] for each in approved["events"]] == [
        "opened",
        "claimed",
        "noted",
        "edited",
        "approved",
    ]
    again = await decide(clerk, f"{path}/approve", version=approved["version"])
    assert await refused(again) == (409, "illegal-order-review-transition")
    assert (await ok(await clerk.get("/admin/order-reviews")))["items"] == []
    (found,) = (await ok(await clerk.get("/admin/orders", label="first")))["items"]
    AdminOrderCardOut.model_validate(found)
    assert (found["labels"], found["priority"]) == (["first"], 3)
    assert (await ok(await clerk.get("/admin/orders", label="other")))["items"] == []
    whole = await ok(await clerk.get(f"/admin/orders/{bought['id']}"))
    AdminOrderOut.model_validate(whole)


async def test_a_clerk_rejects(sessions, clerk, lin, bought):
    await judge(sessions)
    (card,) = (await ok(await clerk.get("/admin/order-reviews", state="open")))["items"]
    path = f"/order-reviews/{card['id']}"
    claimed = await ok(await put(clerk, f"{path}/claim"))
    released = await ok(await clerk.send("DELETE", f"/admin{path}/claim"))
    assert released["state"] == "open"
    claimed = await ok(await put(clerk, f"{path}/claim"))
    stale = await decide(clerk, f"{path}/reject", version=1, reason="fraud")
    assert await refused(stale) == (412, "stale-version")
    rejected = await decide(clerk, f"{path}/reject", version=claimed["version"], reason="fraud")
    assert (await ok(rejected))["state"] == "rejected"
    seen = await ok(await lin.get(f"/orders/{bought['id']}"))
    assert (seen["state"], seen["payment_status"]) == ("cancelled", "refunded")
    assert "fraud" not in str(seen)


async def test_a_dear_order_needs_two(sessions, clerk, manager, lin, purse, shop, rule, session):
    bought = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    await judge(sessions)
    (card,) = (await ok(await clerk.get("/admin/order-reviews", order_id=bought["id"])))["items"]
    path = f"/order-reviews/{card['id']}"
    claimed = await ok(await put(clerk, f"{path}/claim"))
    first = await ok(await decide(clerk, f"{path}/approve", version=claimed["version"]))
    assert first["state"] == "second"
    same = await decide(clerk, f"{path}/approve", version=first["version"])
    assert await refused(same) == (403, "second-person-needed")
    other = await ok(await decide(manager, f"{path}/approve", version=first["version"]))
    assert other["state"] == "approved"
    holds = await orders.shipping.list_holds(session, UUID(bought["id"]))
    assert all(each["lifted_at"] for each in holds)
