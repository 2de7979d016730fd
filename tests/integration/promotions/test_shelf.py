"""Promotions by the clock, those put away, and the groups that keep them apart."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.enums.promotions import PromotionStatus
from app.services import promotions
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import quote_for
from tests.integration.promotions.test_api import PROMOTIONS, marketer, move

GROUPS = "/api/v1/admin/promotion-groups"
HOUR = timedelta(hours=1)


async def listed(client, headers, **params):
    answer = await client.get(PROMOTIONS, headers=headers, params=params)
    return [each["name"] for each in answer.json()["items"]]


async def test_a_started_promotion_begins_and_ends_by_itself(client, session):
    shop = await make_shop(session)
    merchant, headers = shop.merchant.id, await marketer(session)
    for name, window in {
        "later": {"starts_at": now() + HOUR},
        "open": {"starts_at": now() - HOUR, "ends_at": now() + HOUR},
        "over": {"ends_at": now() - HOUR},
    }.items():
        await make_promotion(session, merchant, name=name, **window)
    for phase, name in {"scheduled": "later", "running": "open", "ended": "over"}.items():
        assert await listed(client, headers, phase=phase) == [name]
        shown = await client.get(PROMOTIONS, headers=headers, params={"phase": phase})
        assert {each["phase"] for each in shown.json()["items"]} == {phase}
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert [each.name for each in quoted.quote.applied] == ["open"]
    assert await promotions.end_over(session, limit=10) == 1
    assert await promotions.end_over(session, limit=10) == 0
    assert await listed(client, headers, status="ended") == ["over"]
    assert await listed(client, headers, phase="ended") == ["over"]
    told = await session.scalar(
        text("SELECT payload ->> 'status' FROM outbox WHERE name = 'promotions.status_changed.v1'")
    )
    noted = await session.scalar(
        text("SELECT principal FROM operation_log WHERE action = 'promotions.move'")
    )
    assert (told, noted) == ("ended", "service")


async def test_two_workers_end_a_promotion_once(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        for _ in range(5):
            await make_promotion(session, shop.merchant.id, version=1, ends_at=now() - HOUR)

    async def end():
        async with unit_of_work(sessions) as session:
            return await promotions.end_over(session, limit=3)

    assert sum(await asyncio.gather(*(end() for _ in range(6)))) == 5
    async with sessions() as session:
        versions = await session.scalars(text("SELECT version FROM promotions"))
        assert set(versions) == {2}


async def test_what_is_over_is_put_away_and_taken_back(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    over = await make_promotion(session, shop.merchant.id, name="over", ends_at=now() - HOUR)
    runs = await make_promotion(session, shop.merchant.id, name="runs")
    draft = await make_promotion(
        session, shop.merchant.id, name="draft", status=PromotionStatus.DRAFT, version=1
    )
    refused = await client.post(f"{PROMOTIONS}/{runs.id}/archive", headers=headers)
    assert (refused.status_code, refused.json()["current"]) == (409, "running")
    for row in (over, draft):
        for _ in range(2):
            away = await client.post(f"{PROMOTIONS}/{row.id}/archive", headers=headers)
        assert (away.status_code, away.json()["version"]) == (200, 2)
        assert away.json()["archived_at"] is not None
    assert await listed(client, headers) == ["runs"]
    assert await listed(client, headers, is_archived=True) == ["draft", "over"]
    stuck = await move(client, headers, f"{PROMOTIONS}/{draft.id}", "submit", 2)
    assert (stuck.status_code, stuck.json()["detail"]) == (409, "Take it back into the lists first")
    back = await client.post(f"{PROMOTIONS}/{draft.id}/unarchive", headers=headers)
    assert back.json()["archived_at"] is None
    assert (await move(client, headers, f"{PROMOTIONS}/{draft.id}", "submit", 3)).status_code == 200
    with pytest.raises(IntegrityError, match="archived_when_over"):
        async with session.begin_nested():
            await session.execute(
                text("UPDATE promotions SET archived_at = now() WHERE status = 'submitted'")
            )


async def test_groups_have_names_and_members(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    spring = [
        await make_promotion(session, shop.merchant.id, stack={"groups": ["spring", "all"]}),
        await make_promotion(
            session, shop.merchant.id, stack={"groups": ["spring"]}, starts_at=now() + HOUR
        ),
    ]
    await make_promotion(
        session, shop.merchant.id, stack={"groups": ["old"]}, status=PromotionStatus.ENDED
    )
    body = {"code": "spring", "name": "春季大促", "description": "One of them an order."}
    named = await client.post(GROUPS, json=body, headers=headers)
    assert (named.status_code, named.json()["version"]) == (201, 1)
    assert (await client.post(GROUPS, json=body, headers=headers)).status_code == 409
    await client.post(GROUPS, json={"code": "autumn", "name": "秋季"}, headers=headers)
    listed = (await client.get(GROUPS, headers=headers)).json()["items"]
    assert [(e["code"], e["name"], e["promotions"], e["running"]) for e in listed] == [
        ("all", None, 1, 1),
        ("autumn", "秋季", 0, 0),
        ("spring", "春季大促", 2, 1),
    ]
    url = f"{GROUPS}/spring"
    put = {"name": "春节"}
    renamed = await client.put(url, json=put, headers=headers | {"If-Match": '"1"'})
    assert (renamed.json()["name"], renamed.json()["version"]) == ("春节", 2)
    stale = await client.put(url, json=put, headers=headers | {"If-Match": '"1"'})
    unknown = await client.put(f"{GROUPS}/old", json=put, headers=headers | {"If-Match": '"1"'})
    assert (stale.status_code, unknown.status_code) == (412, 404)
    table = (await client.get(f"{PROMOTIONS}/matrix", headers=headers)).json()
    assert [(each["code"], each["name"]) for each in table["groups"]] == [
        ("all", None),
        ("spring", "春节"),
    ]
    assert set(table["groups"][1]["promotions"]) == {str(each.id) for each in spring}
