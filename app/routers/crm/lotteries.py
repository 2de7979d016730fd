"""Lotteries, as shoppers see them and draw in them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import InvalidReference, NotFound
from app.routers.catalog.browse import ChannelDep
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.idempotency import OnceDep
from app.routers.identity import ShopperDep, SignedInDep
from app.routers.problems import problems
from app.schemas.lotteries import DrawOut, ShownLotteryOut
from app.services import catalog, crm, payments, system

router = Router(prefix="/lotteries", tags=["growth"])


@router.get("/{lottery_id}", responses=problems(NotFound, InvalidReference))
async def show_lottery(
    lottery_id: UUID, channel: ChannelDep, shopper: ShopperDep, session: ReaderDep
) -> ShownLotteryOut:
    """A lottery of the channel: its prizes, what is left of them, and your draws left."""
    facts = await catalog.channel(session, channel)
    member_id = shopper.id if shopper else None
    shown = await crm.show_lottery(session, facts, lottery_id, member_id=member_id)
    return ShownLotteryOut.of(shown)


@router.post(
    "/{lottery_id}/draws",
    status_code=HTTPStatus.CREATED,
    response_model=DrawOut,
    responses=problems(
        NotFound,
        InvalidReference,
        crm.LotteryNotOpen,
        crm.DrawsUsedUp,
        payments.PointsMissing,
        system.IdempotencyInProgress,
        system.IdempotencyKeyReused,
    ),
)
async def draw_in_lottery(
    lottery_id: UUID,
    channel: ChannelDep,
    member: SignedInDep,
    once: OnceDep,
    resources: ResourcesDep,
    session: SessionDep,
) -> Response:
    """Draw once: what it costs is taken, and what you win is yours at once.

    A prize that is gone is the consolation instead, and `is_fallback` says so.
    """
    terms = payments.PaymentTerms.of(resources.settings)

    async def work() -> tuple[int, DrawOut]:
        facts = await catalog.channel(session, channel)
        row = await crm.draw(session, facts, lottery_id, member_id=member.id, terms=terms)
        return HTTPStatus.CREATED, DrawOut.model_validate(row)

    return await once(session, member, work)
