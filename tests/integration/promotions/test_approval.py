"""Who approves a promotion, what becomes of it then, and how it is stopped."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.core.enums.promotions import PromotionPhase, PromotionStatus
from app.core.enums.scopes import Scope
from app.core.errors import StaleVersion
from app.core.ids import new_id
from app.core.settings import Environment, PromotionSettings, Settings
from app.services import promotions, reports
from app.services.promotions import PromotionTerms, phase_of
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import actor_of, bearer, make_staff
from tests.integration.promotions.buying import counters, quote_for, reserve, states
from tests.integration.promotions.test_api import PROMOTIONS, draft_for, marketer, move

TERMS = PromotionTerms(
    name="Spring",
    stage="order",
    currency="CNY",
    action={"type": "amount_off", "amount_minor": 500},
    total_uses=3,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"promotions": PromotionSettings(four_eyes=True)})


async def test_two_must_see_a_promotion(client, session):
    shop = await make_shop(session)
    author, editor, other = [await marketer(session) for _ in range(3)]
    made = await client.post(PROMOTIONS, json=draft_for(shop), headers=author)
    url = f"{PROMOTIONS}/{made.json()['id']}"
    unasked = await move(client, other, url, "approve", 1)
    assert (unasked.status_code, unasked.json()["allowed"]) == (409, ["submitted"])
    terms = {
        name: value
        for name, value in draft_for(shop, priority=3).items()
        if name not in {"code", "merchant_id"}
    }
    await client.put(url, json=terms, headers=editor | {"If-Match": '"1"'})
    assert (await move(client, author, url, "submit", 2)).json()["phase"] == "submitted"
    for own in (author, editor):
        refused = await move(client, own, url, "approve", 3)
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "/problems/second-person-needed",
        )
    approved = (await move(client, other, url, "approve", 3)).json()
    assert (approved["status"], approved["approved_number"]) == ("approved", 1)


async def test_a_rejection_says_why_until_the_next_try(client, session):
    shop = await make_shop(session)
    author, other = await marketer(session), await marketer(session)
    made = await client.post(PROMOTIONS, json=draft_for(shop), headers=author)
    url = f"{PROMOTIONS}/{made.json()['id']}"
    body = {"reason": "too generous"}
    early = await client.post(f"{url}/reject", json=body, headers=other | {"If-Match": '"1"'})
    assert (early.status_code, early.json()["allowed"]) == (409, ["submitted"])
    await move(client, author, url, "submit", 1)
    refused = await client.post(f"{url}/reject", json=body, headers=other | {"If-Match": '"2"'})
    assert refused.json()["status"] == "draft"
    assert (await client.get(url, headers=author)).json()["rejection"] == "too generous"
    assert (await move(client, author, url, "submit", 3)).json()["rejection"] is None
    logged = await session.scalar(
        text("SELECT changes FROM operation_log WHERE changes ? 'reason'"),
    )
    assert logged == {"status": ["submitted", "draft"], "reason": "too generous"}


async def test_each_approval_is_a_version_that_stays(client, session):
    shop = await make_shop(session)
    author, other = await marketer(session), await marketer(session)
    made = await client.post(PROMOTIONS, json=draft_for(shop, total_uses=9), headers=author)
    url = f"{PROMOTIONS}/{made.json()['id']}"
    terms = {
        name: value
        for name, value in draft_for(shop, name="Late").items()
        if name not in {"code", "merchant_id"}
    }
    await move(client, author, url, "submit", 1)
    await move(client, other, url, "approve", 2)
    await move(client, author, url, "reopen", 3)
    await client.put(url, json=terms, headers=author | {"If-Match": '"4"'})
    await move(client, author, url, "submit", 5)
    started = await move(client, other, url, "approve", 6)
    assert started.json()["approved_number"] == 2
    listed = (await client.get(f"{url}/versions", headers=author)).json()["items"]
    assert [
        (each["number"], each["terms"]["name"], each["terms"]["total_uses"]) for each in listed
    ] == [(2, "Late", None), (1, "Spring", 9)]
    with pytest.raises(DBAPIError, match="promotion_versions"):
        async with session.begin_nested():
            await session.execute(text("UPDATE promotion_versions SET terms = '{}'"))
    missing = await client.get(f"{PROMOTIONS}/{new_id()}/versions", headers=author)
    assert missing.status_code == 404


async def test_the_audit_sees_terms_that_were_never_approved(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        actor = actor_of(await make_staff(session))
        made = await promotions.create_promotion(
            session, TERMS, code="spring", merchant_id=shop.merchant.id, actor=actor
        )
        row = made.promotion
        await promotions.approve(session, row.id, version=1, actor=actor, needs_four_eyes=False)
    assert await failing(sessions) == []
    async with unit_of_work(sessions) as session:
        await session.execute(text("""UPDATE promotions SET stack = '{"in_stage": "stack"}'"""))
    assert await failing(sessions) == ["a promotion says what was approved"]


async def failing(sessions):
    return [each.name async for each in reports.audit(sessions) if not each.holds]


async def test_of_two_approvals_at_once_one_wins(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        author, *others = [actor_of(await make_staff(session)) for _ in range(5)]
        made = await promotions.create_promotion(
            session, TERMS, code="spring", merchant_id=shop.merchant.id, actor=author
        )
        promotion_id = made.promotion.id
        await promotions.submit(session, promotion_id, version=1, actor=author)

    async def approve(actor) -> bool:
        try:
            async with unit_of_work(sessions) as session:
                await promotions.approve(
                    session, promotion_id, version=2, actor=actor, needs_four_eyes=True
                )
        except StaleVersion:
            return False
        return True

    assert sum(await asyncio.gather(*map(approve, others))) == 1
    async with sessions() as session:
        versions = await promotions.list_versions(session, promotion_id)
    assert [each.number for each in versions] == [1]


async def test_stopping_takes_the_next_quote_and_leaves_what_is_reserved(client, session):
    shop = await make_shop(session)
    row = await make_promotion(session, shop.merchant.id, total_uses=5, version=1)
    order_id = new_id()
    await reserve(
        session, await quote_for(session, shop, (shop.sku_ids[0], 1)), order_id, shop.member.id
    )
    headers = await marketer(session)
    url = f"{PROMOTIONS}/{row.id}/stop"
    stopped = await client.post(url, json={"reason": "priced wrongly"}, headers=headers)
    assert (stopped.status_code, stopped.json()["phase"]) == (200, "ended")
    again = await client.post(url, json={"reason": "to be sure"}, headers=headers)
    assert (again.status_code, again.json()["version"]) == (200, stopped.json()["version"])
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert quoted.quote.applied == ()
    assert await states(session, row.id) == ["reserved"]
    await promotions.consume_uses(session, order_id)
    assert await counters(session, row.id) == (0, 1, 0, 1_000)
    draft = await make_promotion(session, shop.merchant.id, status=PromotionStatus.DRAFT)
    refused = await client.post(
        f"{PROMOTIONS}/{draft.id}/stop", json={"reason": "no"}, headers=headers
    )
    assert (refused.status_code, refused.json()["current"]) == (409, "draft")


async def test_a_clone_is_an_unused_draft(client, session):
    shop = await make_shop(session)
    row = await make_promotion(
        session, shop.merchant.id, total_uses=5, stack={"groups": ["spring"]}
    )
    await reserve(
        session, await quote_for(session, shop, (shop.sku_ids[0], 1)), new_id(), shop.member.id
    )
    headers = await marketer(session)
    url = f"{PROMOTIONS}/{row.id}"
    made = await client.post(f"{url}/clone", json={"code": "again"}, headers=headers)
    assert made.status_code == 201
    copy = (await client.get(f"{PROMOTIONS}/{made.json()['id']}", headers=headers)).json()
    assert (copy["status"], copy["code"], copy["used"], copy["version"]) == ("draft", "again", 0, 1)
    assert (copy["total_uses"], copy["stack"], copy["action"]) == (5, row.stack, row.action)
    assert copy["approved_number"] is None
    taken = await client.post(f"{url}/clone", json={"code": "again"}, headers=headers)
    assert (taken.status_code, taken.json()["field"]) == (409, "code")


async def test_the_window_decides_what_a_started_promotion_is(session):
    shop = await make_shop(session)
    start, finish = now(), now() + timedelta(days=1)
    row = await make_promotion(session, shop.merchant.id, starts_at=start, ends_at=finish)
    second = timedelta(seconds=1)
    assert [phase_of(row, at) for at in (start - second, start, finish - second, finish)] == [
        PromotionPhase.SCHEDULED,
        PromotionPhase.RUNNING,
        PromotionPhase.RUNNING,
        PromotionPhase.ENDED,
    ]


def test_production_asks_for_two_people_unless_told_otherwise():
    production = Settings(environment=Environment.PRODUCTION)
    assert (production.needs_four_eyes, Settings().needs_four_eyes) == (True, False)
    lax = production.model_copy(update={"promotions": PromotionSettings(four_eyes=False)})
    assert not lax.needs_four_eyes


async def test_staff_who_only_read_move_nothing(client, session):
    shop = await make_shop(session)
    row = await make_promotion(session, shop.merchant.id)
    headers = await bearer(session, await make_staff(session, scopes=(Scope.PROMOTIONS_READ,)))
    answer = await client.post(
        f"{PROMOTIONS}/{row.id}/stop", json={"reason": "no"}, headers=headers
    )
    assert answer.status_code == 403
