"""A promotion as shoppers are invited to it: what it is, how long, and which goods."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.promotions import ActivityState, PromotionStatus
from app.core.errors import NotFound
from app.repositories.promotions import RunningRepository
from app.services.catalog import ChannelFacts, GoodsFilter
from app.services.promotions.candidates import config_of, rule_of
from app.services.promotions.goods import goods_of


@dataclass(frozen=True, slots=True)
class Activity:
    """A promotion that was started, or is over. `at` is the database's clock, for countdowns.

    `goods` lets through what it looks at; the rest is as a product page tells of it.
    """

    promotion_id: UUID
    code: str
    name: str
    stage: str
    kind: str
    needs_coupon: bool
    state: ActivityState
    starts_at: datetime | None
    ends_at: datetime | None
    at: datetime
    action: Mapping[str, Any]
    conditions: tuple[Mapping[str, Any], ...]
    goods: tuple[GoodsFilter, ...]


async def activity(session: AsyncSession, code: str, *, channel: ChannelFacts) -> Activity:
    """The activity of a channel by its promotion's code. One statement.

    Raises `NotFound` for a promotion of other channels and for one that nobody started.
    """
    row = await RunningRepository(session).activity(
        code, channel_id=channel.id, currency=channel.currency
    )
    rule = rule_of(row) if row is not None else None
    if rule is None:
        raise NotFound("No such activity")
    config = config_of(row)
    return Activity(
        promotion_id=row.id,
        code=row.code,
        name=row.name,
        stage=row.stage,
        kind=config["action"]["type"],
        needs_coupon=row.needs_coupon,
        state=_state(row),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        at=row.at,
        action=config["action"],
        conditions=tuple(config.get("condition", {}).get("all", ())),
        goods=goods_of(rule),
    )


def _state(row: Any) -> ActivityState:
    if row.status == PromotionStatus.ENDED or (row.ends_at is not None and row.ends_at <= row.at):
        return ActivityState.ENDED
    if row.starts_at is not None and row.at < row.starts_at:
        return ActivityState.UPCOMING
    if any(each is not None and each <= 0 for each in (row.remaining_uses, _budget(row))):
        return ActivityState.SOLD_OUT
    return ActivityState.RUNNING


def _budget(row: Any) -> int | None:
    left: int | None = row.remaining_budget_minor
    return left
