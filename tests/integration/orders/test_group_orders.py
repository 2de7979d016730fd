"""A company's order for many: from the sheet to paid orders, row by row."""

import io

import pytest
from sqlalchemy import text

from app.core.sheets import rows_of
from tests.factories.group_orders import check_groups, recipient
from tests.factories.orders import order_row
from tests.factories.payments import give_balance
from tests.integration.orders.grouping import BY_TRANSFER, Groups
from tests.integration.orders.refunding import ok, refused
from tests.integration.orders.sending import on_stock

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
async def groups(clerk, sessions, shop):
    return Groups(clerk, sessions, shop)


async def test_each_recipient_has_an_order_at_the_contracts_prices(session, shop, groups, purse):
    tee, cap = shop.skus[0].code, shop.skus[1].code
    await groups.draft()
    seen = await ok(
        await groups.upload(
            recipient(f"{tee}*2"), recipient(f"{tee}; {cap}", "李四"), recipient("nothing")
        )
    )
    assert (seen["rows"], seen["placed_minor"]) == ({"ready": 2, "invalid": 1}, 0)
    (wrong,) = await groups.rows(state="invalid")
    assert [(x["cell"], x["code"]) for x in wrong["faults"]] == [("H4", "unknown-goods")]
    done = await groups.place()
    assert done["rows"] == {"placed": 2, "invalid": 1}
    money = (done["placed_minor"], done["paid_minor"], done["due_minor"])
    assert money == (16_000 + 28_000, 44_000, 0)
    first, second = await groups.rows(state="placed")
    row = await order_row(session, second["order_id"])
    assert (row["source"], row["reference"]) == ("group", f"{done['number']}/3")
    assert (row["address"]["recipient"], row["invoice"]["title"]) == ("李四", "Example Ltd")
    shown = await ok(await groups.clerk.get(f"/admin/orders/{second['order_id']}"))
    assert [each["agreed"] and each["agreed"]["source"] for each in shown["lines"]] == [
        "contract:C-2026-7",
        None,
    ]
    assert await on_stock(session, shop.sku_ids[0]) == (10, 3)
    looked = {"source": "group", "kind": "sale", "reference": row["reference"]}
    view = await ok(
        await groups.clerk.post("/admin/order-views", {"name": "Theirs", "filter": looked}), 201
    )
    for asked in (looked, {"view_id": view["id"]}):
        page = await ok(await groups.clerk.get("/admin/orders", **asked))
        assert [each["id"] for each in page["items"]] == [second["order_id"]]
    # The sheet is put right and uploaded whole: who has an order keeps it.
    again = await ok(
        await groups.upload(
            recipient(f"{cap}*9"), recipient(f"{cap}*9", "李四"), recipient(cap, "赵六")
        )
    )
    assert again["rows"] == {"placed": 2, "ready": 1}
    last = await groups.place()
    assert last["rows"] == {"placed": 3}
    assert (await groups.rows())[0]["order_id"] == first["order_id"]
    await check_groups(session)


async def test_a_balance_pays_whole_orders_in_their_order(session, shop, groups):
    await give_balance(session, shop.member.id, 20_000)
    await session.commit()
    await groups.draft()
    tee = shop.skus[0].code
    await groups.upload(*(recipient(tee, f"王{i}") for i in range(3)))
    done = await groups.place()
    assert (done["rows"], done["paid_minor"]) == ({"placed": 2, "failed": 1}, 16_000)
    (left,) = await groups.rows(state="failed")
    assert (left["position"], left["problem"]["type"]) == (4, "/problems/tender-mismatch")
    # The buyer pays in by bank; the rest of it stays on the balance.
    body = {
        "member_id": str(shop.member.id),
        "amount_minor": 10_000,
        "currency": "CNY",
        "kind": "top_up",
        "reason": "Transfer 8812",
    }
    await ok(await groups.clerk.post("/admin/balance-adjustments", body), 201)
    done = await groups.place()
    assert (done["rows"], done["paid_minor"]) == ({"placed": 3}, 24_000)
    found = "SELECT balance_minor FROM ledger_accounts WHERE code = :code"
    code = f"balance:{shop.member.id}:available"
    assert await session.scalar(text(found), {"code": code}) == 6_000
    await check_groups(session)


async def test_by_transfer_each_order_waits_for_its_own(session, shop, groups):
    await groups.draft(payment="bank_transfer")
    await groups.upload(recipient(shop.skus[0].code), recipient(shop.skus[0].code))
    done = await groups.place(BY_TRANSFER)
    money = (done["placed_minor"], done["paid_minor"], done["due_minor"])
    assert money == (16_000, 0, 16_000)


async def test_chosen_rows_all_or_none_and_the_rest_given_up(session, shop, groups, purse):
    await groups.draft()
    tee = shop.skus[0].code
    await groups.upload(*(recipient(f"{tee}*6", f"王{i}") for i in range(3)))
    short = await groups.send("POST", "/place", json={"needs_all": True})
    assert await refused(short) == (409, "group-order-short-of-stock")
    assert short.json()["goods"] == [{"sku": tee, "wanted": 18, "available": 10}]
    done = await groups.place(positions=[3], needs_all=True)
    assert done["rows"] == {"placed": 1, "ready": 2}
    done = await groups.place(positions=[2, 99])
    assert done["rows"] == {"placed": 1, "ready": 1, "failed": 1}
    gone = await ok(await groups.send("POST", "/cancel-rest", json={"reason": "enough"}))
    assert gone["rows"] == {"placed": 1, "cancelled": 2}
    done = await groups.place()
    assert done["rows"] == {"placed": 1, "cancelled": 2}
    await check_groups(session)


async def test_rows_are_put_right_one_by_one(shop, groups, purse):
    await groups.draft()
    await groups.upload(recipient(shop.skus[0].code, phone="1"))
    (row,) = await groups.rows()
    assert row["state"] == "invalid"
    right = {
        "recipient": "王",
        "phone": "13800138000",
        "province": "浙江",
        "city": "杭州",
        "street": "文三路 9 号",
        "goods": shop.skus[0].code,
    }
    stale = await groups.send("PUT", "/rows/2", json=right, version=1)
    assert await refused(stale) == (412, "stale-version")
    seen = await ok(await groups.send("PUT", "/rows/2", json=right))
    assert seen["rows"] == {"ready": 1}
    wrong = await ok(await groups.send("PUT", "/rows/2", json=right | {"goods": "?"}))
    assert wrong["rows"] == {"invalid": 1}
    await ok(await groups.send("PUT", "/rows/2", json=right))
    await groups.place()
    settled = await groups.send(
        "PUT", "/rows/2", json=right, version=(await groups.get())["version"]
    )
    assert await refused(settled) == (409, "group-order-row-settled")
    nobody = await groups.send("PUT", "/rows/9", json=right)
    assert await refused(nobody) == (409, "group-order-row-settled")


async def test_nothing_is_uploaded_while_rows_are_placed(shop, groups, purse):
    await groups.draft()
    await groups.upload(recipient(shop.skus[0].code))
    await ok(await groups.send("POST", "/place", json={}))
    busy = await groups.upload(recipient(shop.skus[0].code))
    assert await refused(busy) == (409, "group-order-being-placed")
    given_up = await ok(await groups.send("POST", "/cancel-rest", json={"reason": "no"}))
    assert given_up["rows"] == {"cancelled": 1}
    await groups.work()
    assert (await groups.get())["rows"] == {"cancelled": 1}


async def test_floors_hold_for_contracts(session, shop, groups, purse):
    floor = "INSERT INTO price_floors (sku_id, currency, floor_minor) VALUES (:id, 'CNY', 8001)"
    await session.execute(text(floor), {"id": shop.sku_ids[0]})
    await session.commit()
    await groups.draft()
    await groups.upload(recipient(shop.skus[0].code))
    await groups.place()
    (row,) = await groups.rows()
    assert (row["state"], row["problem"]["type"]) == ("failed", "/problems/below-floor")


async def test_templates_and_reports_are_workbooks(shop, groups, purse):
    await groups.draft()
    path = "/api/v1/admin/group-orders"
    clerk = groups.clerk
    template = await clerk.client.get(f"{path}/template.xlsx", headers=clerk.headers)
    assert (template.status_code, template.headers["content-type"]) == (200, XLSX)
    head, example = rows_of(io.BytesIO(template.content), most=10)
    plain = await clerk.client.get(f"{path}/template.csv", headers=clerk.headers)
    assert [each.cells for each in rows_of(io.BytesIO(plain.content), most=10)] == [
        head.cells,
        example.cells,
    ]
    taken = await ok(await groups.send("PUT", "/rows", content=template.content))
    assert taken["rows"] == {"invalid": 1}
    await groups.upload(recipient(shop.skus[0].code), recipient("?"))
    await groups.place()
    report = await clerk.client.get(f"{path}/{groups.id}/report.xlsx", headers=clerk.headers)
    _, first, second = rows_of(io.BytesIO(report.content), most=10)
    assert (first.cells[5], first.cells[11]) == ("placed", "8000")
    assert (second.cells[5], second.cells[6].startswith("H3: ")) == ("invalid", True)


async def test_a_kept_title_is_copied(session, shop, groups, lin):
    title = {"kind": "company", "name": "晨光茶业", "tax_number": "91440300708461136T"}
    path = "/api/v1/me/invoice-titles"
    kept = await lin.client.post(path, json=title, headers=lin.headers)
    made = await groups.draft(invoice={"title_id": (await ok(kept, 201))["id"]})
    assert made["invoice"]["title"] == "晨光茶业"
    foreign = {"title_id": str(shop.member.id)}
    with pytest.raises(AssertionError, match="not-found"):
        await groups.draft(invoice=foreign)


async def test_what_is_no_sheet_is_refused(shop, groups):
    await groups.draft()
    broken = await groups.send("PUT", "/rows", content=b"PK nothing")
    assert await refused(broken) == (422, "spreadsheet-unreadable")
    bare = await groups.send("PUT", "/rows", content=b"recipient,phone\n")
    assert await refused(bare) == (422, "columns-missing")
    large = await groups.send("PUT", "/rows", content=b"x" * (4 * 1024 * 1024 + 1))
    assert await refused(large) == (413, "payload-too-large")
    body = {"prices": [{"sku": "nothing", "price_minor": 1}]}
    made = await groups.clerk.post(
        "/admin/group-orders",
        {
            "member_id": str(shop.member.id),
            "channel_id": str(shop.channel.id),
            "title": "t",
            "contract": "c",
            "reason": "r",
            "payment": "balance",
        }
        | body,
    )
    assert await refused(made) == (422, "unknown-goods")
