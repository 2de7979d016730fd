"""The promotions of a real mall, imported, and what carts cost by them: worked by hand.

Amounts are in fen. What a product carries: 小米8 (2699.00 and 2999.00 by SKU) 2 pieces 20 % off, 3
pieces 25 %; 红米5A (649.00) 满500减50, 满1000减120; 小米12 Pro (2999.00) 满2000减200; OPPO Reno8
(2299.00) 满2000减100; 华为 P20 and iPhone 8 Plus have a promotion price. Coupons: 27 满100减10, 28
满1000减100 for phones, 29 满4000减600 for two iPhones, 30 满2000减200 for two 小米, 31 满500减20.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.cli.imports.mall import mall_steps
from app.cli.imports.mall_data import FILES, Mall
from app.cli.imports.mall_promotions import LADDERS
from app.cli.imports.running import run_import
from app.models.catalog import Sku
from app.services import catalog, promotions
from app.services.pricing import WantedLine
from app.services.promotions import Imagined, QuoteRequest
from tests.factories.members import make_member
from tests.factories.promotions import make_coupon

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "mall_zh"
pytestmark = pytest.mark.skipif(
    not all((FOLDER / f"{name}.json").is_file() for name in FILES),
    reason="the mall's data are not here",
)

MI8, MI8_DEAR = "201808270027001", "201808270027002"
REDMI, MI12, OPPO = "201808270028001", "202211040040001", "202211080045001"
P20, IPHONE = "201806070026001", "201808270029001"
FLASH_DAY = date(2030, 1, 1)
AT_EIGHT_THIRTY = datetime(2030, 1, 1, 0, 30, tzinfo=UTC)
AT_SEVEN = datetime(2029, 12, 31, 23, tzinfo=UTC)


@pytest.fixture
async def report(sessions):
    steps = list(mall_steps(Mall.read(FOLDER), flash_on=FLASH_DAY, has_stock=False))
    return await run_import(sessions, "mall", steps)


@pytest.fixture
async def quoted(report, session):
    """Quote pieces by SKU code, with coupons of the promotions named."""
    assert report.counts
    member = await make_member(session)
    channel = await catalog.channel(session, None)

    async def quote(*wanted, coupons=(), at=AT_SEVEN):
        codes = [code for code, _ in wanted]
        rows = await session.execute(select(Sku.code, Sku.id).where(Sku.code.in_(codes)))
        ids = dict(tuple(row) for row in rows)
        typed = []
        for number in coupons:
            promotion = await session.scalar(
                text("SELECT id FROM promotions WHERE code = :code"),
                {"code": f"mall-coupon-{number}"},
            )
            made = await make_coupon(session, promotion, member_id=member.id)
            typed.append(made.code)
        found = await promotions.quote(
            session,
            QuoteRequest(
                channel=channel,
                member_id=member.id,
                lines=tuple(WantedLine(str(i), ids[code], n) for i, (code, n) in enumerate(wanted)),
                coupon_codes=tuple(typed),
                imagined=Imagined(at=at),
            ),
        )
        return found.quote

    return quote


@pytest.mark.parametrize(
    ("wanted", "goods", "off"),
    [
        # One piece reaches no tier: 2699.00.
        ([(MI8, 1)], 269_900, 0),
        # 2 x 2699.00 = 5398.00, 20 % is 1079.60.
        ([(MI8, 2)], 539_800, 107_960),
        # The pieces count over the SKUs: 2699.00 + 2 x 2999.00 = 8697.00, 25 % is 2174.25.
        ([(MI8, 1), (MI8_DEAR, 2)], 869_700, 217_425),
        # 649.00 is over 500.00 and takes 50.00 off; 1298.00 is over 1000.00: 120.00, once.
        ([(REDMI, 1)], 64_900, 5_000),
        ([(REDMI, 2)], 129_800, 12_000),
        # 2999.00 takes 200.00 off; 5998.00 takes the same: the highest tier, once.
        ([(MI12, 1)], 299_900, 20_000),
        ([(MI12, 2)], 599_800, 20_000),
        # Its ladder (30 % off one piece) is not in force, 满2000减100 is.
        ([(OPPO, 1)], 229_900, 10_000),
        # Promotion prices, no discount: the list prices are 3788.00 and 5499.00.
        ([(P20, 1)], 369_900, 0),
        ([(IPHONE, 2)], 999_800, 0),
    ],
)
async def test_one_product(quoted, wanted, goods, off):
    quote = await quoted(*wanted)
    totals = quote.totals
    assert (totals.goods_minor, totals.discount_minor) == (goods, off)
    assert totals.payable_minor == goods - off


async def test_a_discount_lies_on_the_pieces_in_proportion(quoted):
    """25 % of each: 674.75 of 2699.00 and 749.75 of 2999.00, to the fen."""
    quote = await quoted((MI8, 1), (MI8_DEAR, 2))
    nets = [{unit.net_minor for unit in line.units} for line in quote.lines]
    assert nets == [{202_425}, {224_925}]


@pytest.mark.parametrize(
    ("wanted", "coupons", "payable"),
    [
        # Ladders of different products share: 5398.00 - 1079.60 and 1298.00 - 120.00 make 5496.40,
        # over 500.00, so the coupon takes 20.00.
        ([(MI8, 2), (REDMI, 2)], [31], 547_640),
        # 599.00 after the ladder is still over 500.00.
        ([(REDMI, 1)], [31], 57_900),
        # One coupon an order, the best of all: 30 takes 200.00 off 2799.00; 28 100.00, 31 20.00.
        ([(MI12, 1)], [27, 28, 30, 31], 259_900),
        # 29 counts the iPhone at its promotion price of 4999.00, and takes 600.00.
        ([(IPHONE, 1)], [29], 439_900),
        # Both would apply; 600.00 are more than 200.00: 4999.00 + 2799.00 - 600.00.
        ([(IPHONE, 1), (MI12, 1)], [29, 30], 719_800),
        # A coupon for phones over all of them: 2199.00 + 599.00 - 100.00.
        ([(OPPO, 1), (REDMI, 1)], [28], 269_800),
    ],
)
async def test_promotions_and_coupons_together(quoted, wanted, coupons, payable):
    quote = await quoted(*wanted, coupons=coupons)
    assert quote.totals.payable_minor == payable
    assert quote.optimality == "exact"
    assert len([each for each in quote.applied if each.stage == "coupon"]) == 1


@pytest.mark.parametrize(
    ("wanted", "coupon", "reason", "detail"),
    [
        # Alone it would look at 649.00, 351.00 short of 1000.00.
        ([(REDMI, 1)], 28, "THRESHOLD_NOT_MET", {"missing_minor": 35_100}),
        ([(P20, 2)], 29, "NO_MATCHING_ITEMS", {}),
    ],
)
async def test_a_coupon_says_why_it_does_not_apply(quoted, wanted, coupon, reason, detail):
    quote = await quoted(*wanted, coupons=[coupon])
    (refused,) = [each for each in quote.rejected if each.stage == "coupon"]
    assert (refused.reason, dict(refused.detail)) == (reason, detail)


@pytest.mark.parametrize(
    ("wanted", "runs", "payable"),
    [
        # One piece a member at 2000.00, the other at 2699.00; both count for the ladder of two:
        # 4699.00, 20 % is 939.80.
        ([(MI8, 2)], [(1, 200_000, "flash"), (1, 269_900, "list")], 375_920),
        # 599.00 in the session, and still over 500.00.
        ([(REDMI, 1)], [(1, 59_900, "flash")], 54_900),
        # The session costs what the promotion price does: no quota is used up for it.
        ([(IPHONE, 1)], [(1, 499_900, "channel")], 499_900),
        # 3000.00 in the session, 3699.00 otherwise.
        ([(P20, 2)], [(1, 300_000, "flash"), (1, 369_900, "channel")], 669_900),
    ],
)
async def test_in_a_flash_session(quoted, wanted, runs, payable):
    quote = await quoted(*wanted, at=AT_EIGHT_THIRTY)
    (line,) = quote.lines
    prices: dict[tuple[int, str], int] = {}
    for unit in line.units:
        key = (unit.price_minor, unit.price_kind)
        prices[key] = prices.get(key, 0) + unit.count
    assert [(count, *key) for key, count in prices.items()] == runs
    assert quote.totals.payable_minor == payable


async def test_rows_are_refused_for_what_they_are_not_for_want_of_a_rule(report):
    """What the engine could not say would be refused as a promotion; nothing is."""
    kinds = {each.kind for each in report.rejects}
    assert "promotion" not in kinds
    ladders = {each.reason for each in report.rejects if each.kind in LADDERS}
    assert all(reason.startswith("in force is") for reason in ladders)
    assert report.counts["promotions started"] == 9
