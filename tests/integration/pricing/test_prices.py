"""Setting prices and remembering what they were."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.errors import NotFound
from app.core.ids import new_id
from app.services import pricing
from app.services.pricing import BelowSold, PriceRow, UnknownSkus
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.statements import Statements


async def history(session, list_id, sku_id):
    rows = await pricing.price_history(session, list_id, sku_id, after=None, limit=50)
    return [(row.min_quantity, row.old_minor, row.new_minor) for row in rows]


async def test_each_change_leaves_a_line_of_history(session, engine):
    shop = await make_shop(session)
    tea, cup, pot = shop.sku_ids
    sale = await make_price_list(session)
    await pricing.set_prices(
        session, sale.id, [PriceRow(tea, 900), PriceRow(tea, 800, 3), PriceRow(cup, 5)], actor=None
    )
    rows = [PriceRow(tea, 850), PriceRow(tea, None, 3), PriceRow(cup, 5), PriceRow(pot, 1)]
    with Statements(engine) as statements:
        assert await pricing.set_prices(session, sale.id, rows, actor=None) == 3
    assert statements.count == 5  # the list, a check, past changes, the change, the event
    assert await history(session, sale.id, tea) == [
        (3, 800, None),
        (1, 900, 850),
        (3, None, 800),
        (1, None, 900),
    ]
    assert await history(session, sale.id, cup) == [(1, None, 5)]
    prices = await pricing.list_prices(session, sale.id, limit=10)
    assert {(row.sku_id, row.min_quantity, row.price_minor) for row in prices} == {
        (tea, 1, 850),
        (cup, 1, 5),
        (pot, 1, 1),
    }


async def test_unknown_skus_and_lists_are_refused(session):
    shop = await make_shop(session)
    unknown = uuid4()
    with pytest.raises(UnknownSkus) as refusal:
        await pricing.set_prices(session, shop.price_list.id, [PriceRow(unknown, 1)], actor=None)
    assert refusal.value.context == {"sku_ids": [str(unknown)]}
    with pytest.raises(NotFound):
        await pricing.set_prices(session, uuid4(), [PriceRow(shop.sku_ids[0], 1)], actor=None)


async def test_a_quota_cannot_fall_under_what_was_sold(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    flash = await make_price_list(session)
    await put_price(session, flash.id, tea, 100, quota=5)
    await pricing.use_quota(
        session, uuid4(), shop.member.id, [pricing.QuotaUse(tea, flash.id, 1, 3)]
    )
    with pytest.raises(BelowSold) as refusal:
        await pricing.set_prices(session, flash.id, [PriceRow(tea, 100, quota=2)], actor=None)
    assert refusal.value.context["rows"] == [
        {"sku_id": str(tea), "min_quantity": 1, "sold": 3, "quota": 2}
    ]
    assert (
        await pricing.set_prices(session, flash.id, [PriceRow(tea, 100, quota=3)], actor=None) == 0
    )


async def test_the_lowest_price_of_thirty_days_counts_the_one_in_force_before(session):
    shop = await make_shop(session)
    tea, cup, pot = shop.sku_ids
    sale = await make_price_list(session)
    past = [(40, None, 500), (35, 500, 700), (10, 700, 900)]  # days ago, old, new
    for days, old, new in past:
        await session.execute(
            text(
                "INSERT INTO price_changes (id, created_at, sku_id, price_list_id, min_quantity,"
                " currency, old_minor, new_minor)"
                " VALUES (:id, now() - CAST(:age AS interval), :sku_id, :list_id, 1,"
                " 'CNY', :old, :new)"
            ),
            {
                "id": new_id(),
                "age": timedelta(days=days),
                "sku_id": tea,
                "list_id": sale.id,
                "old": old,
                "new": new,
            },
        )
    await put_price(session, sale.id, tea, 900)
    await put_price(session, sale.id, cup, 400)
    found = await pricing.lowest_prices(session, sale.id, [tea, cup, pot])
    assert {each.sku_id: (each.current_minor, each.lowest_minor) for each in found.values()} == {
        tea: (900, 700),
        cup: (400, 400),
        pot: (None, None),
    }
