"""Promotions over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.enums.promotions import PromotionStatus
from app.core.enums.scopes import Scope
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.promotions.test_quote import COUPON

PROMOTIONS = "/api/v1/admin/promotions"
FREE_SHIPPING = {"stage": "shipping", "action": {"type": "ship_free"}}
PRESENT = {"action": {"type": "gift", "presents": [{"sku_id": str(uuid4()), "quantity": 1}]}}


async def marketer(session):
    staff = await make_staff(session, scopes=(Scope.PROMOTIONS_READ, Scope.PROMOTIONS_WRITE))
    return await bearer(session, staff)


def draft_for(shop, **values):
    return {
        "code": "spring",
        "merchant_id": str(shop.merchant.id),
        "name": "Spring",
        "stage": "order",
        "currency": "CNY",
        "action": {"type": "amount_off", "amount_minor": 500},
    } | values


async def move(client, headers, url, action, version):
    return await client.post(f"{url}/{action}", headers=headers | {"If-Match": f'"{version}"'})


async def test_the_life_of_a_promotion(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    made = await client.post(PROMOTIONS, json=draft_for(shop, total_uses=9), headers=headers)
    assert (made.status_code, made.json()["status"], made.json()["total_uses"]) == (201, "draft", 9)
    url = f"{PROMOTIONS}/{made.json()['id']}"
    terms = {
        name: value
        for name, value in draft_for(shop, name="Late spring", uses_per_member=1).items()
        if name not in {"code", "merchant_id"}
    }
    edited = await client.put(url, json=terms, headers=headers | {"If-Match": '"1"'})
    assert (edited.json()["name"], edited.json()["total_uses"]) == ("Late spring", None)
    assert (await move(client, headers, url, "activate", 2)).status_code == 409
    assert (await move(client, headers, url, "approve", 1)).status_code == 412
    assert (await move(client, headers, url, "approve", 2)).json()["status"] == "approved"
    assert (await move(client, headers, url, "reopen", 3)).json()["status"] == "draft"
    assert (await move(client, headers, url, "approve", 4)).json()["status"] == "approved"
    running = await move(client, headers, url, "activate", 5)
    assert running.json()["promotion"]["status"] == "running"
    assert running.json()["remarks"] == []
    frozen = await client.put(url, json=terms, headers=headers | {"If-Match": '"6"'})
    assert (frozen.status_code, frozen.json()["type"]) == (
        409,
        "/problems/illegal-promotion-transition",
    )
    assert (await move(client, headers, url, "end", 6)).json()["status"] == "ended"
    again = await move(client, headers, url, "activate", 7)
    assert again.json()["allowed"] == ["approved"]
    shown = (await client.get(url, headers=headers)).json()
    assert (shown["used"], shown["used_minor"], shown["version"]) == (0, 0, 7)
    listed = (await client.get(f"{PROMOTIONS}?status=ended", headers=headers)).json()["items"]
    assert [row["id"] for row in listed] == [shown["id"]]
    logged = await session.scalars(
        text("SELECT action FROM operation_log WHERE object_kind = 'promotion' ORDER BY seq")
    )
    assert list(logged) == ["promotions.create", "promotions.edit", *["promotions.move"] * 5]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"stage": "magic"}, "/stage"),
        ({"action": {"type": "magic"}}, "/action/type"),
        ({"action": {"type": "amount_off"}}, "/action/amount_minor"),
        ({"condition": {"all": [{"type": "min_amount"}]}}, "/condition/all/0/amount_minor"),
        ({"scope": {"colour": ["red"]}}, "/scope/colour"),
        ({"refund": {"return_coupon": "maybe"}}, "/refund/return_coupon"),
        ({"funding": {"merchant_bps": 1}}, "/funding"),
        (FREE_SHIPPING | {"funding": {"platform_bps": 10_000}}, "/funding"),
        (
            FREE_SHIPPING | {"funding": {"merchant_bps": 9_999, "supplier_bps": 1}},
            "/funding",
        ),
        (
            FREE_SHIPPING | {"stage": "shipping_far", "funding": {"supplier_bps": 10_000}},
            "/funding",
        ),
        (PRESENT | {"funding": {"merchant_bps": 5_000, "supplier_bps": 5_000}}, "/funding"),
        (
            {"starts_at": "2026-02-02T00:00:00Z", "ends_at": "2026-02-01T00:00:00Z"},
            "/ends_at",
        ),
        (
            {
                "action": {
                    "type": "ladder",
                    "tiers": [{"min": 2, "off_minor": 2}, {"min": 3, "off_minor": 1}],
                }
            },
            "/action/tiers/1",
        ),
    ],
)
async def test_what_cannot_work_is_pointed_at(client, session, values, pointer):
    shop = await make_shop(session)
    answer = await client.post(
        PROMOTIONS, json=draft_for(shop, **values), headers=await marketer(session)
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-promotion")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("values", [FREE_SHIPPING, PRESENT])
async def test_merchants_pay_for_what_nobody_else_is_billed_for(client, session, values):
    shop = await make_shop(session)
    body = draft_for(shop, **values, funding={"merchant_bps": 10_000, "platform_bps": 0})
    answer = await client.post(PROMOTIONS, json=body, headers=await marketer(session))
    assert answer.status_code == 201, answer.text


async def test_free_shipping_that_others_were_to_pay_cannot_start(client, session):
    shop = await make_shop(session)
    row = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.APPROVED,
        version=1,
        funding={"platform_bps": 10_000},
        **FREE_SHIPPING,
    )
    answer = await move(client, await marketer(session), f"{PROMOTIONS}/{row.id}", "activate", 1)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/funding"]


async def test_taken_codes_and_unknown_channels_are_refused(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    unknown = draft_for(shop, channel_ids=[str(uuid4())])
    assert (await client.post(PROMOTIONS, json=unknown, headers=headers)).status_code == 422
    foreign = draft_for(shop, channel_ids=[str(shop.channel.id)], currency="JPY")
    assert (await client.post(PROMOTIONS, json=foreign, headers=headers)).status_code == 422
    await client.post(PROMOTIONS, json=draft_for(shop), headers=headers)
    taken = await client.post(PROMOTIONS, json=draft_for(shop), headers=headers)
    assert (taken.status_code, taken.json()["field"]) == (409, "code")


async def test_starting_tells_what_to_look_at_twice(client, session):
    shop = await make_shop(session)
    beside = await make_promotion(session, shop.merchant.id, stack={"groups": ["spring"]})
    row = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.APPROVED,
        version=1,
        stack={"groups": ["spring"], "exclusive": "order"},
        **COUPON,
    )
    headers = await marketer(session)
    answer = await move(client, headers, f"{PROMOTIONS}/{row.id}", "activate", 1)
    assert {each["code"]: each["others"] for each in answer.json()["remarks"]} == {
        "COUPON_WITHOUT_QUOTA": [],
        "EXCLUSIVE_WITHOUT_THRESHOLD": [],
        "GROUP_OVERLAP": [str(beside.id)],
    }


async def test_a_window_that_is_over_cannot_start(client, session):
    shop = await make_shop(session)
    row = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.APPROVED,
        version=1,
        ends_at=now() - timedelta(hours=1),
    )
    answer = await move(client, await marketer(session), f"{PROMOTIONS}/{row.id}", "activate", 1)
    assert answer.status_code == 422
