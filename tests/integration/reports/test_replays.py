"""Replays of real orders, worked out by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.enums.pricing import PriceListKind
from app.core.enums.promotions import PromotionStatus
from app.core.errors import InvalidReference
from app.core.json import dump
from app.services import promotions, reports
from app.services.promotions.engine import Objective
from app.services.reports.engine.summary import Change
from tests.factories.entering import line, take
from tests.factories.members import make_member
from tests.factories.orders import order_row, place
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.reports.replaying import deltas, draft, finished, start

SHARED = {"merchant_bps": 4_000, "platform_bps": 6_000}


@pytest.fixture
async def shop(session):
    shop = await make_shop(session, quantity=100)
    await session.commit()
    return shop


async def cost(session, sku, cost_minor):
    sku.cost_minor, sku.cost_currency = cost_minor, "CNY"
    await session.flush()


async def test_three_orders_by_hand(sessions, session, shop):
    """Ten off everything ran; fifty off from three hundred is tried in its place.

    Only the order of 400 changes: 350 instead of 390.
    """
    running = await make_promotion(session, shop.merchant.id, name="Ten off", funding=SHARED)
    await cost(session, shop.skus[0], 6_000)
    await cost(session, shop.skus[1], 12_000)
    numbers = []
    for position, quantity in ((0, 1), (1, 2), (2, 1)):
        placed = await place(session, shop.member.id, [(shop.sku_ids[position], quantity)])
        numbers.append(placed.number)
    await session.commit()
    view = await finished(sessions, sessions, drafts=(draft(5_000, over_minor=30_000),))

    found = view.summary
    assert (view.replay.total, view.replay.done) == (3, 3)
    assert (found.orders, found.reproduced, found.skipped) == (3, 3, ())
    assert (found.changed, found.cheaper, found.dearer) == (1, 1, 0)
    assert await deltas(session, view) == [(numbers[1], 39_000, 35_000)]
    assert found.payable == Change(9_000 + 39_000 + 4_000, 9_000 + 35_000 + 4_000)
    assert [tuple(each) for each in found.deltas] == [(-5_000, -2_000, 1)]
    # 30.00 of ten off is shared 4 to 6; afterwards 20.00 is, and the merchant bears the fifty.
    assert {each.funder: each.cost for each in found.funders} == {
        "merchant": Change(1_200, 800 + 5_000),
        "platform": Change(1_800, 1_200),
        "supplier": Change(0, 0),
    }
    # Without the 13 % in them 90.00 is 79.65, 390.00 is 345.13 and 350.00 is 309.73.
    margin = found.margin
    assert margin.revenue == Change(7_965 + 34_513, 7_965 + 30_973)
    assert margin.cost == Change(6_000 + 24_000, 6_000 + 24_000)
    assert margin.margin == Change(12_478, 8_938)
    assert (margin.rate_before_bps, margin.rate_after_bps) == (2_938, 2_295)
    assert (margin.pieces, margin.pieces_unknown) == (Change(3, 3), Change(1, 1))
    tried, kept = found.promotions
    assert (tried.name, tried.is_tried, tried.orders, tried.amount) == (
        "Try",
        True,
        Change(0, 1),
        Change(0, 5_000),
    )
    assert (kept.promotion_id, kept.orders) == (str(running.id), Change(3, 2))
    (exclusion,) = found.exclusions
    assert (exclusion.loser, exclusion.winner, exclusion.rule, exclusion.orders) == (
        "Ten off",
        "Try",
        4,
        1,
    )
    assert found.never_applied == found.displaced == ()


async def test_what_is_good_for_nothing_is_named_with_its_reasons(sessions, session, shop):
    running = await make_promotion(session, shop.merchant.id, name="Ten off")
    for quantity in (1, 5):
        await place(session, shop.member.id, [(shop.sku_ids[0], quantity)])
    await session.commit()
    view = await finished(
        sessions, sessions, drafts=(draft(500, over_minor=30_000, name="Weak"), draft(2_000))
    )
    (idle,) = view.summary.never_applied
    assert (idle.name, [tuple(each) for each in idle.reasons]) == (
        "Weak",
        [("EXCLUDED", 1), ("THRESHOLD_NOT_MET", 1)],
    )
    assert [each.promotion_id for each in view.summary.displaced] == [str(running.id)]


async def test_promotions_of_then_can_be_done_without(sessions, session, shop):
    running = await make_promotion(session, shop.merchant.id, funding=SHARED)
    placed = await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    await session.commit()
    view = await finished(sessions, sessions, without=(running.id,))
    assert await deltas(session, view) == [(placed.number, 9_000, 10_000)]
    assert view.summary.dearer == 1
    assert [each.cost.delta for each in view.summary.funders] == [-400, -600, 0]


async def test_everything_an_order_froze_counts_whatever_became_of_it(sessions, session, shop):
    """Member and flash prices, coupons, limits, first orders, gifts: then everything is changed."""
    one, two, three = shop.sku_ids
    shop.member.tier = "gold"
    gold = await make_price_list(session, kind=PriceListKind.MEMBER_TIER, tier="gold")
    await put_price(session, gold.id, one, 9_000)
    flash = await make_price_list(session, kind=PriceListKind.FLASH, blocks_promotions=True)
    await put_price(session, flash.id, two, 15_000, quota=1)
    made = {
        name: await make_promotion(session, shop.merchant.id, **terms)
        for name, terms in {
            "ladder": {
                "action": {
                    "type": "ladder",
                    "by": "amount",
                    "tiers": [{"min": 20_000, "off_minor": 2_000}],
                }
            },
            "first": {
                "stage": "item",
                "condition": {"all": [{"type": "first_order"}]},
                "action": {"type": "percent_off_unit", "rate_bps": 1_000},
            },
            "gold": {
                "stage": "item",
                "condition": {"all": [{"type": "customer_tags", "any": ["gold"]}]},
                "action": {"type": "nth", "n": 2, "rate_bps": 5_000},
            },
            "once": {"uses_per_member": 1, "action": {"type": "amount_off", "amount_minor": 2_500}},
            "scarce": {"total_uses": 1, "action": {"type": "amount_off", "amount_minor": 2_600}},
            "poor": {"budget_minor": 10, "action": {"type": "amount_off", "amount_minor": 9_999}},
            "gift": {
                "action": {"type": "gift", "presents": [{"sku_id": str(three), "quantity": 1}]},
                "stack": {"in_stage": "stack"},
            },
            "coupon": {
                "stage": "coupon",
                "needs_coupon": True,
                "action": {"type": "amount_off", "amount_minor": 700},
            },
        }.items()
    }
    coupon = await make_coupon(session, made["coupon"].id, member_id=shop.member.id)
    stranger = await make_member(session)
    placed = [
        await place(session, shop.member.id, [(one, 2), (two, 2)], coupon_codes=[coupon.code]),
        await place(session, shop.member.id, [(one, 3)]),
        await place(session, stranger.id, [(one, 1), (three, 4)]),
    ]
    used = {
        each["promotion_id"]
        for order in placed
        for each in (await order_row(session, order.id))["quote"]["applied"]
    }
    assert len(used) >= 5
    await session.execute(text("UPDATE prices SET price_minor = price_minor * 3"))
    await session.execute(text("UPDATE promotions SET status = 'ended', ends_at = now()"))
    await session.execute(text("UPDATE members SET tier = NULL"))
    await session.execute(text("UPDATE coupons SET state = 'void', order_id = NULL"))
    await session.execute(text("UPDATE skus SET status = 'inactive'"))
    await session.commit()
    view = await finished(sessions, sessions, drafts=(draft(1, over_minor=10**9),))
    found = view.summary
    assert (found.orders, found.reproduced, found.unreproduced, found.skipped) == (3, 3, (), ())
    assert found.payable.before == sum(each.payable_minor for each in placed)
    assert found.changed == 0


async def test_orders_that_do_not_reproduce_are_counted_and_shown(sessions, session, shop):
    await make_promotion(session, shop.merchant.id, scope={"categories": [str(shop.category.id)]})
    placed = [await place(session, shop.member.id, [(shop.sku_ids[0], n)]) for n in (1, 2, 3, 4)]
    await session.execute(text("UPDATE spus SET category_id = :id"), {"id": shop.root.id})
    await session.execute(
        text("UPDATE orders SET quote = '{}' WHERE id = :id"), {"id": placed[1].id}
    )
    await session.execute(
        text('UPDATE orders SET quote = quote || \'{"engine_version": "0.9"}\' WHERE id = :id'),
        {"id": placed[2].id},
    )
    await session.execute(
        text("UPDATE orders SET quote = quote #- '{lines,0,units}' WHERE id = :id"),
        {"id": placed[3].id},
    )
    await session.commit()
    view = await finished(sessions, sessions, drafts=(draft(500),))
    found = view.summary
    assert (found.orders, found.reproduced) == (2, 0)
    assert dict(found.unreproduced) == {"payable": 1, "engine": 1}
    assert dict(found.skipped) == {"no_quote": 1, "quote_unreadable": 1}
    assert found.unreproduced_delta_minor == found.payable.delta == -1_000
    rows = await reports.unreproduced_orders(session, view.replay.id, after=None, limit=10)
    assert [(row.id, row.why, row.stored_minor, row.before_minor) for row in rows] == [
        (placed[0].id, "payable", 9_000, 10_000),
        (placed[1].id, "no_quote", 19_000, None),
        (placed[2].id, "engine", 29_000, 30_000),
        (placed[3].id, "quote_unreadable", 39_000, None),
    ]
    rest = await reports.unreproduced_orders(session, view.replay.id, after=rows[2].id, limit=10)
    assert [row.id for row in rest] == [placed[3].id]


@pytest.mark.parametrize("batch", [1, 100])
async def test_limits_of_what_is_tried_are_spent_order_by_order(sessions, session, shop, batch):
    other = await make_member(session)
    for member in (shop.member, shop.member, other, other):
        await place(session, member.id, [(shop.sku_ids[0], 1)])
    await session.commit()
    cases = (
        (draft(1_000, budget_minor=2_999), 2),
        (draft(1_000, total_uses=3), 3),
        (draft(1_000, uses_per_member=1), 2),
        (draft(1_000), 4),
    )
    for tried, changed in cases:
        view = await finished(sessions, sessions, batch=batch, drafts=(tried,))
        assert (view.summary.changed, view.summary.payable.delta) == (changed, -1_000 * changed)


@pytest.mark.parametrize("batch", [1, 100])
async def test_limits_by_day_are_spent_by_days_of_their_clock(sessions, session, shop, batch):
    """Orders at 15:50 and 16:10 UTC fall on two days in Shanghai and on one in Greenwich."""
    other = await make_member(session)
    noon = now().replace(hour=16, minute=0, second=0, microsecond=0) - timedelta(days=2)
    minutes = (-10, -9, 10, 11)
    for member, minute in zip((shop.member, other, shop.member, shop.member), minutes, strict=True):
        placed = await place(session, member.id, [(shop.sku_ids[0], 1)])
        await session.execute(
            text("UPDATE orders SET created_at = :at WHERE id = :id"),
            {"id": placed.id, "at": noon + timedelta(minutes=minute)},
        )
    saved = await make_promotion(
        session,
        shop.merchant.id,
        status=PromotionStatus.DRAFT,
        uses_per_day=1,
        time_zone="Asia/Shanghai",
    )
    await session.commit()
    cases = (
        ({"drafts": (draft(1_000, uses_per_day=1, time_zone="Asia/Shanghai"),)}, 2),
        ({"drafts": (draft(1_000, uses_per_day=1),)}, 2),  # the channel's clock
        ({"drafts": (draft(1_000, uses_per_day=1, time_zone="Europe/London"),)}, 1),
        ({"drafts": (draft(1_000, uses_per_member_per_day=1, time_zone="Asia/Shanghai"),)}, 3),
        ({"drafts": (draft(1_000, uses_per_member_per_day=1, time_zone="UTC"),)}, 2),
        ({"drafts": (draft(1_000, uses_per_day=9, total_uses=3, time_zone="UTC"),)}, 3),
        ({"promotion_ids": (saved.id,)}, 2),
    )
    for tried, changed in cases:
        view = await finished(sessions, sessions, batch=batch, **tried)
        assert (view.summary.changed, view.summary.payable.delta) == (changed, -1_000 * changed)


async def test_a_clock_nobody_knows_is_refused(sessions, shop):
    with pytest.raises(InvalidReference):
        await start(sessions, drafts=(draft(1_000, uses_per_day=1, time_zone="Moon/Base"),))


async def test_windows_count_if_asked_and_are_moved_back(sessions, session, shop):
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    await session.commit()
    later = draft(1_000, starts_at=now() + timedelta(days=29), ends_at=now() + timedelta(days=31))
    for rules, changed in (
        ({}, 1),
        ({"keeps_windows": True}, 0),
        ({"keeps_windows": True, "shift_days": 30}, 1),
        ({"keeps_windows": True, "shift_days": 28}, 0),
    ):
        view = await finished(sessions, sessions, drafts=(later,), **rules)
        assert view.summary.changed == changed


async def test_coupons_objective_and_saved_drafts(sessions, session, shop):
    await make_promotion(session, shop.merchant.id, name="Ten off")
    saved = await make_promotion(
        session,
        shop.merchant.id,
        status="draft",
        needs_coupon=True,
        stage="coupon",
        action={"type": "amount_off", "amount_minor": 300},
    )
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    await session.commit()
    for asked, delta in (
        ({"promotion_ids": (saved.id,)}, -300),
        ({"promotion_ids": (saved.id,), "has_coupons": False}, 0),
        ({"drafts": (draft(400, priority=9),)}, 0),
        ({"drafts": (draft(400, priority=9),), "objective": Objective.PRIORITY}, 600),
    ):
        view = await finished(sessions, sessions, **asked)
        assert view.summary.payable.delta == delta


async def test_the_terms_approved_are_those_that_count(sessions, session, shop):
    """A started promotion cannot be edited; were it, the version it ran on would still count."""
    running = await make_promotion(session, shop.merchant.id, approved_number=1)
    kept = promotions.kept_terms(draft(1_000))
    await session.execute(
        text(
            "INSERT INTO promotion_versions (promotion_id, number, terms, approved_by)"
            " VALUES (:id, 1, CAST(:terms AS jsonb), 'tests')"
        ),
        {"id": running.id, "terms": dump(kept)},
    )
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    running.action = {"type": "amount_off", "amount_minor": 1}
    await session.commit()
    replayed = await finished(sessions, sessions, drafts=(draft(1),))
    assert replayed.summary.reproduced == 1


async def test_orders_wanted_are_the_latest_of_the_channel_in_the_span(sessions, session, shop):
    placed = [await place(session, shop.member.id, [(shop.sku_ids[0], 1)]) for _ in range(4)]
    await session.execute(
        text("UPDATE orders SET paid_at = now(), payment_status = 'paid' WHERE id = ANY(:ids)"),
        {"ids": [each.id for each in placed[:3]]},
    )
    await session.commit()
    soon, gone = now() + timedelta(hours=1), now() - timedelta(hours=1)
    for asked, total in (
        ({}, 4),
        ({"unpaid_too": False}, 3),
        ({"last_orders": 2}, 2),
        ({"placed_from": gone, "placed_to": soon}, 4),
        ({"placed_from": soon}, 0),
        ({"placed_to": gone}, 0),
    ):
        view = await finished(sessions, sessions, drafts=(draft(1_000),), **asked)
        assert (view.replay.total, view.replay.done) == (total, total)
        if "last_orders" in asked:
            changed = {each[0] for each in await deltas(session, view)}
            assert changed == {each.number for each in placed[2:]}


async def test_what_cannot_be_tried_is_refused(sessions, session, shop):
    foreign = await make_promotion(session, shop.merchant.id, currency="JPY", status="draft")
    await session.commit()
    for asked, field in (
        ({"promotion_ids": (shop.member.id,)}, "promotions"),
        ({"without": (shop.member.id,)}, "without"),
        ({"promotion_ids": (foreign.id,)}, "promotions"),
    ):
        with pytest.raises(InvalidReference) as refused:
            await start(sessions, **asked)
        assert refused.value.context["field"] == field
    with pytest.raises(promotions.InvalidPromotion):
        await start(sessions, drafts=(draft(1, stage="magic"),))


async def test_prices_that_were_agreed_on_are_quoted_as_they_were(sessions, session, shop):
    """One below the list, one above it, where no other price ever wins."""
    goods = (line(shop.sku_ids[0], 2, 8_000), line(shop.sku_ids[1], 1, 25_000))
    await take(session, shop, *goods)
    await session.commit()
    found = (await finished(sessions, sessions, drafts=(draft(100),))).summary
    assert (found.orders, found.reproduced, found.skipped) == (1, 1, ())
    assert found.payable == Change(41_000, 41_000)
