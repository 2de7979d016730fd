"""Daily check-ins of a member."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from app.core.errors import InvalidReference, NotFound
from app.routers.catalog.browse import ChannelDep
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import SignedInDep
from app.routers.limits import Limited
from app.routers.problems import problems
from app.schemas.check_ins import CheckedInOut, CheckInCalendarOut
from app.services import catalog, crm, payments, system

router = Router(prefix="/me/check-ins", tags=["me"])

MonthParam = Annotated[
    date | None, Query(description="Any day of the month wanted; this month without it.")
]


@router.post(
    "",
    dependencies=[Depends(Limited("check-in", 20))],
    responses=problems(NotFound, InvalidReference, system.TooManyRequests),
)
async def check_in(
    channel: ChannelDep, member: SignedInDep, resources: ResourcesDep, session: SessionDep
) -> CheckedInOut:
    """Come by today and get the points of the day. Doing so again changes nothing."""
    facts = await catalog.channel(session, channel)
    terms = payments.PaymentTerms.of(resources.settings)
    found = await crm.check_in(session, facts, member_id=member.id, terms=terms)
    return CheckedInOut.model_validate(found)


@router.get("", responses=problems(NotFound, InvalidReference))
async def get_check_ins(
    channel: ChannelDep, member: SignedInDep, session: ReaderDep, month_on: MonthParam = None
) -> CheckInCalendarOut:
    """The days you came in a month, your streak, and what comes next."""
    facts = await catalog.channel(session, channel)
    shown = await crm.calendar(session, facts, member_id=member.id, month_on=month_on)
    return CheckInCalendarOut.model_validate(shown)
