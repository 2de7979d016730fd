"""Budgets of cost centres: planned, spent and left; each level is told once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.finance import CostKind
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists
from app.repositories.finance.costs import Cost, CostRepository
from app.repositories.reports.books_invariants import BOOKS
from app.services import finance
from app.services.finance import budgets
from tests.factories.payments import staff
from tests.factories.staff import bearer, make_staff

NOW = datetime.now(UTC)
MONTH = {"starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=29)}


async def spend(session: AsyncSession, key: str, kind: CostKind, minor: int) -> None:
    """Costs of a centre of the same name as what they are for."""
    await CostRepository(session).book([Cost(key, kind, "spring", None, "CNY", minor)])


async def make(session: AsyncSession, amount: int, **more: Any) -> UUID:
    for kind in CostKind:
        await finance.put_centre(session, "spring", name="Spring", budget_owner="M", actor=staff())
        await finance.assign_cost(session, kind, "spring", "spring", actor=staff())
    values: dict[str, Any] = {
        "centre": "spring",
        "kind": None,
        "currency": "CNY",
        "amount_minor": amount,
        "warn_bps": 8_000,
    }
    command = budgets.NewBudget(**values | MONTH | more)
    return UUID(str((await budgets.make_budget(session, command, actor=staff()))["id"]))


async def told(session: AsyncSession) -> list[tuple[str, int]]:
    rows = await session.execute(
        text("""
            SELECT payload->>'level', CAST(payload->>'spent_minor' AS int) FROM outbox
            WHERE name = 'finance.budget_passed.v1' ORDER BY seq
        """)
    )
    return [tuple(row) for row in rows]


async def test_what_is_left_by_kind(session: AsyncSession) -> None:
    all_kinds = await make(session, 1_000)
    gifts = await make(session, 100, kind=CostKind.GIFT)
    later = await make(session, 100, starts_at=NOW + timedelta(days=1))
    await spend(session, "a", CostKind.PROMOTION, 500)
    await spend(session, "b", CostKind.GIFT, 130)
    await spend(session, "c", CostKind.GIFT, -30)
    others = Cost("d", CostKind.GIFT, "autumn", None, "CNY", 7)  # no centre was said
    foreign = Cost("e", CostKind.GIFT, "spring", None, "USD", 7)
    await CostRepository(session).book([others, foreign])
    found = [await budgets.read_budget(session, each) for each in (all_kinds, gifts, later)]
    assert [(each["spent_minor"], each["left_minor"], each["level"]) for each in found] == [
        (600, 400, "within"),
        (100, 0, "warned"),
        (0, 100, "within"),
    ]
    assert found[0]["by_kind"] == {"promotion": 500, "gift": 100}
    running = await budgets.list_budgets(session, at=NOW, after=None, limit=9)
    assert [each.id for each in running] == [gifts, all_kinds]
    with pytest.raises(AlreadyExists):
        await make(session, 5)


async def test_each_level_is_told_once_and_anew_after_a_change(session: AsyncSession) -> None:
    budget_id = await make(session, 1_000)
    await spend(session, "a", CostKind.POINTS, 799)
    await budgets.watch_budgets(session)
    assert await told(session) == []
    await spend(session, "b", CostKind.POINTS, 1)
    for _ in range(2):
        await budgets.watch_budgets(session)
    assert await told(session) == [("warned", 800)]
    await spend(session, "c", CostKind.POINTS, 200)  # all of it, and not more
    await budgets.watch_budgets(session)
    assert await told(session) == [("warned", 800)]
    await spend(session, "d", CostKind.POINTS, 1)
    for _ in range(2):
        await budgets.watch_budgets(session)
    assert await told(session) == [("warned", 800), ("exceeded", 1_001)]
    planned = {"amount_minor": 1_001, "warn_bps": None}
    await budgets.change_budget(session, budget_id, version=1, actor=staff(), **planned)
    await budgets.watch_budgets(session)
    assert (await told(session))[2:] == [("warned", 1_001)]
    for rule in BOOKS:
        if "budget" in rule.name:
            assert not (await session.execute(text(rule.sql))).all()


async def test_two_that_watch_at_once_tell_once(fresh_engine: AsyncEngine) -> None:
    sessions: Sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        await make(session, 10)
        await spend(session, "a", CostKind.POINTS, 11)

    async def watch() -> int:
        async with unit_of_work(sessions) as session:
            found = await budgets.watch_budgets(session)
            await asyncio.sleep(0.1)
            return found

    assert sorted(await asyncio.gather(*(watch() for _ in range(4)))) == [0, 0, 0, 2]
    async with unit_of_work(sessions) as session:
        assert await told(session) == [("warned", 11), ("exceeded", 11)]


async def test_budgets_over_http(client: httpx.AsyncClient, session: AsyncSession) -> None:
    scopes = [Scope.FINANCE_READ, Scope.FINANCE_WRITE]
    clerk = await bearer(session, await make_staff(session, scopes=scopes))
    path = "/api/v1/admin/finance/budgets"
    body = {
        "centre": "unassigned",
        "currency": "CNY",
        "starts_at": "2026-11-01T00:00:00+08:00",
        "ends_at": "2026-12-01T00:00:00+08:00",
        "amount_minor": 100_000,
    }
    made = await client.post(path, json=body, headers=clerk)
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    assert (made.json()["left_minor"], made.json()["level"]) == (100_000, "within")
    again = await client.post(path, json=body, headers=clerk)
    assert again.json()["type"].endswith("already-exists")
    for wrong, status in (
        ({"centre": "none"}, 422),
        ({"ends_at": body["starts_at"]}, 422),
        ({"amount_minor": 0}, 422),
    ):
        assert (await client.post(path, json=body | wrong, headers=clerk)).status_code == status
    one = f"{path}/{made.json()['id']}"
    stale = await client.patch(one, json={"warn_bps": 1}, headers=clerk | {"If-Match": '"9"'})
    assert stale.status_code == 412
    patch = {"amount_minor": 5}
    changed = await client.patch(one, json=patch, headers=clerk | {"If-Match": '"1"'})
    assert (changed.json()["amount_minor"], changed.json()["warn_bps"]) == (5, 8_000)
    assert (await client.get(one, headers=clerk)).json() == changed.json()
    params = {"centre": "unassigned", "at": "2026-11-20T00:00:00Z"}
    listed = await client.get(path, params=params, headers=clerk)
    assert [each["id"] for each in listed.json()["items"]] == [made.json()["id"]]
    missing = f"{path}/01890000-0000-7000-8000-000000000000"
    assert (await client.get(missing, headers=clerk)).status_code == 404
    ask = {"json": patch, "headers": clerk | {"If-Match": '"1"'}}
    assert (await client.patch(missing, **ask)).status_code == 404
