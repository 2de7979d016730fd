"""The quote from tables: what applies, what does not, and why."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.clock import now
from app.core.enums.members import MemberKind
from app.core.enums.pricing import PriceListKind
from app.core.enums.promotions import CouponState, PromotionStatus
from app.models.members import Member
from app.services.pricing import NotForSale, QuotaUse
from app.services.promotions import TooManyCoupons
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.buying import quote_for
from tests.statements import Statements

COUPON = {"stage": "coupon", "needs_coupon": True}


def reasons(quoted):
    return {each.promotion_id: each.reason for each in quoted.quote.rejected}


async def test_two_statements_price_and_explain_a_cart(session, engine):
    shop = await make_shop(session)
    tea, cup, _ = shop.sku_ids
    ten_off = await make_promotion(session, shop.merchant.id)
    coupon_only = await make_promotion(session, shop.merchant.id, **COUPON)
    far = await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "amount_off", "amount_minor": 9_000},
        condition={"all": [{"type": "min_amount", "amount_minor": 60_000}]},
    )
    coupon = await make_coupon(session, coupon_only.id, member_id=shop.member.id)
    with Statements(engine) as statements:
        quoted = await quote_for(
            session, shop, (tea, 2), (cup, 1), coupon_codes=(coupon.code.lower(),)
        )
    assert statements.count == 2
    totals = quoted.quote.totals
    assert (totals.list_minor, totals.discount_minor, totals.payable_minor) == (
        40_000,
        2_000,
        38_000,
    )
    assert [(each.promotion_id, each.coupon_id) for each in quoted.quote.applied] == [
        (str(ten_off.id), None),
        (str(coupon_only.id), str(coupon.id)),
    ]
    assert reasons(quoted) == {str(far.id): "THRESHOLD_NOT_MET"}
    assert [tier.missing_minor for tier in quoted.quote.next_tiers] == [20_000]
    assert quoted.facts["0"].sku_code == shop.skus[0].code
    assert quoted.unknown_codes == ()


async def test_only_what_is_open_here_and_now_is_looked_at(session):
    shop = await make_shop(session)
    later, earlier = now() + timedelta(days=1), now() - timedelta(days=1)
    for terms in [
        {"status": PromotionStatus.DRAFT},
        {"status": PromotionStatus.APPROVED},
        {"status": PromotionStatus.ENDED},
        {"starts_at": later},
        {"ends_at": earlier},
        {"currency": "JPY"},
        {"channel_ids": [uuid4()]},
        COUPON,
    ]:
        await make_promotion(session, shop.merchant.id, **terms)
    here = await make_promotion(
        session, shop.merchant.id, channel_ids=[shop.channel.id], starts_at=earlier, ends_at=later
    )
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert [each.promotion_id for each in quoted.quote.applied] == [str(here.id)]
    assert quoted.quote.rejected == ()


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"state": CouponState.RESERVED, "order_id": uuid4()}, "EXHAUSTED"),
        ({"state": CouponState.VOID}, "EXHAUSTED"),
        ({"valid_from": now() + timedelta(days=1)}, "NOT_ACTIVE"),
        ({"valid_to": now() - timedelta(days=1)}, "NOT_ACTIVE"),
    ],
)
async def test_a_code_that_does_not_count_says_why(session, terms, reason):
    shop = await make_shop(session)
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id, **terms)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), coupon_codes=(coupon.code,))
    assert reasons(quoted) == {str(promotion.id): reason}


async def test_a_code_of_an_ended_promotion_says_so(session):
    shop = await make_shop(session)
    promotion = await make_promotion(
        session, shop.merchant.id, status=PromotionStatus.ENDED, **COUPON
    )
    coupon = await make_coupon(session, promotion.id)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), coupon_codes=(coupon.code,))
    assert reasons(quoted) == {str(promotion.id): "NOT_ACTIVE"}


async def test_codes_of_others_are_as_unknown_as_made_up_ones(session):
    shop = await make_shop(session)
    other = Member(kind=MemberKind.MEMBER, email="other@example.test")
    session.add(other)
    await session.flush()
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    theirs = await make_coupon(session, promotion.id, member_id=other.id)
    quoted = await quote_for(
        session, shop, (shop.sku_ids[0], 1), coupon_codes=(theirs.code, "made-up")
    )
    assert quoted.unknown_codes == (theirs.code, "MADEUP")
    assert quoted.quote.applied == ()


async def test_at_most_five_codes_count(session):
    shop = await make_shop(session)
    wanted = (shop.sku_ids[0], 1)
    codes = tuple(f"CODE{i}" for i in range(5))
    assert (await quote_for(session, shop, wanted, coupon_codes=(*codes, "code0"))).quote
    with pytest.raises(TooManyCoupons):
        await quote_for(session, shop, wanted, coupon_codes=(*codes, "CODE5"))


async def test_limits_that_are_reached_are_named(session):
    shop = await make_shop(session)
    used_up = await make_promotion(session, shop.merchant.id, total_uses=0)
    poor = await make_promotion(session, shop.merchant.id, budget_minor=500)
    personal = await make_promotion(session, shop.merchant.id, uses_per_member=1)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert [each.promotion_id for each in quoted.quote.applied] == [str(personal.id)]
    assert reasons(quoted) == {str(used_up.id): "EXHAUSTED", str(poor.id): "BUDGET"}


async def test_limits_per_member_need_a_member(session):
    shop = await make_shop(session)
    personal = await make_promotion(session, shop.merchant.id, uses_per_member=1)
    guest = Member(kind=MemberKind.GUEST)
    session.add(guest)
    await session.flush()
    for member_id in (guest.id, None):
        quoted = await quote_for(session, shop, (shop.sku_ids[0], 1), member_id=member_id)
        assert reasons(quoted) == {str(personal.id): "IDENTITY_REQUIRED"}


async def test_a_quota_price_is_part_of_the_quote(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    flash = await make_price_list(session, kind=PriceListKind.FLASH, blocks_promotions=True)
    await put_price(session, flash.id, tea, 6_000, quota=2)
    await make_promotion(session, shop.merchant.id)
    quoted = await quote_for(session, shop, (tea, 3))
    assert quoted.quota_uses == (QuotaUse(tea, flash.id, 1, 2),)
    assert [(u.count, u.net_minor, u.is_blocked) for u in quoted.quote.lines[0].units] == [
        (2, 6_000, True),
        (1, 9_000, False),
    ]


async def test_goods_that_cannot_be_bought_may_be_left_out(session):
    shop = await make_shop(session)
    tea, gone = shop.sku_ids[0], uuid4()
    with pytest.raises(NotForSale):
        await quote_for(session, shop, (tea, 1), (gone, 1))
    quoted = await quote_for(session, shop, (tea, 1), (gone, 1), skip_unsaleable=True)
    assert [line.line_id for line in quoted.quote.lines] == ["0"]


async def test_a_rule_that_cannot_be_read_leaves_the_others_alone(session, caplog):
    caplog.set_level("ERROR")
    shop = await make_shop(session)
    broken = await make_promotion(session, shop.merchant.id, action={"type": "magic"})
    sound = await make_promotion(session, shop.merchant.id)
    quoted = await quote_for(session, shop, (shop.sku_ids[0], 1))
    assert [each.promotion_id for each in quoted.quote.applied] == [str(sound.id)]
    assert str(broken.id) in caplog.text
