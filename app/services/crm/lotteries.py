"""Keeping lotteries: drafted, edited, started, ended."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.crm import LotteryStatus, PrizeKind
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.lotteries import Lottery, LotteryPrize
from app.repositories.crm import LotteryRepository
from app.services import catalog, promotions, system
from app.services.crm.engine import WHOLE_PPM
from app.services.crm.errors import IllegalLotteryStatus, InvalidLottery

UNKNOWN = "There is no such lottery"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrizeTerms:
    """Won with `odds_ppm` in a million, as long as `stock` lasts; null never runs out."""

    name: str
    kind: PrizeKind
    odds_ppm: int
    stock: int | None = None
    points: int | None = None
    batch_id: UUID | None = None
    is_consolation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LotteryTerms:
    """A draw costs `points_cost`. Null limits and ends are none; days are the channel's."""

    name: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    points_cost: int = 0
    draws_per_day: int | None = None
    draws_per_member: int | None = None
    prizes: tuple[PrizeTerms, ...] = field(default=())

    def columns(self) -> dict[str, Any]:
        found = asdict(self)
        del found["prizes"]
        return found


@dataclass(frozen=True, slots=True)
class LotteryView:
    lottery: Lottery
    prizes: Sequence[Row[Any]]


async def create_lottery(
    session: AsyncSession, code: str, channel_id: UUID, terms: LotteryTerms, *, actor: Actor
) -> LotteryView:
    """Draft a lottery of a channel.

    Raises `InvalidLottery`, `InvalidReference` for an unknown channel or batch of prizes, and
    `AlreadyExists` for a code that is taken.
    """
    await _check(session, terms)
    channel = await catalog.channel(session, channel_id)
    row = Lottery(
        id=new_id(),
        code=code,
        channel_id=channel.id,
        status=LotteryStatus.DRAFT,
        version=1,
        **terms.columns(),
    )
    repository = LotteryRepository(session)
    repository.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AlreadyExists("The code is taken", field="code") from error
    await _put_prizes(session, row, terms)
    await _record(session, actor, "create", row, {"code": code})
    return await _view(session, row)


async def edit_lottery(
    session: AsyncSession, lottery_id: UUID, terms: LotteryTerms, *, version: int, actor: Actor
) -> LotteryView:
    """Replace the terms and prizes of a draft: what members were shown stays as it is.

    Raises `NotFound`, `StaleVersion`, `IllegalLotteryStatus`, `InvalidLottery` and
    `InvalidReference`.
    """
    row = await _locked(session, lottery_id, version, (LotteryStatus.DRAFT,))
    await _check(session, terms)
    for name, value in terms.columns().items():
        setattr(row, name, value)
    await LotteryRepository(session).drop_prizes(row.id)
    await _put_prizes(session, row, terms)
    await _moved(session, row)
    await _record(session, actor, "edit", row, {"prizes": len(terms.prizes)})
    return await _view(session, row)


async def activate_lottery(
    session: AsyncSession, lottery_id: UUID, *, version: int, actor: Actor
) -> LotteryView:
    """Open a draft to members, in its window.

    Raises `NotFound`, `StaleVersion` and `IllegalLotteryStatus`.
    """
    row = await _locked(session, lottery_id, version, (LotteryStatus.DRAFT,))
    return await _move(session, row, LotteryStatus.ACTIVE, actor)


async def end_lottery(
    session: AsyncSession, lottery_id: UUID, *, version: int, actor: Actor
) -> LotteryView:
    """End a lottery for good; a draw that is under way still counts.

    Raises `NotFound`, `StaleVersion` and `IllegalLotteryStatus` for one that has ended.
    """
    allowed = (LotteryStatus.DRAFT, LotteryStatus.ACTIVE)
    row = await _locked(session, lottery_id, version, allowed)
    return await _move(session, row, LotteryStatus.ENDED, actor)


async def get_lottery(session: AsyncSession, lottery_id: UUID) -> LotteryView:
    """One lottery as staff see it. Raises `NotFound`."""
    row = await LotteryRepository(session).get(lottery_id)
    if row is None:
        raise NotFound(UNKNOWN)
    return await _view(session, row)


async def list_lotteries(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[Lottery]:
    """Every channel's lotteries, newest first."""
    return await LotteryRepository(session).page(after=after, limit=limit)


async def _check(session: AsyncSession, terms: LotteryTerms) -> None:
    if errors := list(_faults(terms)):
        raise InvalidLottery("Correct what the errors point at", errors=errors)
    for batch_id in sorted({each.batch_id for each in terms.prizes if each.batch_id}):
        await promotions.check_prize_batch(session, batch_id)


def _faults(terms: LotteryTerms) -> Iterator[dict[str, str]]:
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        yield _fault("/ends_at", "must be after starts_at")
    if sum(each.odds_ppm for each in terms.prizes) != WHOLE_PPM:
        yield _fault("/prizes", f"the odds of all must sum to {WHOLE_PPM}")
    if sum(each.is_consolation for each in terms.prizes) != 1:
        yield _fault("/prizes", "one of them must be the consolation")
    for index, prize in enumerate(terms.prizes):
        if (prize.kind == PrizeKind.POINTS) != (prize.points is not None):
            yield _fault(f"/prizes/{index}/points", "is what a prize of kind points needs")
        if (prize.kind == PrizeKind.COUPON) != (prize.batch_id is not None):
            yield _fault(f"/prizes/{index}/batch_id", "is what a prize of kind coupon needs")
        if prize.is_consolation and (prize.kind != PrizeKind.NOTHING or prize.stock is not None):
            yield _fault(f"/prizes/{index}/is_consolation", "is for nothing, without a stock")


def _fault(pointer: str, message: str) -> dict[str, str]:
    return {"pointer": pointer, "code": "invalid-terms", "message": message}


async def _put_prizes(session: AsyncSession, row: Lottery, terms: LotteryTerms) -> None:
    LotteryRepository(session).add(
        *(
            LotteryPrize(id=new_id(), lottery_id=row.id, position=position, **asdict(each))
            for position, each in enumerate(terms.prizes)
        )
    )
    await session.flush()


async def _locked(
    session: AsyncSession, lottery_id: UUID, version: int, allowed: Sequence[LotteryStatus]
) -> Lottery:
    row = await LotteryRepository(session).get(lottery_id, lock=True)
    if row is None:
        raise NotFound(UNKNOWN)
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    if row.status not in allowed:
        raise IllegalLotteryStatus("It is too late for that", current=row.status)
    return row


async def _move(
    session: AsyncSession, row: Lottery, status: LotteryStatus, actor: Actor
) -> LotteryView:
    before, row.status = row.status, status
    await _moved(session, row)
    await _record(session, actor, "move", row, {"status": [before, status]})
    return await _view(session, row)


async def _moved(session: AsyncSession, row: Lottery) -> None:
    row.version += 1
    row.updated_at = now()
    await session.flush()


async def _record(
    session: AsyncSession, actor: Actor, verb: str, row: Lottery, changes: dict[str, Any]
) -> None:
    await system.record(session, actor, f"crm.{verb}_lottery", "lottery", row.id, changes)


async def _view(session: AsyncSession, row: Lottery) -> LotteryView:
    return LotteryView(row, await LotteryRepository(session).prizes([row.id]))
