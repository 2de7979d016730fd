"""Drawing in a lottery, over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core import clock
from app.core.enums.members import MemberKind
from app.services import catalog, crm
from app.services.crm import drawing
from tests.factories import members as shoppers
from tests.factories.catalog import make_channel
from tests.factories.lotteries import check_lotteries, coupon, drawn_before, make_lottery, points
from tests.factories.payments import give_points
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop
from tests.integration.promotions.batching import batch_of
from tests.integration.promotions.test_quote import COUPON
from tests.statements import Statements


@pytest.fixture
async def shop(session):
    return await make_shop(session)


@pytest.fixture
async def lin(session, shop):
    return await shoppers.bearer(session, shop.member)


@pytest.fixture
def rolls(monkeypatch):
    """What is rolled next, instead of chance."""
    coming = []
    monkeypatch.setattr(drawing.secrets, "randbelow", lambda whole: coming.pop(0) % whole)
    return coming


async def draw(client, headers, lottery, key=None):
    url = f"/api/v1/lotteries/{lottery.id}/draws"
    return await client.post(url, headers=headers | {"idempotency-key": key or uuid4().hex})


async def show(client, headers, lottery):
    return (await client.get(f"/api/v1/lotteries/{lottery.id}", headers=headers)).json()


async def points_of(client, headers):
    return (await client.get("/api/v1/me/points", headers=headers)).json()["available"]


async def test_points_are_taken_and_won(client, session, shop, lin, rolls):
    lottery = await make_lottery(
        session, shop.channel.id, points(50, 100_000), points_cost=20, draws_per_day=3
    )
    await give_points(session, shop.member.id, 45)
    rolls += [99_999, 100_000]
    won = await draw(client, lin, lottery)
    assert won.status_code == 201, won.text
    assert {name: won.json()[name] for name in ("number", "kind", "points_cost", "points")} == {
        "number": 1,
        "kind": "points",
        "points_cost": 20,
        "points": 50,
    }
    assert await points_of(client, lin) == 45 - 20 + 50
    lost = (await draw(client, lin, lottery)).json()
    assert (lost["kind"], lost["is_fallback"], lost["points"]) == ("nothing", False, 0)
    assert await points_of(client, lin) == 55
    shown = await show(client, lin, lottery)
    assert (shown["draws_left"], shown["is_open"]) == (1, True)
    assert [each["odds_ppm"] for each in shown["prizes"]] == [100_000, 900_000]
    mine = (await client.get("/api/v1/me/lottery-draws", headers=lin)).json()["items"]
    assert mine == [lost, won.json()]
    await check_lotteries(session)


async def test_points_that_expire_first_are_spent_first(client, session, shop, lin):
    lottery = await make_lottery(session, shop.channel.id, points_cost=30)
    late = await give_points(session, shop.member.id, 25)
    soon = clock.now() + timedelta(days=3)
    early = await give_points(session, shop.member.id, 10, expires_at=soon)
    assert (await draw(client, lin, lottery)).status_code == 201
    rows = await session.execute(text("SELECT id, remaining FROM points_lots"))
    assert {row.id: row.remaining for row in rows} == {late: 5, early: 0}
    await check_lotteries(session)


async def test_too_few_points_draw_nothing(client, session, shop, lin):
    lottery = await make_lottery(session, shop.channel.id, points(50), points_cost=20)
    await give_points(session, shop.member.id, 19)
    refused = await draw(client, lin, lottery)
    assert (refused.status_code, refused.json()["missing_points"]) == (409, 1)
    assert await points_of(client, lin) == 19
    assert await session.scalar(text("SELECT count(*) FROM lottery_draws")) == 0
    await check_lotteries(session)


async def test_a_prize_that_is_gone_is_the_consolation(client, session, shop, lin):
    lottery = await make_lottery(session, shop.channel.id, points(5, stock=1))
    first = (await draw(client, lin, lottery)).json()
    assert (first["points"], first["is_fallback"]) == (5, False)
    shown = await show(client, lin, lottery)
    assert [each["is_left"] for each in shown["prizes"]] == [False, True]
    second = (await draw(client, lin, lottery)).json()
    assert (second["kind"], second["points"], second["is_fallback"]) == ("nothing", 0, True)
    await check_lotteries(session)


@pytest.mark.parametrize("stock", [None, 9])
async def test_a_coupon_is_won_while_its_batch_has_one(client, session, shop, lin, stock):
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    batch = await batch_of(session, promotion, "prize", total=1, per_member=5)
    lottery = await make_lottery(session, shop.channel.id, coupon(batch.id, stock=stock))
    won = (await draw(client, lin, lottery)).json()
    assert won["kind"] == "coupon"
    wallet = (await client.get("/api/v1/me/coupons", headers=lin)).json()["items"]
    assert [each["id"] for each in wallet] == [won["coupon_id"]]
    lost = (await draw(client, lin, lottery)).json()
    assert (lost["is_fallback"], lost["coupon_id"]) == (True, None)
    await check_lotteries(session)


@pytest.mark.parametrize("terms", [{"per_member": 1}, {"tiers": ("gold",)}])
async def test_a_coupon_goes_to_whom_its_batch_is_for(client, session, shop, lin, terms):
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    batch = await batch_of(session, promotion, "prize", **terms)
    lottery = await make_lottery(session, shop.channel.id, coupon(batch.id))
    found = [(await draw(client, lin, lottery)).json()["is_fallback"] for _ in range(2)]
    assert found == ["tiers" in terms, True]
    await check_lotteries(session)


async def test_a_batch_of_prizes_is_not_claimed(client, session, shop, lin):
    promotion = await make_promotion(session, shop.merchant.id, **COUPON)
    batch = await batch_of(session, promotion, "prize")
    claimed = await client.post(
        "/api/v1/me/coupons/claim",
        json={"batch_id": str(batch.id)},
        headers=lin | {"idempotency-key": "claim"},
    )
    assert claimed.status_code == 404


async def test_days_and_draws_in_all_are_limited(client, session, shop, lin):
    lottery = await make_lottery(session, shop.channel.id, draws_per_day=2, draws_per_member=3)
    await drawn_before(session, lottery, shop.member.id, 1, 1)
    assert (await show(client, lin, lottery))["draws_left"] == 2
    assert (await draw(client, lin, lottery)).json()["number"] == 2
    assert (await draw(client, lin, lottery)).json()["number"] == 3
    over = await draw(client, lin, lottery)
    assert (over.status_code, over.json()["is_daily"]) == (409, False)
    daily = await make_lottery(session, shop.channel.id, draws_per_day=1, draws_per_member=3)
    await draw(client, lin, daily)
    over = (await draw(client, lin, daily)).json()
    assert (over["type"].rsplit("/", 1)[-1], over["is_daily"]) == ("draws-used-up", True)
    await check_lotteries(session)


async def test_a_day_begins_at_midnight_of_the_channel(client, session, shop, lin):
    lottery = await make_lottery(session, shop.channel.id, draws_per_day=1)
    for zone, status in (("Pacific/Niue", 201), ("Pacific/Kiritimati", 201)):
        await session.execute(text("UPDATE channels SET time_zone = :zone"), {"zone": zone})
        assert (await draw(client, lin, lottery)).status_code == status
    assert (await draw(client, lin, lottery)).status_code == 409


async def test_a_lottery_opens_and_closes(client, session, shop, lin):
    soon, past = (clock.now() + timedelta(hours=each) for each in (1, -1))
    for values in ({"status": "ended"}, {"starts_at": soon}, {"ends_at": past}):
        lottery = await make_lottery(session, shop.channel.id, **values)
        refused = await draw(client, lin, lottery)
        assert (refused.status_code, refused.json()["status"]) == (409, 409)
        assert (await show(client, lin, lottery))["is_open"] is False
    lottery = await make_lottery(session, shop.channel.id, status="draft")
    assert (await draw(client, lin, lottery)).status_code == 404
    other = await make_channel(session)
    elsewhere = await make_lottery(session, other.id)
    assert (await draw(client, lin, elsewhere)).status_code == 404


async def test_members_draw_and_everybody_looks(client, session, shop):
    lottery = await make_lottery(session, shop.channel.id, draws_per_day=1)
    assert (await show(client, {}, lottery))["draws_left"] is None
    guest = await shoppers.make_member(session, kind=MemberKind.GUEST, email=None)
    headers = await shoppers.bearer(session, guest)
    assert (await draw(client, headers, lottery)).status_code == 401
    assert (await client.get("/api/v1/me/lottery-draws")).status_code == 401
    url = f"/api/v1/lotteries/{lottery.id}/draws"
    member = await shoppers.bearer(session, shop.member)
    assert (await client.post(url, headers=member)).status_code == 400


async def test_the_same_key_draws_once(client, session, shop, lin):
    lottery = await make_lottery(session, shop.channel.id, points(5), points_cost=1)
    await give_points(session, shop.member.id, 10)
    first, again = [await draw(client, lin, lottery, "once") for _ in range(2)]
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert await points_of(client, lin) == 14
    await check_lotteries(session)


async def test_a_draw_takes_few_statements(session, shop, engine):
    """However many prizes there are: thirteen with what it costs, gives and repays of a debt."""
    prizes = [points(5, 20_000, stock=9) for _ in range(50)]
    lottery = await make_lottery(session, shop.channel.id, *prizes, points_cost=1)
    await give_points(session, shop.member.id, 10)
    channel = await catalog.channel(session, shop.channel.id)
    with Statements(engine) as statements:
        await crm.draw(session, channel, lottery.id, member_id=shop.member.id)
    assert statements.count <= 13, statements.sent


@pytest.mark.parametrize(("days_ago", "number"), [(2, 1), (1, 2)])
async def test_the_keys_refuse_to_count_a_draw_twice(session, shop, days_ago, number):
    """The last line where the member's lock is gone: by number in all, and of the day."""
    lottery = await make_lottery(session, shop.channel.id)
    await drawn_before(session, lottery, shop.member.id, 1, 1)
    with pytest.raises(IntegrityError, match="uq_lottery_draws"):
        await drawn_before(session, lottery, shop.member.id, days_ago, number)


async def test_draws_are_not_changed(session, shop):
    lottery = await make_lottery(session, shop.channel.id)
    await drawn_before(session, lottery, shop.member.id, 1, 1)
    for statement in ("UPDATE lottery_draws SET roll = 1", "DELETE FROM lottery_draws"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with session.begin_nested():
                await session.execute(text(statement))


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (1, "won = 2"),
        (1, "won = -1"),
        (1, "stock = NULL, won = 1"),
        (1, "points = NULL"),
        (1, "points = 0"),
        (1, "kind = 'coupon', points = NULL"),
        (1, "odds_ppm = 1000001"),
        (1, "is_consolation = true"),
        (2, "stock = 5"),
    ],
)
async def test_the_database_holds_what_a_prize_is(session, shop, number, change):
    lottery = await make_lottery(session, shop.channel.id, points(5, stock=1))
    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            await session.execute(
                text(
                    f"UPDATE lottery_prizes SET {change}"
                    " WHERE lottery_id = :id AND position = :number - 1"
                ),
                {"id": lottery.id, "number": number},
            )
