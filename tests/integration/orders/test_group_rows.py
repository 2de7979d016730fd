"""Prices of rows and goods held for a whole group, as a clerk has them."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.services import inventory, orders
from tests.factories.entering import line, take
from tests.factories.group_orders import check_groups, recipient
from tests.factories.inventory import make_warehouse, put_stock
from tests.integration.orders.grouping import Groups
from tests.integration.orders.refunding import ok, refused
from tests.integration.orders.sending import on_stock

UNTIL = "UPDATE {} SET {} = now() - interval '1 second' WHERE {} IS NOT NULL"


@pytest.fixture
async def groups(clerk, sessions, shop):
    return Groups(clerk, sessions, shop)


async def test_a_row_may_name_its_own_price(session, shop, groups, purse):
    """Above the contract as it likes, below it as far as the contract lets it."""
    tee, cap = shop.skus[0].code, shop.skus[1].code
    await groups.draft(rows_below_bps=1_000)
    seen = await ok(
        await groups.upload(
            recipient(f"{tee}@72.00; {cap}@180.00"),
            recipient(f"{tee}*2@99.99"),
            recipient(f"{tee}@71.99"),
            recipient(f"{cap}@179.99"),
        )
    )
    assert seen["rows"] == {"ready": 2, "invalid": 2}
    wrong = [each["faults"][0] for each in await groups.rows(state="invalid")]
    assert [(x["cell"], x["code"]) for x in wrong] == [
        ("H4", "price-too-low"),
        ("H5", "price-too-low"),
    ]
    done = await groups.place()
    assert done["placed_minor"] == 7_200 + 18_000 + 2 * 9_999
    first = (await groups.rows(state="placed"))[0]
    shown = await ok(await groups.clerk.get(f"/admin/orders/{first['order_id']}"))
    assert [each["agreed"]["source"] for each in shown["lines"]] == ["contract:C-2026-7"] * 2
    assert [each["units"][0]["price_kind"] for each in shown["lines"]] == ["agreed"] * 2
    right = {"recipient": "王", "phone": "13800138000", "province": "浙江", "city": "杭州"}
    right |= {"street": "文三路 9 号", "goods": f"{tee}@72"}
    assert (await ok(await groups.send("PUT", "/rows/4", json=right)))["rows"]["ready"] == 1
    await check_groups(session)


async def test_without_leave_rows_go_no_lower(shop, groups):
    await groups.draft()
    seen = await ok(await groups.upload(recipient(f"{shop.skus[0].code}@79.99")))
    assert seen["rows"] == {"invalid": 1}
    with pytest.raises(AssertionError, match="group-order-rows-too-cheap"):
        await groups.draft(rows_below_bps=3_001)


async def test_floors_hold_for_rows(session, shop, groups, purse):
    floor = "INSERT INTO price_floors (sku_id, currency, floor_minor) VALUES (:id, 'CNY', 7900)"
    await session.execute(text(floor), {"id": shop.sku_ids[0]})
    await session.commit()
    await groups.draft(rows_below_bps=3_000)
    await groups.upload(recipient(f"{shop.skus[0].code}@78"))
    await groups.place()
    (row,) = await groups.rows()
    assert (row["state"], row["problem"]["type"]) == ("failed", "/problems/below-floor")


async def promised(session, shop):
    """Pieces of the first SKU that are promised, by whether to the group or to orders."""
    found = await session.execute(
        text(
            "SELECT split_part(owner, ':', 1), sum(quantity - shipped - freed)::int"
            " FROM reservations WHERE sku_id = :id AND state IN ('held', 'committed')"
            " GROUP BY 1 HAVING sum(quantity - shipped - freed) > 0"
        ),
        {"id": shop.sku_ids[0]},
    )
    return {kind: pieces for kind, pieces in found}  # noqa: C416 - rows are no pairs to mypy


async def test_goods_are_held_until_each_order_has_its_own(session, shop, groups, purse):
    tee = shop.skus[0].code
    await groups.draft()
    await groups.upload(*(recipient(f"{tee}*3", f"王{i}") for i in range(3)))
    held = await ok(await groups.send("POST", "/hold", json={}))
    assert (held["held"], held["held_until"] is not None) == (3, True)
    assert await promised(session, shop) == {"group": 9}
    again = await groups.send("POST", "/hold", json={})
    assert await refused(again) == (409, "group-order-goods-held")
    # Nobody else is promised them, and the group itself does not lack them.
    with pytest.raises(inventory.OutOfStock):
        async with unit_of_work(groups.sessions) as other:
            await take(other, shop, line(shop.sku_ids[0], 2))
    await ok(await groups.send("POST", "/place", json={"positions": [2, 3], "needs_all": True}))
    await groups.work()
    assert await promised(session, shop) == {"group": 3, "order": 6}
    assert await on_stock(session, shop.sku_ids[0]) == (10, 9)
    await check_groups(session)
    # What is edited lets go of exactly its own.
    right = {"recipient": "王", "phone": "13800138000", "province": "浙江", "city": "杭州"}
    right |= {"street": "文三路 9 号", "goods": tee}
    await groups.get()
    edited = await groups.send(
        "PUT", "/rows/4", json=right, version=(await groups.get())["version"]
    )
    assert (await ok(edited))["held"] == 0
    assert await promised(session, shop) == {"order": 6}
    await groups.place()
    assert await promised(session, shop) == {"order": 7}
    await check_groups(session)


async def test_no_more_is_taken_over_than_is_held(session, shop, groups, purse):
    await groups.draft()
    await groups.upload(recipient(f"{shop.skus[0].code}*3", "王"))
    await ok(await groups.send("POST", "/hold", json={}))
    earmark = await session.scalar(text("SELECT owner FROM reservations"))
    place = (shop.sku_ids[0], shop.warehouse.id, shop.merchant.id)
    with pytest.raises(inventory.StockMoved):
        await inventory.earmarks.take_over(
            session,
            earmark,
            [inventory.Allocation(*place, 4)],
            owner="order:1",
            member_id=shop.member.id,
            expires_at=None,
        )
    assert await promised(session, shop) == {"group": 3}


@pytest.mark.parametrize("way", ["unhold", "cancel", "upload"])
async def test_what_is_not_placed_is_let_go(session, shop, groups, purse, way):
    tee = shop.skus[0].code
    await groups.draft()
    await groups.upload(*(recipient(f"{tee}*3", f"王{i}") for i in range(3)))
    await ok(await groups.send("POST", "/hold", json={"positions": [2, 4]}))
    assert await promised(session, shop) == {"group": 6}
    await groups.place(positions=[2, 3])
    groups.version = (await groups.get())["version"]
    assert await promised(session, shop) == {"group": 3, "order": 6}
    if way == "unhold":
        await ok(await groups.send("DELETE", "/hold"))
        await ok(await groups.send("DELETE", "/hold"))
    elif way == "cancel":
        await ok(await groups.send("POST", "/cancel-rest", json={"reason": "enough"}))
    else:
        await ok(await groups.upload(recipient(tee)))
    assert await promised(session, shop) == {"order": 6}
    assert (await groups.get())["held"] == 0
    await check_groups(session)


async def test_goods_are_held_for_a_time(session, shop, groups, purse):
    """When it is over they are everybody's; rows are placed with what there is."""
    tee = shop.skus[0].code
    await groups.draft()
    await groups.upload(recipient(f"{tee}*6"), recipient(f"{tee}*4"))
    await ok(await groups.send("POST", "/hold", json={"seconds": 60}))
    await session.execute(text(UNTIL.format("group_orders", "held_until", "hold_id")))
    await session.execute(text(UNTIL.format("reservations", "expires_at", "expires_at")))
    await session.commit()
    async with unit_of_work(groups.sessions) as other:
        assert await inventory.sweep(other, limit=10) == 1
    assert (await groups.get())["held"] == 0
    async with unit_of_work(groups.sessions) as other:
        await take(other, shop, line(shop.sku_ids[0], 3))
    done = await groups.place()
    assert done["rows"] == {"placed": 1, "failed": 1}
    assert await promised(session, shop) == {"order": 9}
    seen = await ok(await groups.send("POST", "/cancel-rest", json={"reason": "x"}, version=None))
    assert seen["rows"] == {"placed": 1, "cancelled": 1}
    await check_groups(session)


async def test_where_what_is_held_will_not_do_others_come_in_its_place(
    session, shop, groups, purse
):
    """The warehouse it is held in is closed meanwhile: the goods come from another."""
    tee = shop.skus[0].code
    await groups.draft()
    await groups.upload(recipient(f"{tee}*4"), recipient(f"{tee}*2"))
    await ok(await groups.send("POST", "/hold", json={}))
    other = await make_warehouse(session, shop.merchant.id)
    await put_stock(session, shop.sku_ids[0], other.id, 4)
    await session.execute(
        text("UPDATE warehouses SET is_active = false WHERE id = :id"), {"id": shop.warehouse.id}
    )
    await session.commit()
    done = await groups.place(positions=[2])
    assert done["rows"] == {"placed": 1, "ready": 1}
    assert await promised(session, shop) == {"group": 2, "order": 4}
    await check_groups(session)


async def test_nothing_is_held_of_what_is_not_there(shop, groups):
    await groups.draft()
    nothing = await groups.send("POST", "/hold", json={})
    assert await refused(nothing) == (409, "group-order-nothing-to-hold")
    await groups.upload(recipient(f"{shop.skus[0].code}*11"))
    short = await groups.send("POST", "/hold", json={})
    assert await refused(short) == (409, "out-of-stock")
    assert (await groups.get())["held"] == 0
    assert orders.group_orders.LONGEST_SECONDS == 7 * 86_400
