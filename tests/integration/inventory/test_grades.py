"""Pieces that lie in a warehouse and are not for sale."""

import pytest
from sqlalchemy import text

from app.core.enums.inventory import StockGrade
from app.services import inventory
from app.services.inventory import BelowReserved, Move
from tests.factories.shop import make_shop
from tests.integration.inventory.counting import assert_consistent, levels
from tests.integration.inventory.test_api import ADMIN, keeper, keyed
from tests.integration.inventory.test_reserve import hold


async def grades(session, sku_id):
    row = await session.execute(
        text("SELECT on_hand, damaged, frozen FROM stock WHERE sku_id = :id"), {"id": sku_id}
    )
    return tuple(row.one())


async def test_what_comes_back_damaged_is_not_sold_again(session):
    shop = await make_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    moves = [
        Move(tea, here, 2),
        Move(tea, here, 3, "dented", StockGrade.DAMAGED),
        Move(tea, here, 1, "dented", StockGrade.DAMAGED),
        Move(tea, here, 5, grade=StockGrade.FROZEN),
    ]
    rows = await inventory.take_back(session, moves, cause="return:1")
    assert [(row.grade, row.quantity, row.on_hand_after) for row in rows] == [
        ("sellable", 2, 12),
        ("damaged", 3, 3),
        ("damaged", 1, 4),
        ("frozen", 5, 5),
    ]
    assert await inventory.available(session, [tea], shop.channel.id) == {tea: 12}
    assert await grades(session, tea) == (12, 4, 5)
    await assert_consistent(session)


async def test_regrading_makes_nothing_and_takes_nothing(session):
    shop = await make_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    await hold(session, shop, (tea, 7))
    with pytest.raises(BelowReserved) as refusal:
        await inventory.regrade(
            session, [Move(tea, here, 4)], to=StockGrade.FROZEN, cause="regrade:1"
        )
    assert refusal.value.context["rows"][0]["reserved"] == 7
    await inventory.regrade(session, [Move(tea, here, 3)], to=StockGrade.FROZEN, cause="regrade:1")
    assert await grades(session, tea) == (7, 0, 3)
    frozen = Move(tea, here, 4, grade=StockGrade.FROZEN)
    with pytest.raises(BelowReserved):
        await inventory.regrade(session, [frozen], to=StockGrade.DAMAGED, cause="regrade:2")
    await inventory.regrade(
        session,
        [Move(tea, here, 2, grade=StockGrade.FROZEN)],
        to=StockGrade.DAMAGED,
        cause="regrade:2",
    )
    assert await grades(session, tea) == (7, 2, 1)
    with pytest.raises(ValueError, match="sellable"):
        await inventory.regrade(
            session, [Move(tea, here, 1)], to=StockGrade.SELLABLE, cause="regrade:3"
        )
    assert await levels(session, tea) == (7, 7)
    await assert_consistent(session)


async def test_grades_over_http(client, session):
    shop = await make_shop(session)
    tea = str(shop.sku_ids[0])
    headers = await keeper(session)
    row = {"sku_id": tea, "quantity": 2, "grade": "sellable"}
    body = {"warehouse_id": str(shop.warehouse.id), "document": "R1", "to": "damaged"}
    url = f"{ADMIN}/stock/regrades"
    made = await client.post(url, json=body | {"rows": [row]}, headers=keyed(headers))
    assert made.status_code == 201
    assert [(each["grade"], each["quantity"]) for each in made.json()["items"]] == [
        ("sellable", -2),
        ("damaged", 2),
    ]
    listed = await client.get(f"{ADMIN}/stock?sku_id={tea}", headers=headers)
    (shown,) = listed.json()["items"]
    assert (shown["on_hand"], shown["damaged"], shown["frozen"]) == (8, 2, 0)
    same = body | {"rows": [row | {"grade": "damaged"}]}
    assert (await client.post(url, json=same, headers=keyed(headers))).status_code == 422
