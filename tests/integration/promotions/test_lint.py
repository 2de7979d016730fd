"""What staff are told before a promotion starts."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.clock import now
from app.core.enums.promotions import PromotionStatus
from app.services.promotions import lint as lint_module
from app.services.promotions.depth import depth_bps, joint_depth_bps
from app.services.promotions.engine import Promotion, parse_rule
from app.services.promotions.lint import lint
from tests.factories.orders import place
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.test_api import PROMOTIONS, marketer, move
from tests.statements import Statements


def test_the_guide_names_every_remark():
    root = Path(lint_module.__file__).parent
    made = {
        code
        for name in ("lint.py", "activate.py")
        for code in re.findall(r'"([A-Z][A-Z_]{6,})"', (root / name).read_text())
    }
    guide = (Path(__file__).parents[3] / "docs" / "promotions.md").read_text()
    named = re.search(r"^## What is looked at.*?^## ", guide, re.MULTILINE | re.DOTALL)
    assert named
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", named[0])) == made


def promotion(key: str, action: dict, stage: str = "order", **config) -> Promotion:
    rule = parse_rule(stage, {"action": action, **config})
    return Promotion(id=key, name=key, stage=stage, rule=rule)


def percent(rate_bps: int) -> dict:
    return {"type": "percent_off", "rate_bps": rate_bps}


def codes(found) -> dict[str, tuple[str, ...]]:
    return {each.code: each.others for each in found}


@pytest.mark.parametrize(
    ("stage", "action", "depth"),
    [
        ("order", percent(2_500), 2_500),
        ("item", {"type": "percent_off_unit", "rate_bps": 300}, 300),
        ("item", {"type": "nth", "n": 2, "rate_bps": 5_000}, 2_500),
        ("item", {"type": "bxgy", "buy": 2, "get": 1}, 3_333),
        ("order", {"type": "each", "every_minor": 20_000, "off_minor": 3_000}, 1_500),
        ("order", {"type": "amount_off", "amount_minor": 500}, None),
        (
            "order",
            {
                "type": "ladder",
                "tiers": [{"min": 1_000, "off_minor": 300}, {"min": 9_000, "off_minor": 900}],
            },
            3_000,
        ),
        (
            "order",
            {"type": "ladder", "by": "quantity", "tiers": [{"min": 2, "off_minor": 300}]},
            None,
        ),
        ("item", {"type": "fixed_price", "price_minor": 100}, None),
    ],
)
def test_the_depth_of_terms(stage, action, depth):
    assert depth_bps(parse_rule(stage, {"action": action})) == depth


def test_the_depth_of_two():
    threshold = {"all": [{"type": "min_amount", "amount_minor": 10_000}]}
    fixed = promotion("a", {"type": "amount_off", "amount_minor": 4_000}, condition=threshold)
    assert joint_depth_bps(fixed, promotion("b", percent(5_000))) == 9_000
    assert joint_depth_bps(fixed, promotion("b", percent(5_000), "coupon")) == 7_000


def test_two_deep_promotions_that_stack_are_remarked_on():
    one = promotion("a", percent(5_000))
    coupon = promotion("b", percent(5_000), "coupon")
    assert codes(lint(one, [coupon], has_quota=True)) == {"DEEP_TOGETHER": ("b",)}
    assert lint(one, [coupon], has_quota=True, joint_discount_bps=7_500) == ()
    apart = promotion("b", percent(5_000), "coupon", stack={"across": "conflict"})
    assert lint(one, [apart], has_quota=True) == ()
    elsewhere = [
        promotion("a", percent(5_000), scope={"skus": ["x"]}),
        promotion("b", percent(5_000), "coupon", scope={"skus": ["y"]}),
    ]
    assert lint(elsewhere[0], elsewhere[1:], has_quota=True) == ()


def test_only_promotions_that_may_meet_make_a_large_component():
    item = {"type": "percent_off_unit", "rate_bps": 100}
    apart = [promotion(f"p{i}", item, "item", scope={"skus": [f"s{i}"]}) for i in range(13)]
    assert lint(apart[0], apart[1:], has_quota=True) == ()
    chained = [
        promotion(f"p{i}", item, "item", scope={"skus": [f"s{i}", f"s{i + 1}"]}) for i in range(13)
    ]
    assert list(codes(lint(chained[0], chained[1:], has_quota=True))) == ["LARGE_COMPONENT"]
    assert lint(chained[0], chained[1:12], has_quota=True) == ()


def test_what_adds_up_in_one_stage_is_remarked_on():
    one, two = (promotion(key, percent(1_000), stack={"in_stage": "stack"}) for key in "ab")
    assert codes(lint(one, [two], has_quota=True)) == {"STACKS_IN_STAGE": ("b",)}
    alone = promotion("b", percent(1_000))
    assert lint(one, [alone], has_quota=True) == ()


async def remarks_on(client, session, row):
    answer = await client.post(f"{PROMOTIONS}/{row.id}/lint", headers=await marketer(session))
    assert answer.status_code == 200
    return {each["code"]: each for each in answer.json()["remarks"]}


async def test_a_promotion_that_always_loses_is_found_on_recent_orders(client, session, engine):
    shop = await make_shop(session)
    strong = await make_promotion(session, shop.merchant.id)
    for sku_id in shop.sku_ids[:2]:
        await place(session, shop.member.id, [(sku_id, 1)])
    weak = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.DRAFT,
        action={"type": "amount_off", "amount_minor": 500},
    )
    headers = await marketer(session)
    with Statements(engine) as statements:
        answer = await client.post(f"{PROMOTIONS}/{weak.id}/lint", headers=headers)
    assert not [
        each for each in statements.sent if not each.lstrip().startswith(("SELECT", "WITH"))
    ]
    found = {each["code"]: each for each in answer.json()["remarks"]}
    assert found["UNREACHABLE"]["others"] == [str(strong.id)]
    assert found["UNREACHABLE"]["message"].startswith("In 2 of 2 recent orders")
    better = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.DRAFT,
        needs_coupon=True,
        total_uses=1,
        uses_per_member=1,
        action={"type": "amount_off", "amount_minor": 1_500},
    )
    assert await remarks_on(client, session, better) == {}


async def test_tiers_that_fall_keep_a_promotion_from_starting(client, session):
    shop = await make_shop(session)
    tiers = [{"min": 2, "off_minor": 2}, {"min": 3, "off_minor": 1}]
    row = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.APPROVED,
        version=1,
        action={"type": "ladder", "tiers": tiers},
        ends_at=now() - timedelta(hours=1),
    )
    found = await remarks_on(client, session, row)
    assert {code: (each["severity"], each["pointer"]) for code, each in found.items()} == {
        "NOT_MONOTONE": ("error", "/action/tiers/1"),
        "WINDOW_OVER": ("error", "/ends_at"),
    }
    refused = await move(client, await marketer(session), f"{PROMOTIONS}/{row.id}", "activate", 1)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-promotion")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/action/tiers/1", "/ends_at"]


async def test_warnings_do_not_keep_a_promotion_from_starting(client, session):
    shop = await make_shop(session)
    await make_promotion(session, shop.merchant.id, action=percent(5_000), stage="coupon")
    row = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.APPROVED,
        version=1,
        action=percent(5_000),
    )
    started = await move(client, await marketer(session), f"{PROMOTIONS}/{row.id}", "activate", 1)
    assert started.json()["promotion"]["phase"] == "running"
    assert [each["code"] for each in started.json()["remarks"]] == ["DEEP_TOGETHER"]
