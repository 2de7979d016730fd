"""Coupons over HTTP: issued and voided by staff, claimed and kept by members."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.factories.members import bearer as member_bearer
from tests.factories.members import make_guest, make_member
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.test_api import marketer
from tests.integration.promotions.test_quote import COUPON

COUPONS = "/api/v1/admin/coupons"
MINE = "/api/v1/me/coupons"


async def test_codes_are_issued_once_per_key(client, session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    headers = await marketer(session) | {"Idempotency-Key": "issue-1"}
    body = {"promotion_id": str(promotion.id), "count": 3}
    first = await client.post(COUPONS, json=body, headers=headers)
    again = await client.post(COUPONS, json=body, headers=headers)
    assert first.status_code == 201
    codes = first.json()["codes"]
    assert again.json() == first.json()
    assert len(set(codes)) == 3
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{16}", code) for code in codes)
    listed = await client.get(f"{COUPONS}?promotion_id={promotion.id}", headers=headers)
    assert sorted(row["code"] for row in listed.json()["items"]) == sorted(codes)


async def test_members_who_are_given_coupons_hear_of_it(client, session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    members = [str((await make_member(session)).id) for _ in range(2)]
    headers = await marketer(session) | {"Idempotency-Key": "issue-2"}
    body = {"promotion_id": str(promotion.id), "member_ids": members}
    assert (await client.post(COUPONS, json=body, headers=headers)).status_code == 201
    told = await session.scalars(
        text("SELECT payload FROM outbox WHERE name = 'promotions.coupons_issued.v1'")
    )
    assert told.all() == [{"promotion_id": str(promotion.id), "member_ids": members}]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 422),
        ({"count": 1, "member_ids": [str(uuid4())]}, 422),
        ({"member_ids": [str(uuid4())]}, 422),
        ({"count": 1, "promotion_id": str(uuid4())}, 404),
    ],
)
async def test_wishes_for_coupons_that_make_no_sense(client, session, values, status):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    headers = await marketer(session) | {"Idempotency-Key": "issue-1"}
    body = {"promotion_id": str(promotion.id)} | values
    assert (await client.post(COUPONS, json=body, headers=headers)).status_code == status


async def test_a_member_claims_and_keeps_a_coupon(client, session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    coupon = await make_coupon(session, promotion.id, code="ABCD1234EFGH5678")
    mine = await member_bearer(session, shop.member)
    typed = {"code": "abcd-1234-efgh-5678"}
    claimed = await client.post(MINE, json=typed, headers=mine)
    assert claimed.status_code == 200
    assert (claimed.json()["id"], claimed.json()["is_usable"]) == (str(coupon.id), True)
    assert (await client.post(MINE, json=typed, headers=mine)).json() == claimed.json()
    theirs = await member_bearer(session, await make_member(session))
    refused = await client.post(MINE, json=typed, headers=theirs)
    unknown = await client.post(MINE, json={"code": "NOSUCHCODE"}, headers=theirs)
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.json()["detail"] == unknown.json()["detail"]
    listed = (await client.get(MINE, headers=mine)).json()
    assert listed == {"items": [claimed.json()], "next_after": None}
    assert (await client.get(MINE, headers=theirs)).json()["items"] == []
    guest = await member_bearer(session, await make_guest(session))
    assert (await client.get(MINE, headers=guest)).status_code == 401


async def test_a_void_coupon_is_worth_nothing(client, session):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id)
    headers = await marketer(session)
    url = f"{COUPONS}/{coupon.id}/void"
    assert (await client.post(url, headers=headers)).status_code == 204
    assert (await client.post(url, headers=headers)).status_code == 404
    mine = await client.get(f"{MINE}?state=void", headers=await member_bearer(session, shop.member))
    assert [row["is_usable"] for row in mine.json()["items"]] == [False]
