"""Pages far down the lists of growth features read what they show, whoever else has much more."""

import pytest
from sqlalchemy import text

from app.repositories.crm import LotteryRepository
from app.repositories.pricing import BargainRepository, ExchangeRepository
from app.repositories.promotions import BatchRepository, CouponRepository
from tests.factories.bargains import make_activity, start
from tests.factories.catalog import make_channel
from tests.factories.exchange import make_offer
from tests.factories.lotteries import drawn_before, make_lottery, points
from tests.factories.members import make_member
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.batching import make_batch

ROWS, PAGE = 1_500, 20
MOST_READ = 15 * PAGE
"""What shows a page may look up for each row: goods, prices, pictures."""

ALL_ROWS = {"after": None, "limit": 10 * ROWS}


async def multiply(session, table, row_id, **columns):
    """A crowd of rows like one; by default their ids are below those of later crowds."""
    names = (
        await session.scalars(
            text(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = :table AND is_generated = 'NEVER'"
            ),
            {"table": table},
        )
    ).all()
    made = {"id": "CAST('0' || right(gen_random_uuid()::text, 35) AS uuid)"} | columns
    await session.execute(
        text(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {', '.join(made.get(each, f's.{each}') for each in names)}"
            f" FROM {table} s, generate_series(1, {ROWS}) n WHERE s.id = :id"
        ),
        {"id": row_id},
    )


NEWER = {"id": "CAST('f' || right(gen_random_uuid()::text, 35) AS uuid)"}


@pytest.fixture
async def shop(session):
    return await make_shop(session)


async def exchange_offers(session, shop):
    offer = await make_offer(session, shop.skus[0].id)
    await multiply(session, "exchange_offers", offer.id)
    return ExchangeRepository(session).page, {}


async def goods_for_points(session, shop):
    offer = await make_offer(session, shop.skus[0].id)
    await multiply(session, "exchange_offers", offer.id)
    await multiply(session, "exchange_offers", offer.id, is_active="false", **NEWER)
    where = {
        "channel_id": shop.channel.id,
        "currency": "CNY",
        "point_value_minor": 1,
        "max_points": None,
    }
    return ExchangeRepository(session).shown, where


async def bargain_activities(session, shop):
    activity = await make_activity(session, shop)
    await multiply(session, "bargain_activities", activity.id)
    return BargainRepository(session).page, {}


async def bargains_of_a_channel(session, shop):
    activity = await make_activity(session, shop)
    other = await make_channel(session)
    await multiply(session, "bargain_activities", activity.id)
    await multiply(session, "bargain_activities", activity.id, channel_id=f"'{other.id}'", **NEWER)
    return BargainRepository(session).shown, {"channel_id": shop.channel.id}


async def bargains_of_an_activity(session, shop):
    activity, other = await make_activity(session, shop), await make_activity(session, shop)
    bargain_id = await start(session, activity, shop.member.id)
    await multiply(session, "bargains", bargain_id, is_open="false")
    others = {"is_open": "false", "activity_id": f"'{other.id}'"}
    await multiply(session, "bargains", bargain_id, **others, **NEWER)
    return BargainRepository(session).started_of, {"activity_id": activity.id}


async def lotteries(session, shop):
    lottery = await make_lottery(session, shop.channel.id, points(5))
    await multiply(session, "lotteries", lottery.id, code="'lottery-' || n")
    return LotteryRepository(session).page, {}


COUNTED = {"number": "n + 1", "day_number": "n + 1"}


async def draws_of_a_lottery(session, shop):
    lottery, draw_id = await drawn(session, shop)
    other, _ = await drawn(session, shop)
    await multiply(session, "lottery_draws", draw_id, **COUNTED)
    others = {"lottery_id": f"'{other.id}'"}
    await multiply(session, "lottery_draws", draw_id, **others, **COUNTED, **NEWER)
    where = {"lottery_id": lottery.id, "prize_id": None, "with_prize": False}
    return LotteryRepository(session).of_lottery, where


async def draws_of_a_member(session, shop):
    _, draw_id = await drawn(session, shop)
    other = await make_member(session)
    await multiply(session, "lottery_draws", draw_id, **COUNTED)
    others = {"member_id": f"'{other.id}'"}
    await multiply(session, "lottery_draws", draw_id, **others, **COUNTED, **NEWER)
    return LotteryRepository(session).of_member, {"member_id": shop.member.id}


async def drawn(session, shop):
    lottery = await make_lottery(session, shop.channel.id, points(5))
    await drawn_before(session, lottery, shop.member.id, 1, 1)
    statement = text("SELECT id FROM lottery_draws WHERE lottery_id = :id")
    return lottery, await session.scalar(statement, {"id": lottery.id})


async def coupon_batches(session, shop):
    _, _, batch = await make_batch(session)
    await multiply(session, "coupon_batches", batch.id)
    return BatchRepository(session).page, {"promotion_id": None, "kind": None, "state": None}


async def batches_of_a_promotion(session, shop):
    _, promotion, batch = await make_batch(session)
    other = await make_promotion(session, shop.merchant.id)
    await multiply(session, "coupon_batches", batch.id)
    await multiply(session, "coupon_batches", batch.id, promotion_id=f"'{other.id}'", **NEWER)
    where = {"promotion_id": promotion.id, "kind": None, "state": None}
    return BatchRepository(session).page, where


async def the_coupon_centre(session, shop):
    _, _, batch = await make_batch(session)
    await multiply(session, "coupon_batches", batch.id)
    await multiply(session, "coupon_batches", batch.id, kind="'prize'", **NEWER)
    return CouponRepository(session).claimable, {"member_id": shop.member.id}


async def coupons_of_a_promotion(session, shop):
    promotion, other = [await make_promotion(session, shop.merchant.id) for _ in range(2)]
    coupon = await make_coupon(session, promotion.id)
    code = {"code": "left(md5(random()::text), 30)"}
    await multiply(session, "coupons", coupon.id, **code)
    await multiply(session, "coupons", coupon.id, promotion_id=f"'{other.id}'", **code, **NEWER)
    where = {"promotion_id": promotion.id, "member_id": None, "state": None}
    return CouponRepository(session).page, where


async def coupons_of_a_member(session, shop):
    promotion = await make_promotion(session, shop.merchant.id)
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id)
    other = await make_member(session)
    code = {"code": "left(md5(random()::text), 30)"}
    await multiply(session, "coupons", coupon.id, **code)
    await multiply(session, "coupons", coupon.id, member_id=f"'{other.id}'", **code, **NEWER)
    where = {"promotion_id": None, "member_id": shop.member.id, "state": None}
    return CouponRepository(session).page, where


LISTS = [
    exchange_offers,
    goods_for_points,
    bargain_activities,
    bargains_of_a_channel,
    bargains_of_an_activity,
    lotteries,
    draws_of_a_lottery,
    draws_of_a_member,
    coupon_batches,
    batches_of_a_promotion,
    the_coupon_centre,
    coupons_of_a_promotion,
    coupons_of_a_member,
]


@pytest.mark.parametrize("plans", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("made", LISTS, ids=lambda each: each.__name__)
async def test_a_page_far_down_reads_what_it_shows(session, shop, made, plans):
    page, where = await made(session, shop)
    ids = [each.id for each in await page(**where, **ALL_ROWS)]
    assert len(ids) >= ROWS
    await session.execute(text("ANALYZE"))
    await session.execute(text(f"SET LOCAL plan_cache_mode = {plans}"))
    before = await rows_read(session)
    shown = await page(**where, after=ids[ROWS - 2 * PAGE], limit=PAGE)
    assert [each.id for each in shown] == ids[ROWS - 2 * PAGE + 1 :][:PAGE]
    assert await rows_read(session) - before <= MOST_READ


async def rows_read(session) -> int:
    """Rows of any table this transaction has read."""
    read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    return int(await session.scalar(text(read)))
