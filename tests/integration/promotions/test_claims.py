"""The coupon centre and public codes: who gets what, and why not."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.core.clock import now
from app.core.enums.promotions import PromotionStatus
from app.services import promotions
from tests.factories.members import actor_of as member_of
from tests.factories.members import bearer, make_guest, make_member
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.integration.promotions.batching import PEPPER, batch_of, held, make_batch
from tests.integration.promotions.buying import quote_for, reserve
from tests.integration.promotions.test_quote import COUPON
from tests.statements import Statements

MINE = "/api/v1/me/coupons"
HOUR = timedelta(hours=1)


async def claim(client, headers, batch_id, key="claim-1"):
    return await client.post(
        f"{MINE}/claim",
        json={"batch_id": str(batch_id)},
        headers=headers | {"Idempotency-Key": key},
    )


async def test_a_coupon_of_the_centre_is_claimed_and_used(client, session, engine):
    shop, promotion, batch = await make_batch(session, total=3, valid_days=7)
    headers = await bearer(session, shop.member)
    with Statements(engine) as statements:
        listed = (await client.get(f"{MINE}/claimable", headers=headers)).json()["items"]
    assert statements.count <= 2
    assert [(each["id"], each["remaining"], each["obstacle"]) for each in listed] == [
        (str(batch.id), 3, None)
    ]
    assert (listed[0]["reach"], listed[0]["promotion_id"]) == ("universal", str(promotion.id))
    with Statements(engine) as statements:
        got = await claim(client, headers, batch.id)
    assert got.status_code == 200
    assert statements.count <= 10
    assert (await claim(client, headers, batch.id)).json() == got.json()
    assert got.json()["is_usable"]
    valid_to = datetime.fromisoformat(got.json()["valid_to"])
    assert abs(valid_to - now() - timedelta(days=7)) < timedelta(minutes=1)
    again = await claim(client, headers, batch.id, "claim-2")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/coupon-limit-reached")
    shown = (await client.get(f"{MINE}/claimable", headers=headers)).json()["items"][0]
    assert (shown["remaining"], shown["held"], shown["obstacle"]) == (2, 1, "limit_reached")
    quoted = await quote_for(
        session, shop, (shop.sku_ids[0], 1), coupon_codes=(got.json()["code"],)
    )
    await reserve(session, quoted, uuid4(), shop.member.id)
    assert await held(session, batch.id) == [(shop.member.id, "reserved")]


async def test_the_centre_says_why_not(client, session):
    shop, promotion, gone = await make_batch(session, total=1)
    await promotions.claim_offer(session, gone.id, actor=member_of(await make_member(session)))
    early = await batch_of(session, promotion, opens_at=now() + HOUR)
    vip = await batch_of(session, promotion, tiers=("gold",))
    await batch_of(session, promotion, closes_at=now() - HOUR)
    await batch_of(session, promotion, "public_code", public_code="SPRING")
    newcomers = await batch_of(session, promotion, is_first_order=True)
    later = await batch_of(session, promotion, registered_from=now() + HOUR)
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    headers = await bearer(session, shop.member)
    listed = (await client.get(f"{MINE}/claimable", headers=headers)).json()["items"]
    assert {each["id"]: each["obstacle"] for each in listed} == {
        str(gone.id): "gone",
        str(early.id): "not_open",
        str(vip.id): "not_for_you",
        str(newcomers.id): "not_for_you",
        str(later.id): "not_for_you",
    }
    refusals = {
        (await claim(client, headers, batch.id, f"key-{i}")).json()["type"].split("/")[-1]: batch
        for i, batch in enumerate((gone, early, vip))
    }
    assert set(refusals) == {"coupons-gone", "coupons-not-open", "coupon-not-for-member"}
    assert (await claim(client, headers, uuid4(), "unknown")).status_code == 404
    guest = await bearer(session, await make_guest(session))
    listed = (await client.get(f"{MINE}/claimable", headers=guest)).json()["items"]
    assert {each["obstacle"] for each in listed} == {"sign_in"}
    assert (await claim(client, guest, gone.id)).status_code == 401
    promotion.status = PromotionStatus.ENDED
    await session.flush()
    assert (await client.get(f"{MINE}/claimable", headers=headers)).json()["items"] == []
    ended = await claim(client, headers, vip.id, "ended")
    assert ended.json()["type"] == "/problems/coupons-not-open"


async def test_pages_of_the_centre(client, session):
    shop, promotion, first = await make_batch(session)
    second = await batch_of(session, promotion)
    headers = await bearer(session, shop.member)
    page = (await client.get(f"{MINE}/claimable?limit=1", headers=headers)).json()
    assert [each["id"] for each in page["items"]] == [str(second.id)]
    rest = await client.get(f"{MINE}/claimable?after={page['next_after']}", headers=headers)
    assert [each["id"] for each in rest.json()["items"]] == [str(first.id)]


async def test_one_code_serves_many_members_each_within_the_limit(client, session):
    shop, promotion, batch = await make_batch(
        session, "public_code", public_code="Spring-27", total=2
    )
    one, two, three = shop.member, await make_member(session), await make_member(session)
    got = [
        await client.post(MINE, json={"code": "spring 27"}, headers=await bearer(session, each))
        for each in (one, one, two, three)
    ]
    assert [each.status_code for each in got] == [200, 200, 200, 409]
    assert got[0].json() == got[1].json()
    assert got[3].json()["type"] == "/problems/coupons-gone"
    assert await held(session, batch.id) == [(one.id, "available"), (two.id, "available")]
    used = (await client.get(MINE, headers=await bearer(session, one))).json()["items"]
    assert [each["promotion_id"] for each in used] == [str(promotion.id)]


@pytest.mark.parametrize("per_member", [1, 3])
async def test_a_member_gets_as_many_as_allowed(session, per_member):
    shop, _, batch = await make_batch(session, per_member=per_member)
    actor = member_of(shop.member)
    for _ in range(per_member):
        await promotions.claim_offer(session, batch.id, actor=actor)
    with pytest.raises(promotions.CouponLimitReached) as refusal:
        await promotions.claim_offer(session, batch.id, actor=actor)
    assert refusal.value.context == {"limit": per_member}
    assert len(await held(session, batch.id)) == per_member


async def test_a_plain_coupon_is_claimed_as_ever(session):
    shop, promotion, _ = await make_batch(session)
    (code,) = await promotions.issue_coupons(
        session,
        promotions.IssueCoupons(promotion_id=promotion.id, count=1),
        actor=member_of(shop.member),
    )
    row = await promotions.claim_coupon(session, code, actor=member_of(shop.member), pepper=PEPPER)
    assert (row.member_id, row.batch_id, row.code) == (shop.member.id, None, code)


async def test_a_wallet_says_what_goods_a_coupon_is_for(client, session):
    shop, promotion, _ = await make_batch(session)
    scope = {"skus": [str(shop.sku_ids[0])]}
    narrow = await make_promotion(session, shop.merchant.id, **COUPON | {"scope": scope})
    headers = await bearer(session, shop.member)
    for wanted in (promotion, narrow):
        batch = await batch_of(session, wanted)
        got = await claim(client, headers, batch.id, f"claim-{batch.id}")
        assert got.status_code == 200, got.text
    held_ones = (await client.get(MINE, headers=headers)).json()["items"]
    assert [(each["scope"], each["reach"]) for each in held_ones] == [
        (scope, "goods"),
        ({}, "universal"),
    ]
