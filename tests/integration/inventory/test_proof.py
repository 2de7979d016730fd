"""Movements add up to stock, or somebody is told."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import build_sessions, unit_of_work
from app.core.enums.inventory import FindingState
from app.core.ids import new_id
from app.services import inventory
from app.services.inventory import Move
from tests.factories.inventory import make_warehouse
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory.test_api import ADMIN, keeper
from tests.integration.inventory.test_reserve import hold
from tests.integration.test_growth_pages import rows_read

URL = f"{ADMIN}/stock"


async def tamper(session, statement, **values):
    """As somebody at the database might, past what refuses it."""
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(text(statement), values)
    await session.execute(text("SET LOCAL session_replication_role = origin"))


async def age(session, days=1):
    """All that moved did so some days ago."""
    await tamper(
        session,
        "UPDATE stock_movements SET created_at = created_at - make_interval(days => :d)",
        d=days,
    )


async def open_findings(session):
    rows = await inventory.proof.list_findings(session, after=None, limit=9)
    return [(row.kind, row.grade, row.expected, row.found, row.state) for row in rows]


async def test_a_sound_shop_is_proven_and_read_only_once(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await age(session)
    first = await inventory.proof.prove(session)
    assert (first.is_whole, first.differences) == (True, 0)
    await hold(session, shop, (tea, 4))
    await inventory.receive(session, [Move(tea, shop.warehouse.id, 5)], cause="receipt:1")
    again = await inventory.proof.prove(session)
    assert (again.is_whole, again.differences, again.opened) == (False, 0, 0)
    folded = await session.scalar(
        text("SELECT sum(quantity) FROM stock_folds WHERE sku_id = :sku"), {"sku": tea}
    )
    assert folded == 10  # this transaction has not ended, so what it moved is not final


async def test_a_run_reads_what_moved_since_the_last_one(session):
    shop = await make_shop(session)
    await session.execute(
        text(
            "INSERT INTO stock_movements (id, created_at, sku_id, warehouse_id, kind, quantity,"
            " on_hand_after, cause) SELECT gen_random_uuid(), now() - interval '1 hour', :sku,"
            " :warehouse, 'adjustment', CASE n % 2 WHEN 0 THEN 1 ELSE -1 END, 9, 'test'"
            " FROM generate_series(1, 60000) n"
        ),
        {"sku": shop.sku_ids[0], "warehouse": shop.warehouse.id},
    )
    assert (await inventory.proof.prove(session)).differences == 0
    await session.execute(
        text(
            "SELECT brin_summarize_new_values(c.oid) FROM pg_class c, pg_am a"
            " WHERE a.oid = c.relam AND a.amname = 'brin' AND c.relkind = 'i'"
            " AND c.relname LIKE '%stock_movements%'"
        )
    )
    await session.execute(text("ANALYZE stock_movements"))
    before = await rows_read(session)
    assert not (await inventory.proof.prove(session)).is_whole
    assert await rows_read(session) - before < 30_000  # the last pages of a month
    before = await rows_read(session)
    assert (await inventory.proof.prove(session, whole=True)).is_whole
    assert await rows_read(session) - before > 60_000


@pytest.mark.parametrize("column", ["on_hand", "damaged", "frozen"])
async def test_stock_that_nothing_moved_is_found_told_once_and_resolved(session, column):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await inventory.proof.prove(session)
    wrong = f"UPDATE stock SET {column} = {column} + :n WHERE sku_id = :sku"
    await tamper(session, wrong, n=3, sku=tea)
    runs = [await inventory.proof.prove(session) for _ in range(2)]
    assert [(run.differences, run.opened) for run in runs] == [(1, 1), (1, 0)]
    grade = "sellable" if column == "on_hand" else column
    there = 10 if column == "on_hand" else 0
    assert await open_findings(session) == [("movements", grade, there, there + 3, "found")]
    await tamper(session, wrong, n=1, sku=tea)
    assert (await inventory.proof.prove(session)).opened == 1
    await tamper(session, wrong, n=-4, sku=tea)
    assert (await inventory.proof.prove(session)).resolved == 1
    assert await open_findings(session) == []
    told = await session.scalars(
        text("SELECT payload->>'found' FROM outbox WHERE name = 'inventory.difference_found.v1'")
    )
    assert sorted(map(int, told)) == [there + 3, there + 4]


async def test_promises_that_are_not_reserved_are_found(session):
    """J160: what is promised is what is reserved, proven every night."""
    shop = await make_shop(session)
    await hold(session, shop, (shop.sku_ids[0], 4))
    await tamper(session, "UPDATE stock SET reserved = 1 WHERE sku_id = :s", s=shop.sku_ids[0])
    await inventory.proof.prove(session)
    assert await open_findings(session) == [("reserved", "sellable", 4, 1, "found")]


async def test_a_past_that_changed_is_found_by_a_whole_proof_and_accepted_once_explained(session):
    shop = await make_shop(session)
    tea = shop.sku_ids[0]
    await age(session)
    await inventory.proof.prove(session)
    await tamper(session, "UPDATE stock_movements SET quantity = 9 WHERE sku_id = :sku", sku=tea)
    assert (await inventory.proof.prove(session)).differences == 0
    assert (await inventory.proof.prove(session, whole=True)).differences == 1
    assert await open_findings(session) == [("history", "sellable", 10, 9, "found")]
    assert (await inventory.proof.prove(session)).resolved == 0
    (row,) = await inventory.proof.list_findings(session, after=None, limit=9)
    await inventory.proof.explain(session, row.id, version=1, note="Typing error", actor=staff())
    await tamper(session, "UPDATE stock SET on_hand = 9 WHERE sku_id = :sku", sku=tea)
    await inventory.proof.prove(session, whole=True)
    assert await open_findings(session) == []


async def test_everything_is_added_up_again_now_and_then(session):
    await make_shop(session)
    assert (await inventory.proof.prove(session)).is_whole
    assert not (await inventory.proof.prove(session)).is_whole
    await session.execute(text("UPDATE stock_proofs SET created_at = now() - interval '7 days'"))
    assert (await inventory.proof.prove(session)).is_whole


async def test_what_is_not_committed_yet_is_added_up_later(fresh_engine):
    """A movement bears the time its transaction began, which may be before the proof."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    async with unit_of_work(sessions) as slow:
        await inventory.receive(slow, [Move(tea, here, 5)], cause="receipt:1")
        await asyncio.sleep(1.2)
        async with unit_of_work(sessions) as session:
            assert (await inventory.proof.prove(session)).differences == 0
    async with unit_of_work(sessions) as session:
        assert (await inventory.proof.prove(session)).differences == 0
    async with sessions() as session:
        await asyncio.sleep(1.2)
        assert (await inventory.proof.prove(session, whole=True)).differences == 0


async def test_two_proofs_at_once_add_nothing_up_twice(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        await make_shop(session)
        await age(session)

    async def prove():
        async with unit_of_work(sessions) as session:
            return await inventory.proof.prove(session)

    runs = await asyncio.gather(*(prove() for _ in range(4)))
    assert [run.differences for run in runs] == [0] * 4
    assert sum(run.is_whole for run in runs) == 1


async def test_findings_and_runs_over_http(client, session):
    shop = await make_shop(session)
    headers = await keeper(session)
    await tamper(session, "UPDATE stock SET frozen = 2 WHERE sku_id = :s", s=shop.sku_ids[0])
    run = await client.post(f"{URL}/proofs", json={"is_whole": False}, headers=headers)
    assert (run.status_code, run.json()["differences"]) == (201, 1)
    listed = (await client.get(f"{URL}/proofs", headers=headers)).json()
    assert listed["items"] == [run.json()]
    (row,) = (await client.get(f"{URL}/findings", headers=headers)).json()["items"]
    assert (row["kind"], row["grade"], row["expected"], row["found"]) == (
        "movements",
        "frozen",
        0,
        2,
    )
    url, note = f"{URL}/findings/{row['id']}/explain", {"note": "Counted by hand"}
    for tag, status in (({}, 428), ({"If-Match": '"9"'}, 412), ({"If-Match": '"1"'}, 200)):
        said = await client.post(url, json=note, headers=headers | tag)
        assert said.status_code == status
    assert (said.json()["state"], said.json()["note"]) == ("explained", "Counted by hand")
    await tamper(session, "UPDATE stock SET frozen = 0 WHERE sku_id = :s", s=shop.sku_ids[0])
    await client.post(f"{URL}/proofs", json={}, headers=headers)
    assert (await client.get(f"{URL}/findings", headers=headers)).json()["items"] == []
    over = await client.get(f"{URL}/findings?state=resolved", headers=headers)
    assert [each["id"] for each in over.json()["items"]] == [row["id"]]
    late = await client.post(url, json=note, headers=headers | {"If-Match": '"3"'})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/illegal-stock-transition")
    url = f"{URL}/findings/{uuid4()}/explain"
    unknown = await client.post(url, json=note, headers=headers | {"If-Match": '"1"'})
    assert unknown.status_code == 404


async def test_documents_that_hold_pieces_are_listed(client, session):
    shop = await make_shop(session)
    tea, here = shop.sku_ids[0], shop.warehouse.id
    headers = await keeper(session)
    far = await make_warehouse(session, shop.merchant.id)
    wanted = inventory.transfers.NewTransfer(
        from_warehouse_id=here, to_warehouse_id=far.id, pieces={tea: 3}
    )
    asked = await inventory.transfers.request(session, wanted, actor=staff())
    await inventory.transfers.ship(session, asked.row.id, None, version=1, actor=staff())
    owner = f"order:{new_id()}"
    await hold(session, shop, (tea, 2), owner=owner)
    url = f"{URL}/occupation?sku_id={tea}"
    first = (await client.get(f"{url}&limit=1", headers=headers)).json()
    rest = (await client.get(f"{url}&after={first['next_after']}", headers=headers)).json()
    shown = [
        (each["kind"], each["document"], each["warehouse_id"], each["pieces"])
        for each in first["items"] + rest["items"]
    ]
    assert shown == [
        ("promise", owner, str(here), 2),
        ("transfer", f"transfer:{asked.row.number}", str(far.id), 3),
    ]
    there = await client.get(f"{url}&warehouse_id={far.id}", headers=headers)
    assert [each["pieces"] for each in there.json()["items"]] == [3]


async def test_a_page_of_findings_reads_what_it_shows(session):
    shop = await make_shop(session)
    await tamper(session, "UPDATE stock SET frozen = 2")
    await inventory.proof.prove(session)
    await session.execute(
        text(
            "INSERT INTO stock_findings (id, kind, sku_id, warehouse_id, grade, expected, found,"
            " state, resolved_at) SELECT gen_random_uuid(), 'movements', :sku, :warehouse,"
            " 'frozen', 1, 2, 'resolved', now() FROM generate_series(1, 2000)"
        ),
        {"sku": shop.sku_ids[0], "warehouse": shop.warehouse.id},
    )
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    assert len(await inventory.proof.list_findings(session, after=None, limit=20)) == 3
    assert await rows_read(session) - before < 50
    over = await inventory.proof.list_findings(
        session, state=FindingState.RESOLVED, after=None, limit=20
    )
    assert len(over) == 20
    assert clock.now() - over[0].created_at < timedelta(days=1)
