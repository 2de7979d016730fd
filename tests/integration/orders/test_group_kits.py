"""Kits in group orders: held as their pieces, taken over whole, and counted with their pieces."""

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.models.catalog import Sku
from app.services import inventory
from tests.factories.entering import line, take
from tests.factories.group_orders import check_groups, recipient
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.kits import check_kits, compose, make_kit
from tests.integration.orders.grouping import Groups
from tests.integration.orders.refunding import ok, refused

RIGHT = {
    "recipient": "王",
    "phone": "13800138000",
    "province": "浙江",
    "city": "杭州",
    "street": "文三路 9 号",
}


@pytest.fixture
async def groups(clerk, sessions, shop):
    return Groups(clerk, sessions, shop)


@pytest.fixture
async def kit(session, shop):
    """Two tees and a cap."""
    tee, cap, *_ = shop.sku_ids
    made = await session.get_one(Sku, await make_kit(session, shop, (tee, 2), (cap, 1)))
    await session.commit()
    return made


async def promised(session, shop):
    """Tees and caps that are promised, by whether to the group or to orders."""
    found = await session.execute(
        text(
            "SELECT split_part(owner, ':', 1) AS who,"
            " coalesce(sum(n) FILTER (WHERE sku_id = :tee), 0)::int AS tees,"
            " coalesce(sum(n) FILTER (WHERE sku_id = :cap), 0)::int AS caps"
            " FROM (SELECT owner, sku_id, quantity - shipped - freed AS n FROM reservations"
            " WHERE state IN ('held', 'committed')) r GROUP BY 1"
        ),
        {"tee": shop.sku_ids[0], "cap": shop.sku_ids[1]},
    )
    return {row.who: (row.tees, row.caps) for row in found if row.tees + row.caps}


async def checked(session):
    await check_groups(session)
    await check_kits(session)


async def test_kits_are_held_as_their_pieces_and_taken_over_whole(
    session, shop, groups, kit, purse
):
    """A kit and its component in one row, each taken from what is held and from nothing else."""
    tee = shop.skus[0].code
    await groups.draft()
    await groups.upload(
        recipient(f"{kit.code}*2; {tee}*1", "王一"), recipient(f"{kit.code}*2", "王二")
    )
    held = await ok(await groups.send("POST", "/hold", json={}))
    assert held["held"] == 2
    assert await promised(session, shop) == {"group": (9, 4)}
    with pytest.raises(inventory.OutOfStock):
        async with unit_of_work(groups.sessions) as other:
            await take(other, shop, line(kit.id, 1))
    await checked(session)
    done = await groups.place(positions=[2], needs_all=True)
    assert done["rows"] == {"placed": 1, "ready": 1}
    assert await promised(session, shop) == {"group": (4, 2), "order": (5, 2)}
    await checked(session)
    done = await groups.place(needs_all=True)
    assert done["rows"] == {"placed": 2}
    assert await promised(session, shop) == {"order": (9, 4)}
    await checked(session)


async def test_what_was_held_is_what_the_kit_was(session, shop, groups, kit, purse):
    """A kit that is changed while it is held is sold as it was held."""
    tee, cap, *_ = shop.sku_ids
    await groups.draft()
    await groups.upload(recipient(f"{kit.code}*3", "王一"), recipient(f"{kit.code}*1", "王二"))
    await ok(await groups.send("POST", "/hold", json={}))
    await compose(session, kit.id, (tee, 1, 1), (cap, 2, 1))
    await session.commit()
    await groups.place(positions=[2])
    assert await promised(session, shop) == {"group": (2, 1), "order": (6, 3)}
    # What is edited lets go of exactly its own, as it was held.
    edited = await groups.send(
        "PUT",
        "/rows/3",
        json=RIGHT | {"goods": shop.skus[2].code},
        version=(await groups.get())["version"],
    )
    assert (await ok(edited))["held"] == 0
    assert await promised(session, shop) == {"order": (6, 3)}
    await checked(session)


@pytest.mark.parametrize("way", ["unhold", "cancel"])
async def test_kits_that_are_not_placed_are_let_go(session, shop, groups, kit, purse, way):
    await groups.draft()
    await groups.upload(recipient(f"{kit.code}*2", "王一"), recipient(f"{kit.code}*2", "王二"))
    await ok(await groups.send("POST", "/hold", json={}))
    await groups.place(positions=[2])
    groups.version = (await groups.get())["version"]
    if way == "unhold":
        await ok(await groups.send("DELETE", "/hold"))
    else:
        await ok(await groups.send("POST", "/cancel-rest", json={"reason": "enough"}))
    assert await promised(session, shop) == {"order": (4, 2)}
    await checked(session)


async def test_kits_come_from_the_warehouse_they_are_held_in(session, shop, groups, kit, purse):
    """Closed meanwhile it sends nothing: the kits come whole from another."""
    await groups.draft()
    await groups.upload(recipient(f"{kit.code}*2", "王一"), recipient(f"{kit.code}*1", "王二"))
    await ok(await groups.send("POST", "/hold", json={}))
    other = await make_warehouse(session, shop.merchant.id, priority=1)
    for sku_id in shop.sku_ids[:2]:
        await put_stock(session, sku_id, other.id, 9)
    await session.commit()
    await groups.place(positions=[3])
    there = text("SELECT reserved FROM stock WHERE warehouse_id = :id AND sku_id = :tee")
    values = {"id": other.id, "tee": shop.sku_ids[0]}
    assert await session.scalar(there, values) == 0
    assert await promised(session, shop) == {"group": (4, 2), "order": (2, 1)}
    await session.execute(
        text("UPDATE warehouses SET is_active = false WHERE id = :id"), {"id": shop.warehouse.id}
    )
    await session.commit()
    assert (await groups.place(positions=[2]))["rows"] == {"placed": 2}
    assert await session.scalar(there, values) == 4
    await checked(session)


async def test_all_rows_count_kits_together_with_what_they_hold(session, shop, groups, kit, purse):
    """Ten tees are three kits and four tees, but not four kits and three tees."""
    tee = shop.skus[0].code
    await groups.draft()
    await groups.upload(recipient(f"{kit.code}*3", "王一"), recipient(f"{tee}*5", "王二"))
    answer = await groups.send("POST", "/place", json={"needs_all": True})
    assert await refused(answer) == (409, "group-order-short-of-stock")
    assert sorted(answer.json()["goods"], key=lambda each: each["wanted"]) == [
        {"sku": kit.code, "wanted": 3, "available": 2},
        {"sku": tee, "wanted": 5, "available": 4},
    ]
    await groups.upload(recipient(f"{kit.code}*3", "王一"), recipient(f"{tee}*4", "王二"))
    done = await groups.place(needs_all=True)
    assert done["rows"] == {"placed": 2}
    assert await promised(session, shop) == {"order": (10, 3)}
    await checked(session)
