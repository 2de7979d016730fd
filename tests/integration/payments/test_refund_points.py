"""Points that paid come back, points that were earned go (INV-13, INV-19)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.errors import AlreadyExists
from app.core.ids import new_id
from app.services import payments
from app.services.payments import PlanView, Span, Take
from tests.factories.members import make_member
from tests.factories.payments import (
    GATEWAY,
    POINTS_TENDER,
    Counter,
    give_points,
)
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import POT, bought, settled, tea


async def lots(counter: Counter, member_id: UUID) -> list[tuple[str, int, bool]]:
    async with unit_of_work(counter.sessions) as session:
        found = await session.execute(
            text(
                "SELECT split_part(source, ':', 1), remaining, expires_at > now() + interval"
                " '89 days' FROM points_lots WHERE member_id = :id ORDER BY id"
            ),
            {"id": member_id},
        )
        return [tuple(row) for row in found]


async def test_m24_points_return_to_their_lots_and_lift_no_others(counter: Counter) -> None:
    async with unit_of_work(counter.sessions) as session:
        member_id = (await make_member(session, id=new_id())).id
        soon = clock.now() + timedelta(days=5)
        await give_points(session, member_id, 6_000, source="soon", expires_at=soon)
        await give_points(session, member_id, 9_000, source="late")
    purse = Purse(member_id, new_id(), "")
    plan = await bought(counter, purse, POINTS_TENDER)
    assert await lots(counter, member_id) == [("soon", 0, False), ("late", 5_000, True)]
    await counter.refund(plan, Take(((Span(POT, 0, 1),),)), units=(Span(POT, 0, 1),))
    assert await lots(counter, member_id) == [("soon", 0, False), ("late", 8_800, True)]
    await counter.refund(plan, Take((tea(),)), units=tea())
    assert await lots(counter, member_id) == [("soon", 2_800, True), ("late", 9_000, True)]
    async with unit_of_work(counter.sessions) as session:
        await session.execute(
            text("UPDATE points_lots SET expires_at = :at WHERE source = 'soon'"), {"at": soon}
        )
    await counter.refund_all(plan)
    assert await lots(counter, member_id) == [
        ("soon", 2_800, False),
        ("late", 9_000, True),
        ("refund", 3_200, True),
    ]
    await settled(counter)


async def earn(counter: Counter, plan: PlanView, per_minor: int) -> int:
    command = payments.EarnPoints(
        order_id=plan.order_id,
        member_id=plan.member_id,
        currency="CNY",
        eligible_minor=9_800,
        per_minor=per_minor,
    )
    async with unit_of_work(counter.sessions) as session:
        return await payments.earn_points(session, command, terms=counter.terms)


async def debt(counter: Counter, member_id: UUID) -> int:
    async with unit_of_work(counter.sessions) as session:
        return sum(
            each["quantity"] for each in await payments.read_points_debts(session, member_id)
        )


async def test_inv_19_points_earned_go_and_what_was_spent_is_owed(counter: Counter) -> None:
    async with unit_of_work(counter.sessions) as session:
        member_id = (await make_member(session, id=new_id())).id
    plan = await bought(counter, Purse(member_id, new_id(), ""), GATEWAY)
    assert await earn(counter, plan, 100) == 98
    assert await earn(counter, plan, 100) == 98
    spend = payments.SpendPoints(member_id=member_id, quantity=60, source="x", currency="CNY")
    async with unit_of_work(counter.sessions) as session:
        await payments.spend_points(session, spend, terms=counter.terms)
    first = await counter.refund(plan, Take((tea(),)), units=tea())
    assert (first.points_clawed, first.points_owed) == (30, 0)
    rest = await counter.refund(plan, Take((tea(1),)), units=tea(1))
    assert (rest.points_clawed, rest.points_owed) == (30, 22)
    assert await debt(counter, member_id) == 22
    await settled(counter)
    async with unit_of_work(counter.sessions) as session:
        await give_points(session, member_id, 10)
    assert await debt(counter, member_id) == 12
    async with unit_of_work(counter.sessions) as session:
        await give_points(session, member_id, 20)
        found = await payments.read_points(session, member_id)
    assert (await debt(counter, member_id), found.available) == (0, 8)
    await counter.refund_all(plan)
    assert await debt(counter, member_id) == 38 - 8
    await settled(counter)


async def test_what_was_earned_otherwise_is_refused(counter: Counter, purse: Purse) -> None:
    plan = await bought(counter, purse, GATEWAY)
    await earn(counter, plan, 20_000)
    with pytest.raises(AlreadyExists):
        await earn(counter, plan, 30_000)
