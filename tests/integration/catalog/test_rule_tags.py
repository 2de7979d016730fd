"""Tags that rules hang: who wears them, until when, and what staff hung beside them."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.enums.promotions import PromotionStatus
from app.models.catalog import SpuTag
from app.services import orders, recommendations
from tests.factories.catalog import make_spu, make_tag
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import actor_of, make_staff
from tests.integration.catalog.conftest import match

ADMIN = "/api/v1/admin"
DAY = timedelta(days=1)
NEW = {"type": "new", "days": 30}
ON_PROMOTION = {"type": "on_promotion"}
TOP = {"type": "top_sellers", "days": 7, "count": 1}
ABSENT = "00000000-0000-7000-8000-000000000000"


async def worn(session, tag) -> dict:
    """Products that wear the tag by its rule, and until when."""
    rows = await session.execute(
        text("SELECT spu_id, expires_at FROM spu_tags WHERE tag_id = :id AND is_by_rule"),
        {"id": tag.id},
    )
    return {row.spu_id: row.expires_at for row in rows}


async def follow(session, tag) -> dict:
    await recommendations.refresh_due_tag(session, tag.id)
    return await worn(session, tag)


async def shown(client, tag) -> list[str]:
    response = await client.get("/api/v1/products", params={"tag": tag.code})
    assert response.status_code == 200
    return [each["id"] for each in response.json()["items"]]


async def publish(session, spu, age) -> None:
    spu.published_at = now() - age
    await session.flush()


async def test_new_goods_wear_it_until_their_days_are_over(client, session):
    shop = await make_shop(session)
    young, old, draft = shop.spu, await make_spu(session), await make_spu(session)
    await publish(session, young, 3 * DAY)
    await publish(session, old, 31 * DAY)
    draft.published_at = None
    tag = await make_tag(session, rule=NEW)
    assert await follow(session, tag) == {young.id: young.published_at + 30 * DAY}
    assert (tag.member_count, tag.version) == (1, 1)
    await session.commit()
    assert await shown(client, tag) == [str(young.id)]
    page = (await client.get(f"/api/v1/products/{young.id}")).json()
    assert page["tags"] == [{"code": tag.code, "name": tag.name}]

    # In its instant it is gone, whoever comes by; the next round takes the row away too.
    await publish(session, young, 31 * DAY)
    await session.execute(text("UPDATE spu_tags SET expires_at = now()"))
    await session.commit()
    assert await shown(client, tag) == []
    assert await follow(session, tag) == {}


async def test_another_length_moves_the_instant(session):
    shop = await make_shop(session)
    await publish(session, shop.spu, DAY)
    tag = await make_tag(session, rule=NEW)
    await follow(session, tag)
    tag.rule = NEW | {"days": 2}
    await session.flush()
    assert await follow(session, tag) == {shop.spu.id: shop.spu.published_at + 2 * DAY}
    await follow(session, tag)
    assert tag.member_count == 1


@pytest.mark.parametrize("expires_at", [None, now() - DAY])
async def test_what_staff_hung_outranks_the_rule(session, expires_at):
    shop = await make_shop(session)
    await publish(session, shop.spu, DAY)
    other = await make_spu(session)
    other.published_at = now() - 90 * DAY
    tag = await make_tag(session, rule=NEW)
    by_hand = [SpuTag(spu_id=x.id, tag_id=tag.id, expires_at=expires_at) for x in (shop.spu, other)]
    session.add_all(by_hand)
    await session.flush()
    for _ in range(2):
        assert await follow(session, tag) == {}
        assert tag.member_count == 0
    rows = await session.execute(text("SELECT spu_id, expires_at, is_by_rule FROM spu_tags"))
    assert {tuple(row) for row in rows} == {
        (each.id, expires_at, False) for each in (shop.spu, other)
    }


async def test_goods_on_promotion_wear_it_as_long_as_the_last_promotion_runs(session):
    shop, other = await make_shop(session), await make_shop(session)
    tag = await make_tag(session, rule=ON_PROMOTION)
    assert await follow(session, tag) == {}

    async def promote(days: int, **terms):
        scope = {"categories": [str(shop.root.id)]}
        ends_at = now() + days * DAY
        return await make_promotion(
            session, shop.merchant.id, **{"scope": scope, "ends_at": ends_at, **terms}
        )

    await promote(2)
    last = await promote(5, scope={"skus": [str(shop.sku_ids[1])]})
    await promote(9, starts_at=now() + DAY)
    await promote(9, needs_coupon=True)
    await promote(9, total_uses=0)
    await promote(9, status=PromotionStatus.APPROVED)
    assert await follow(session, tag) == {shop.spu.id: last.ends_at}

    last.status = PromotionStatus.ENDED
    endless = await promote(1, scope={"brands": [str(other.brand.id)]}, ends_at=None)
    found = await follow(session, tag)
    assert set(found) == {shop.spu.id, other.spu.id}
    assert found[other.spu.id] is None
    assert found[shop.spu.id] < last.ends_at
    endless.status = PromotionStatus.ENDED
    await session.flush()
    assert set(await follow(session, tag)) == {shop.spu.id}


async def test_one_promotion_may_be_meant_also_one_of_a_coupon(session):
    shop, other = await make_shop(session), await make_shop(session)
    meant = await make_promotion(
        session, shop.merchant.id, scope={"spus": [str(shop.spu.id)]}, needs_coupon=True
    )
    await make_promotion(session, shop.merchant.id, scope={"spus": [str(other.spu.id)]})
    tag = await make_tag(session, rule=ON_PROMOTION | {"promotion_id": str(meant.id)})
    assert await follow(session, tag) == {shop.spu.id: None}


async def test_the_top_sellers_are_counted_by_pieces_of_paid_orders(session):
    first, second, third = [await make_shop(session) for _ in range(3)]
    placed = [
        await place(session, shop.member.id, [(shop.sku_ids[2], pieces)])
        for shop, pieces in ((first, 2), (second, 3), (third, 9))
    ]
    tag = await make_tag(session, rule=TOP)
    assert await follow(session, tag) == {}

    async def settle(number: int, change: str) -> dict:
        statement = text(f"UPDATE orders SET {change} WHERE id = :id")
        await session.execute(statement, {"id": placed[number].id})
        return await follow(session, tag)

    assert await settle(0, "paid_at = now()") == {first.spu.id: None}
    assert await settle(1, "paid_at = now()") == {second.spu.id: None}
    assert await settle(1, "state = 'cancelled'") == {first.spu.id: None}
    tag.rule = TOP | {"count": 3}
    await session.flush()
    assert set(await settle(1, "state = 'open'")) == {first.spu.id, second.spu.id}
    # What was given away was not sold.
    gift = await make_promotion(session, third.merchant.id)
    await session.execute(
        text(
            "UPDATE order_lines SET is_gift = true, promotion_id = :gift, goods_minor = 0,"
            " net_minor = 0, tax_minor = 0 WHERE order_id = :id"
        ),
        {"gift": gift.id, "id": placed[2].id},
    )
    await settle(2, "paid_at = now()")
    assert await orders.top_sellers(session, days=1, count=3) == [second.spu.id, first.spu.id]
    assert await orders.top_sellers(session, days=-1, count=3) == []


async def test_staff_keep_a_rule_and_take_it_away(staff, session):
    shop = await make_shop(session)
    await publish(session, shop.spu, DAY)
    other = await make_shop(session)
    other.spu.published_at = None
    await session.commit()
    body = {"code": "new-in", "name": "New in", "rule": NEW}
    made = await staff.post(f"{ADMIN}/tags", json=body)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["rule"], told["refreshed_at"], told["member_count"]) == (NEW, None, None)
    path = f"{ADMIN}/tags/{told['id']}"

    done = await staff.post(f"{path}/refresh")
    assert (done.status_code, done.headers["etag"]) == (200, made.headers["etag"])
    assert done.json()["member_count"] == 1
    assert done.json()["refreshed_at"]
    products = await staff.get("/api/v1/products", params={"tag": "new-in"})
    assert [each["id"] for each in products.json()["items"]] == [str(shop.spu.id)]

    session.add(SpuTag(spu_id=other.spu.id, tag_id=UUID(told["id"])))
    await session.commit()
    same = await staff.patch(path, json={"rule": NEW}, headers=match(done))
    assert (same.headers["etag"], same.json()["member_count"]) == (done.headers["etag"], 1)
    moved = await staff.patch(path, json={"rule": ON_PROMOTION}, headers=match(same))
    assert moved.json()["rule"] == ON_PROMOTION | {"promotion_id": None}
    assert moved.json()["refreshed_at"] is None
    stale = await staff.patch(path, json={"rule": None}, headers=match(same))
    assert stale.status_code == 412
    gone = await staff.patch(path, json={"rule": None}, headers=match(moved))
    assert (gone.status_code, gone.json()["rule"]) == (200, None)
    products = await staff.get("/api/v1/products", params={"tag": "new-in"})
    assert [each["id"] for each in products.json()["items"]] == [str(other.spu.id)]
    refused = await staff.post(f"{path}/refresh")
    assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (409, "tag-has-no-rule")
    assert (await staff.post(f"{ADMIN}/tags/{ABSENT}/refresh")).status_code == 404


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"type": "old", "days": 1}, "/body/rule"),
        ({"type": "new"}, "/body/rule/new/days"),
        ({"type": "new", "days": 0}, "/body/rule/new/days"),
        ({"type": "new", "days": 1, "count": 1}, "/body/rule/new/count"),
        ({"type": "top_sellers", "days": 1, "count": 1_001}, "/body/rule/top_sellers/count"),
        ({"type": "on_promotion", "promotion_id": "x"}, "/body/rule/on_promotion/promotion_id"),
        ({"type": "on_promotion", "promotion_id": ABSENT}, None),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(staff, rule, pointer):
    body = {"code": "odd", "name": "Odd", "rule": rule}
    refused = await staff.post(f"{ADMIN}/tags", json=body)
    assert refused.status_code == 422
    if pointer is None:
        assert refused.json()["field"] == "rule.promotion_id"
    else:
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_staff_replace_their_tags_and_leave_those_of_rules(staff, session):
    shop = await make_shop(session)
    await publish(session, shop.spu, DAY)
    ruled, plain = await make_tag(session, rule=NEW), await make_tag(session)
    await follow(session, ruled)
    await session.commit()
    path = f"{ADMIN}/products/{shop.spu.id}"

    async def put(etag: str, *tags):
        body = {"tags": [{"tag_id": str(each.id)} for each in tags]}
        response = await staff.put(f"{path}/tags", json=body, headers={"If-Match": etag})
        assert response.status_code == 200, response.text
        return response.headers["etag"]

    etag = await put('"1"', plain)
    assert set(await worn(session, ruled)) == {shop.spu.id}
    etag = await put(etag, plain, ruled)
    assert await worn(session, ruled) == {}
    assert set(await shown(staff, ruled)) == {str(shop.spu.id)}
    await put(etag)
    assert await shown(staff, plain) == []
    assert set(await follow(session, ruled)) == {shop.spu.id}


async def test_a_refresh_by_staff_is_logged(session):
    tag = await make_tag(session, rule=NEW)
    actor = actor_of(await make_staff(session))
    await recommendations.refresh_tag(session, tag.id, actor=actor)
    logged = await session.scalar(
        text("SELECT count(*) FROM operation_log WHERE action = 'catalog.refresh'")
    )
    assert logged == 1
