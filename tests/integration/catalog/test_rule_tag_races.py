"""Tags of rules on connections of their own: two refreshes, and staff in between."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.main import Resources
from app.services import catalog, recommendations
from app.worker.schedule import JOBS, run_due
from tests.factories.catalog import make_tag
from tests.factories.shop import make_shop
from tests.factories.staff import actor_of, make_staff
from tests.waiting import start_and_wait

NEW = {"type": "new", "days": 30}


class Stage:
    def __init__(self, sessions, shop, tag, actor) -> None:
        self.sessions, self.shop, self.tag, self.actor = sessions, shop, tag, actor

    async def refresh(self) -> None:
        async with unit_of_work(self.sessions) as session:
            await recommendations.refresh_tag(session, self.tag.id, actor=self.actor)

    async def by_hand(self) -> None:
        async with unit_of_work(self.sessions) as session:
            await self.hang(session)

    async def hang(self, session) -> None:
        await catalog.set_product_tags(
            session, self.shop.spu.id, {self.tag.id: None}, version=1, actor=self.actor
        )

    async def rows(self) -> list[str]:
        """Whose each row is; that of staff has no end here."""
        whose = text(
            "SELECT CASE WHEN is_by_rule THEN 'rule' WHEN expires_at IS NULL THEN 'staff' END"
            " FROM spu_tags"
        )
        async with self.sessions() as session:
            return list(await session.scalars(whose))


@pytest.fixture
async def stage(fresh_engine):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        shop.spu.published_at = now() - timedelta(days=1)
        tag = await make_tag(session, rule=NEW)
        actor = actor_of(await make_staff(session))
    return Stage(sessions, shop, tag, actor)


async def test_many_refreshes_at_once_agree(stage):
    async with asyncio.timeout(30):
        await asyncio.gather(*(stage.refresh() for _ in range(12)))
    assert await stage.rows() == ["rule"]


async def test_the_worker_leaves_a_tag_in_other_hands(stage):
    async with stage.sessions.begin() as session, asyncio.timeout(5):
        await catalog.tag_to_refresh(session, stage.tag.id)
        async with unit_of_work(stage.sessions) as other:
            await recommendations.refresh_due_tag(other, stage.tag.id)
        assert await stage.rows() == []


async def test_staff_need_not_wait_for_a_rule_that_is_looked_up(stage):
    async with stage.sessions.begin() as session, asyncio.timeout(5):
        await catalog.tag_to_refresh(session, stage.tag.id)
        await stage.by_hand()
    assert await stage.rows() == ["staff"]


async def test_staff_who_hang_it_while_a_rule_does_have_it_theirs(stage):
    async with unit_of_work(stage.sessions) as session:
        await recommendations.refresh_due_tag(session, stage.tag.id)
        staff = await start_and_wait(stage.sessions, stage.by_hand())
    await staff
    assert await stage.rows() == ["staff"]


async def test_a_rule_that_comes_while_staff_hang_it_leaves_it_theirs(stage):
    async with unit_of_work(stage.sessions) as session:
        await stage.hang(session)
        rule = await start_and_wait(stage.sessions, stage.refresh())
    await rule
    assert await stage.rows() == ["staff"]


async def test_the_job_follows_every_rule(stage, settings, messages):
    resources = Resources(
        settings=settings,
        sessions=stage.sessions,
        readers=stage.sessions,
        messages=messages,
        gateways={},
    )
    async with unit_of_work(stage.sessions) as session:
        plain = await make_tag(session)
    (job,) = [each for each in JOBS if each.name == "recommendations.tags"]
    assert await run_due(resources, [job]) == 1
    assert await stage.rows() == ["rule"]
    async with stage.sessions() as session:
        due = await catalog.due_tags(session)
        assert set(due) == {stage.tag.id}
        assert plain.id not in due
