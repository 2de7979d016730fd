"""Reports on promotions and coupons, by hand and against the counters."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.enums.scopes import Scope
from app.repositories.reports import promotion_reports
from app.services import reports
from tests.factories.counters import OrderCounter, shopper
from tests.factories.orders import place
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.promotions.buying import counters

REPORTS = "/api/v1/admin/reports"


@pytest.fixture
async def analyst(session):
    scopes = (Scope.PROMOTIONS_READ, Scope.ORDERS_READ)
    return await bearer(session, await make_staff(session, scopes=scopes))


@pytest.fixture
async def shop(session):
    shop = await make_shop(session, quantity=100)
    await session.commit()
    return shop


def days(**more):
    today = now().date()
    return {
        "from_on": str(today - timedelta(days=1)),
        "to_on": str(today + timedelta(days=2)),
    } | more


@pytest.fixture
def backdated(monkeypatch):
    """Orders whose ids are younger than the test says they are."""
    monkeypatch.setattr(promotion_reports, "SLACK", timedelta(days=3))


async def test_days_of_a_promotion_add_up_to_its_counters(
    client, sessions, session, shop, analyst, backdated
):
    """Ten off each of three orders, one of them placed a day earlier, one given back."""
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        total_uses=9,
        action={"type": "amount_off", "amount_minor": 1_001},
    )
    await session.commit()
    counter = OrderCounter(sessions)
    for quantity in (1, 2, 3):
        placed = await counter.place(shop.member.id, [(shop.sku_ids[0], quantity)])
        if quantity == 1:
            await session.execute(
                text("UPDATE orders SET created_at = created_at - interval '1 day' WHERE id = :id"),
                {"id": placed.id},
            )
        if quantity == 2:
            await counter.pay(placed)
    await counter.cancel(placed, shopper(shop.member.id))
    await session.commit()
    answer = await client.get(f"{REPORTS}/promotions", params=days(), headers=analyst)
    assert answer.status_code == 200, answer.text
    today, yesterday = answer.json()["items"]
    assert (today["orders"], today["amount_minor"], today["goods_minor"]) == (1, 1_001, 1_001)
    assert (today["pieces"], today["net_minor"]) == (2, 20_000 - 1_001)
    assert (today["released_orders"], today["released_minor"]) == (1, 1_001)
    assert (yesterday["orders"], yesterday["net_minor"]) == (1, 10_000 - 1_001)
    assert {each["difference_minor"] for each in (today, yesterday)} == {0}
    reserved, consumed, reserved_minor, consumed_minor = await counters(session, promotion.id)
    assert today["orders"] + yesterday["orders"] == reserved + consumed
    amounts = today["amount_minor"] + yesterday["amount_minor"]
    assert amounts == reserved_minor + consumed_minor
    first = await client.get(f"{REPORTS}/promotions", params=days(limit=1), headers=analyst)
    assert first.json()["items"] == [today]
    rest = await client.get(
        f"{REPORTS}/promotions",
        params=days(limit=1, after=first.json()["next_after"]),
        headers=analyst,
    )
    assert rest.json() == {"items": [yesterday], "next_after": None}


async def test_a_use_that_units_do_not_show_is_told(session, shop):
    await make_promotion(session, shop.merchant.id)
    placed = await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    await session.execute(
        text("UPDATE promotion_uses SET amount_minor = 1 WHERE order_id = :id"), {"id": placed.id}
    )
    today = now().date()
    span = reports.Span(today - timedelta(days=1), today + timedelta(days=2), "UTC")
    (row,) = await reports.attribution(session, span, promotion_id=None, after=None, limit=9)
    assert (row.amount_minor, row.goods_minor, row.difference_minor) == (1, 1_000, -999)


async def test_days_are_those_of_the_zone_asked_for(session, shop, backdated):
    promotion = await make_promotion(session, shop.merchant.id)
    placed = await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    late = datetime.now(UTC).replace(hour=20, minute=0) - timedelta(days=1)
    await session.execute(
        text("UPDATE orders SET created_at = :at WHERE id = :id"), {"at": late, "id": placed.id}
    )
    for zone, day_on in (
        ("UTC", late.date()),
        ("Asia/Shanghai", late.date() + timedelta(days=1)),
    ):
        span = reports.Span(late.date(), late.date() + timedelta(days=2), zone)
        (row,) = await reports.attribution(
            session, span, promotion_id=promotion.id, after=None, limit=9
        )
        assert row.day_on == day_on


async def test_what_gifts_and_fees_were_worth(session, shop):
    presents = [{"sku_id": str(shop.sku_ids[2]), "quantity": 2}]
    await make_promotion(
        session, shop.merchant.id, action={"type": "gift", "presents": presents}, name="Gift"
    )
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    today = now().date()
    span = reports.Span(today - timedelta(days=1), today + timedelta(days=2), "UTC")
    (row,) = await reports.attribution(session, span, promotion_id=None, after=None, limit=9)
    assert (row.name, row.orders, row.amount_minor, row.gift_minor) == ("Gift", 1, 0, 10_000)


@pytest.mark.parametrize(
    "params",
    [
        {"from_on": "2026-01-02", "to_on": "2026-01-02"},
        {"from_on": "2026-01-01", "to_on": "2026-12-31"},
        {"from_on": "2026-01-01", "to_on": "2026-01-02", "zone": "Moon/Base"},
        {"from_on": "2026-01-01", "to_on": "2026-01-02", "zone": "../etc/passwd"},
        {"from_on": "0001-01-01", "to_on": "0001-01-02"},
        {"from_on": "9999-12-30", "to_on": "9999-12-31"},
        {"from_on": "yesterday", "to_on": "2026-01-02"},
        {"from_on": "2026-01-01", "to_on": "2026-01-02", "after": "x"},
        {"to_on": "2026-01-02"},
    ],
)
async def test_days_that_make_no_sense_are_refused(client, analyst, params):
    answer = await client.get(f"{REPORTS}/promotions", params=params, headers=analyst)
    assert answer.status_code == 422


async def coupons_of_every_fate(sessions, session, shop):
    """Six coupons: used, held, given back, expired, void, and one nobody claimed."""
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        name="=1+1",
        stage="coupon",
        needs_coupon=True,
        action={"type": "amount_off", "amount_minor": 2_000},
    )
    mine = [await make_coupon(session, promotion.id, member_id=shop.member.id) for _ in range(3)]
    for state in ("expired", "void"):
        await make_coupon(session, promotion.id, member_id=shop.member.id, state=state)
    await make_coupon(session, promotion.id)
    await session.commit()
    counter = OrderCounter(sessions)
    line = [(shop.sku_ids[0], 1)]
    for position, coupon in enumerate(mine):
        placed = await counter.place(shop.member.id, line, coupon_codes=[coupon.code])
        if position == 0:
            await counter.pay(placed)
        if position == 2:
            await counter.cancel(placed, shopper(shop.member.id))
    return promotion


async def test_what_became_of_coupons(client, sessions, session, shop, analyst):
    promotion = await coupons_of_every_fate(sessions, session, shop)
    answer = await client.get(f"{REPORTS}/coupons", headers=analyst)
    (row,) = answer.json()["items"]
    assert row == {
        "promotion_id": str(promotion.id),
        "code": promotion.code,
        "name": "=1+1",
        "currency": "CNY",
        "batch_id": None,
        "batch": None,
        "issued": 6,
        "claimed": 5,
        "held": 1,
        "used": 1,
        "returned": 1,
        "expired": 1,
        "void": 1,
        "gmv_minor": 8_000,
        "discount_minor": 2_000,
        "roi_bps": 40_000,
    }


async def test_the_report_is_read_page_by_page_and_as_one_file(
    client, sessions, session, shop, analyst
):
    await coupons_of_every_fate(sessions, session, shop)
    second = await make_promotion(session, shop.merchant.id, needs_coupon=True, stage="coupon")
    await session.execute(
        text(
            "INSERT INTO coupon_batches (id, promotion_id, name, kind, state)"
            " VALUES (gen_random_uuid(), :id, 'Spring', 'claim', 'made')"
        ),
        {"id": second.id},
    )
    await session.commit()
    whole = (await client.get(f"{REPORTS}/coupons", headers=analyst)).json()["items"]
    assert [each["batch"] for each in whole] == ["Spring", None, None]
    after, pages = None, []
    for _ in range(3):
        params = {"limit": 1} | ({"after": after} if after else {})
        page = (await client.get(f"{REPORTS}/coupons", params=params, headers=analyst)).json()
        pages += page["items"]
        after = page["next_after"]
    assert (pages, after) == (whole, None)
    parts = [
        each async for each in reports.coupon_usage_lines(sessions, promotion_id=None, chunk=2)
    ]
    assert len(parts) == 3
    sent = await client.get(f"{REPORTS}/coupons.csv", headers=analyst)
    assert sent.headers["content-type"] == "text/csv; charset=utf-8"
    assert sent.text == "".join(parts)
    rows = list(csv.DictReader(StringIO(sent.text)))
    assert [each["issued"] for each in rows] == ["0", "0", "6"]
    assert rows[-1]["name"] == "'=1+1"
    only = await client.get(
        f"{REPORTS}/coupons.csv", params={"promotion_id": str(second.id)}, headers=analyst
    )
    assert len(list(csv.DictReader(StringIO(only.text)))) == 2


async def test_spans_are_days_of_their_zone():
    span = reports.Span(date(2026, 11, 25), date(2026, 11, 26), "Asia/Shanghai")
    assert [each.astimezone(UTC).hour for each in span.instants()] == [16, 16]
