"""A code typed into a cart is claimed and used in one step, or refused with its reason."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.services import cart, promotions
from tests.factories.cart import make_cart
from tests.factories.members import actor_of, bearer, make_guest, make_member
from tests.factories.orders import place
from tests.factories.promotions import make_coupon
from tests.integration.promotions.batching import PEPPER, batch_of, held, make_batch
from tests.integration.promotions.test_batches import made


@pytest.fixture
def typing(client, session):
    """Somebody with a cart of one piece, who types codes into it."""

    async def typing(shop, member=None):
        member = member or shop.member
        headers = await bearer(session, member)
        cart_id = await make_cart(session, member.id, [(shop.sku_ids[0], 1)])
        await session.commit()
        path = f"/api/v1/carts/{cart_id}"

        async def type_code(code):
            return await client.post(f"{path}/coupons", json={"code": code}, headers=headers)

        async def shown():
            return (await client.get(path, headers=headers)).json()

        return type_code, shown

    return typing


def problem(answer):
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


async def test_a_public_code_is_claimed_and_used_in_one_step(typing, session):
    shop, promotion, batch = await make_batch(session, "public_code", public_code="SPRING-24")
    type_code, shown = await typing(shop)
    answer = await type_code("spring 24")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["coupon"]["promotion_id"] == str(promotion.id)
    assert told["codes"] == [told["coupon"]["code"]]
    page = await shown()
    assert page["unknown_codes"] == []
    assert [each["promotion_id"] for each in page["quote"]["applied"]] == [str(promotion.id)]
    assert (await type_code("SPRING24")).json() == told
    assert await held(session, batch.id) == [(shop.member.id, "available")]
    assert (await shown())["version"] == page["version"]


async def test_the_coupon_at_hand_is_used_before_another_is_claimed(typing, session):
    shop, _, batch = await make_batch(session, "public_code", public_code="SPRING24", per_member=2)
    for _ in range(2):
        await promotions.claim_coupon(
            session, "SPRING24", actor=actor_of(shop.member), pepper=PEPPER
        )
    type_code, _ = await typing(shop)
    first = (await type_code("SPRING24")).json()["coupon"]["code"]
    await session.execute(
        text("UPDATE coupons SET state = 'expired' WHERE code = :code"), {"code": first}
    )
    await session.commit()
    second = (await type_code("SPRING24")).json()["coupon"]["code"]
    assert first != second
    await session.execute(text("UPDATE coupons SET state = 'expired'"))
    await session.commit()
    assert problem(await type_code("SPRING24")) == (409, "coupon-limit-reached")
    assert len(await held(session, batch.id)) == 2


async def test_codes_of_coupons_and_of_batches_go_too(typing, session, sessions):
    shop, promotion, _, (code,) = await made(session, sessions, total=1)
    plain = await make_coupon(session, promotion.id)
    type_code, _ = await typing(shop)
    first, second = await type_code(code), await type_code(plain.code)
    assert [each.status_code for each in (first, second)] == [200, 200]
    assert second.json()["codes"] == [first.json()["coupon"]["code"], plain.code]
    await session.refresh(plain)
    assert plain.member_id == shop.member.id


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"opens_at": now() + timedelta(days=1)}, (409, "coupons-not-open")),
        ({"opens_at": now() - timedelta(days=2), "closes_at": now() - timedelta(days=1)},
         (409, "coupons-not-open")),
        ({"tiers": ("gold",)}, (403, "coupon-not-for-member")),
        ({"total": 1}, (409, "coupons-gone")),
        ({"valid_from": now() + timedelta(days=1)}, (409, "coupon-not-usable")),
    ],
    ids=["early", "over", "others", "gone", "not-yet-valid"],
)  # fmt: skip
async def test_what_keeps_a_code_from_being_used_is_said(typing, session, terms, told):
    shop, _, batch = await make_batch(session, "public_code", public_code="SPRING24", **terms)
    if told[1] == "coupons-gone":
        other = actor_of(await make_member(session))
        await promotions.claim_coupon(session, "SPRING24", actor=other, pepper=PEPPER)
    before = await held(session, batch.id)
    type_code, shown = await typing(shop)
    assert problem(await type_code("SPRING24")) == told
    assert (await shown())["coupon_codes"] == []
    assert await held(session, batch.id) == before


async def test_one_that_paid_for_an_order_is_over_for_who_may_have_one(typing, session):
    shop, _, _ = await make_batch(session, "public_code", public_code="SPRING24")
    coupon = await promotions.claim_coupon(
        session, "SPRING24", actor=actor_of(shop.member), pepper=PEPPER
    )
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)], coupon_codes=[coupon.code])
    type_code, _ = await typing(shop)
    assert problem(await type_code("SPRING24")) == (409, "coupon-limit-reached")
    own = await type_code(coupon.code)
    assert (problem(own), own.json()["state"]) == ((409, "coupon-not-usable"), "reserved")


async def test_wrong_codes_and_those_of_others_are_answered_alike(typing, session, sessions):
    shop, promotion, _, (code,) = await made(session, sessions, total=1)
    other = await make_member(session)
    await promotions.claim_coupon(session, code, actor=actor_of(other), pepper=PEPPER)
    theirs = await make_coupon(session, promotion.id, member_id=other.id)
    type_code, _ = await typing(shop)
    answers = [await type_code(each) for each in ("NOBODYHASIT", code, theirs.code)]
    bodies = [each.json() for each in answers]
    for each in bodies:
        del each["request_id"]
    assert bodies[0]["status"] == 404
    assert bodies == [bodies[0]] * 3


async def test_a_sixth_code_is_one_too_many_and_is_not_claimed(typing, session):
    shop, promotion, batch = await make_batch(session, "public_code", public_code="SPRING24")
    coupons = [await make_coupon(session, promotion.id) for _ in range(5)]
    type_code, _ = await typing(shop)
    for each in coupons:
        assert (await type_code(each.code)).status_code == 200
    assert problem(await type_code("SPRING24")) == (422, "too-many-coupons")
    assert await held(session, batch.id) == []


async def test_guests_sign_in_first_and_carts_of_others_are_not_found(client, typing, session):
    shop, _, _ = await make_batch(session, "public_code", public_code="SPRING24")
    type_code, _ = await typing(shop, await make_guest(session))
    assert (await type_code("SPRING24")).status_code == 401
    headers = await bearer(session, shop.member)
    await session.commit()
    path = f"/api/v1/carts/{uuid4()}/coupons"
    answer = await client.post(path, json={"code": "SPRING24"}, headers=headers)
    assert answer.status_code == 404


async def test_tabs_that_type_at_once_claim_one_and_lose_no_code(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop, promotion, batch = await make_batch(
            session, "public_code", public_code="SPRING24", per_member=3
        )
        await batch_of(session, promotion, "public_code", public_code="SUMMER24")
        cart_id = await make_cart(session, shop.member.id)
    actor = actor_of(shop.member)

    async def type_code(code):
        async with asyncio.timeout(30), unit_of_work(sessions) as session:
            await cart.type_coupon(session, cart_id, code, actor=actor, pepper=PEPPER)

    await asyncio.gather(*(type_code(each) for each in ("SPRING24", "SUMMER24") * 6))
    async with sessions() as session:
        assert len(await held(session, batch.id)) == 1
        snapshot = await cart.snapshot(session, cart_id, actor)
        assert len(snapshot.coupon_codes) == 2
