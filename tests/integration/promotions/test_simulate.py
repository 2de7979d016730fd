"""Carts tried with promotions that do not run, for shoppers that need not exist."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.clock import now
from app.core.enums.pricing import PriceListKind
from app.core.enums.promotions import PromotionStatus
from app.schemas.quotes import QuoteOut
from tests.factories.orders import place
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.test_api import PROMOTIONS, marketer
from tests.statements import Statements

FIRST_DRAFT = "ffffffff-ffff-7fff-bfff-000000000001"
OFF = {"type": "amount_off", "amount_minor": 300}


def cart_of(shop, **values):
    return {"lines": [{"sku_id": str(shop.sku_ids[0]), "quantity": 1}]} | values


def draft(**values):
    return {"name": "Try", "stage": "order", "currency": "CNY", "action": OFF} | values


async def simulate(client, headers, body):
    return await client.post(f"{PROMOTIONS}/simulate", json=body, headers=headers)


async def test_a_simulation_tries_drafts_at_any_time_and_writes_nothing(client, session, engine):
    shop = await make_shop(session)
    tomorrow = now() + timedelta(days=1)
    later = await make_promotion(session, shop.merchant.id, starts_at=tomorrow)
    draft = await make_promotion(
        session, shop.merchant.id, status=PromotionStatus.DRAFT, stage="coupon"
    )
    headers = await marketer(session)
    body = {"lines": [{"sku_id": str(shop.sku_ids[0]), "quantity": 1}]}
    plain = (await client.post(f"{PROMOTIONS}/simulate", json=body, headers=headers)).json()
    assert plain["totals"]["payable_minor"] == 10_000
    body |= {
        "at": (tomorrow + timedelta(hours=1)).isoformat(),
        "promotions": [str(draft.id)],
        "shipping_minor": 800,
    }
    with Statements(engine) as statements:
        answer = await client.post(f"{PROMOTIONS}/simulate", json=body, headers=headers)
    assert answer.status_code == 200
    assert not [
        each for each in statements.sent if not each.lstrip().startswith(("SELECT", "WITH"))
    ]
    quoted = answer.json()
    assert [each["promotion_id"] for each in quoted["applied"]] == [str(later.id), str(draft.id)]
    assert quoted["totals"]["payable_minor"] == 8_800
    assert QuoteOut.model_validate(quoted).model_dump(mode="json") == quoted


async def test_a_simulation_names_what_cannot_be_bought(client, session):
    await make_shop(session)
    gone = str(uuid4())
    body = {"lines": [{"sku_id": gone, "quantity": 1}]}
    answer = await client.post(f"{PROMOTIONS}/simulate", json=body, headers=await marketer(session))
    assert (answer.status_code, answer.json()["skus"]) == (
        409,
        [{"sku_id": gone, "reason": "unknown"}],
    )
    body["coupon_codes"] = [f"CODE{i}" for i in range(6)]
    answer = await client.post(f"{PROMOTIONS}/simulate", json=body, headers=await marketer(session))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/too-many-coupons")


async def test_terms_nobody_saved_are_tried_beside_what_runs(client, session):
    shop = await make_shop(session)
    running = await make_promotion(session, shop.merchant.id)
    headers = await marketer(session)
    less = (await simulate(client, headers, cart_of(shop, drafts=[draft()]))).json()
    assert [each["promotion_id"] for each in less["applied"]] == [str(running.id)]
    (left,) = less["rejected"]
    assert (left["promotion_id"], left["reason"]) == (FIRST_DRAFT, "EXCLUDED")
    assert (left["detail"]["with_minor"], left["detail"]["without_minor"]) == (9_700, 9_000)
    alone = cart_of(shop, drafts=[draft()], without=[str(running.id)])
    alone = (await simulate(client, headers, alone)).json()
    assert alone["totals"]["payable_minor"] == 9_700
    shared = {"in_stage": "stack"}
    both = cart_of(shop, drafts=[draft(stack=shared), draft(stage="coupon", needs_coupon=True)])
    both = (await simulate(client, headers, both)).json()
    assert [each["promotion_id"] for each in both["applied"]] == [
        str(running.id),
        FIRST_DRAFT[:-1] + "2",
    ]


async def test_a_coupon_is_held_unless_said_otherwise(client, session):
    shop = await make_shop(session)
    saved = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.DRAFT,
        stage="coupon",
        needs_coupon=True,
    )
    headers = await marketer(session)
    body = cart_of(shop, promotions=[str(saved.id)])
    held = (await simulate(client, headers, body)).json()
    assert [each["promotion_id"] for each in held["applied"]] == [str(saved.id)]
    assert QuoteOut.model_validate(held).model_dump(mode="json") == held
    none = (await simulate(client, headers, body | {"has_coupons": False})).json()
    assert [each["reason"] for each in none["rejected"]] == ["CODE_REQUIRED"]


async def test_a_shopper_is_imagined_with_tier_tags_and_orders(client, session):
    shop = await make_shop(session)
    gold = await make_price_list(session, kind=PriceListKind.MEMBER_TIER, tier="gold")
    await put_price(session, gold.id, shop.sku_ids[0], 8_000)
    headers = await marketer(session)
    condition = {"all": [{"type": "customer_tags", "any": ["birthday"]}, {"type": "first_order"}]}
    asked = draft(condition=condition, uses_per_member=1)
    cases = [
        (None, 10_000, ["IDENTITY_REQUIRED"]),
        ({"tier": "gold"}, 8_000, ["CUSTOMER_NOT_ELIGIBLE"]),
        ({"tier": "gold", "tags": ["birthday"]}, 7_700, []),
        ({"tags": ["birthday"], "orders_count": 1}, 10_000, ["CUSTOMER_NOT_ELIGIBLE"]),
    ]
    for somebody, payable, reasons in cases:
        body = cart_of(shop, drafts=[asked], shopper=somebody)
        answer = (await simulate(client, headers, body)).json()
        assert answer["totals"]["payable_minor"] == payable
        assert [each["reason"] for each in answer["rejected"]] == reasons


@pytest.mark.parametrize("limit", ["uses_per_member", "uses_per_member_per_day"])
async def test_a_limit_for_each_member_wants_to_know_who(client, session, limit):
    shop = await make_shop(session)
    headers = await marketer(session)
    body = cart_of(shop, drafts=[draft(uses_per_day=1, **{limit: 1})])
    nobody = (await simulate(client, headers, body)).json()
    assert [each["reason"] for each in nobody["rejected"]] == ["IDENTITY_REQUIRED"]
    somebody = (await simulate(client, headers, body | {"shopper": {}})).json()
    assert [each["promotion_id"] for each in somebody["applied"]] == [FIRST_DRAFT]


async def test_what_runs_out_of_a_day_is_out_for_that_day(client, session):
    shop = await make_shop(session)
    saved = await make_promotion(session, shop.merchant.id, uses_per_day=1)
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    headers = await marketer(session)
    body = cart_of(shop, promotions=[str(saved.id)])
    today = (await simulate(client, headers, body)).json()
    assert [each["reason"] for each in today["rejected"]] == ["EXHAUSTED"]
    later = body | {"at": (now() + timedelta(days=2)).isoformat()}
    told = (await simulate(client, headers, later)).json()
    assert [each["promotion_id"] for each in told["applied"]] == [str(saved.id)]


async def test_the_way_of_paying_is_unknown_until_it_is_named(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    wants = {"all": [{"type": "payment_kind", "kinds": ["balance"], "pays": "some"}]}
    body = cart_of(shop, drafts=[draft(stage="coupon", condition=wants)])
    unknown = {"kinds": "balance", "pays": "some"}
    cases = [
        ([], 10_000, [unknown]),
        (["gateway"], 10_000, [unknown | {"chosen": "gateway"}]),
        (["gateway", "balance"], 9_700, []),
    ]
    for kinds, payable, refused in cases:
        told = (await simulate(client, headers, body | {"payment_kinds": kinds})).json()
        assert told["totals"]["payable_minor"] == payable
        assert [(each["reason"], each["detail"]) for each in told["rejected"]] == [
            ("PAYMENT_KIND", each) for each in refused
        ]
    cash = await simulate(client, headers, body | {"payment_kinds": ["cash"]})
    assert cash.status_code == 422


async def test_a_time_of_its_own_decides_windows(client, session):
    shop = await make_shop(session)
    start = now() + timedelta(days=30)
    headers = await marketer(session)
    asked = draft(starts_at=start.isoformat(), ends_at=(start + timedelta(days=1)).isoformat())
    for at, payable in ((start, 9_700), (start + timedelta(days=1), 10_000)):
        body = cart_of(shop, drafts=[asked], at=at.isoformat())
        assert (await simulate(client, headers, body)).json()["totals"]["payable_minor"] == payable


@pytest.mark.parametrize("objective", ["customer_best", "priority"])
async def test_the_objective_is_named_and_followed(client, session, objective):
    shop = await make_shop(session)
    headers = await marketer(session)
    drafts = [draft(priority=9), draft(action={"type": "amount_off", "amount_minor": 900})]
    body = cart_of(shop, drafts=drafts, objective=objective)
    answer = (await simulate(client, headers, body)).json()
    assert answer["objective"] == objective
    off = {"customer_best": 900, "priority": 300}[objective]
    assert [each["amount_minor"] for each in answer["applied"]] == [off]


async def test_faults_are_pointed_at_below_their_draft(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    body = cart_of(shop, drafts=[draft(), draft(action={"type": "amount_off"})])
    answer = await simulate(client, headers, body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-promotion")
    assert [each["pointer"] for each in answer.json()["errors"]] == [
        "/drafts/1/action/amount_minor"
    ]


async def test_a_promotion_that_does_not_exist_cannot_be_tried(client, session):
    shop = await make_shop(session)
    headers = await marketer(session)
    gone = str(uuid4())
    answer = await simulate(client, headers, cart_of(shop, promotions=[gone]))
    assert (answer.status_code, answer.json()["ids"]) == (422, [gone])
    both = cart_of(shop, member_id=str(shop.member.id), shopper={"tier": "gold"})
    assert (await simulate(client, headers, both)).status_code == 422
