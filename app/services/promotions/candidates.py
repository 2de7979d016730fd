"""From rows to candidates of the engine."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.members import MemberKind
from app.core.enums.promotions import CouponState, PromotionStatus
from app.core.errors import InvalidReference
from app.repositories.promotions import CandidateRepository
from app.services.catalog import ChannelFacts
from app.services.promotions.engine import (
    UNLIMITED,
    Coupon,
    Customer,
    InvalidConfig,
    Promotion,
    Quota,
    Rule,
    parse_rule,
)

CONFIG = ("scope", "condition", "action", "stack", "limits")
"""The JSON columns that make up a rule."""

_PARSED: Final[dict[tuple[UUID, int], Rule]] = {}
_MADE: Final[dict[tuple[UUID, int, str, bool], Promotion]] = {}
_MOST: Final = 4_096
"""Of each, in every process."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Promotions worth explaining to this buyer, coupons included, read at `at`."""

    promotions: tuple[Promotion, ...]
    customer: Customer
    codes: frozenset[str]
    at: datetime


async def load_candidates(
    session: AsyncSession,
    *,
    channel: ChannelFacts,
    member_id: UUID | None,
    codes: Sequence[str] = (),
    also: Sequence[UUID] = (),
    at: datetime | None = None,
) -> Candidates:
    """Read in one statement what may apply in a channel now, by the database's clock.

    Promotions by coupon come in only with a coupon of `codes` that is the member's or nobody's.
    `also` names promotions to try as if they ran, whatever their state. Raises `InvalidReference`
    naming those that do not exist.
    """
    rows = await CandidateRepository(session).read(
        channel_id=channel.id,
        currency=channel.currency,
        member_id=member_id,
        codes=codes,
        also=also,
        at=at,
    )
    tried = frozenset(also)
    if unknown := tried - {row.id for row in rows}:
        raise InvalidReference(
            "No such promotion", field="promotions", ids=sorted(map(str, unknown))
        )
    found = (_promotion(row, is_tried=row.id in tried) for row in rows if row.id is not None)
    return Candidates(
        promotions=tuple(each for each in found if each is not None),
        customer=_customer(rows[0], member_id),
        codes=frozenset(row.coupon_code for row in rows if row.coupon_code is not None),
        at=rows[0].at,
    )


def rule_of(row: Any) -> Rule | None:
    """The parsed rule of a row; None, and an entry in the log, when the engine refuses it.

    A rule is parsed once for each version of its promotion in every process.
    """
    key = (row.id, row.version)
    rule = _PARSED.get(key)
    if rule is None:
        try:
            rule = parse_rule(row.stage, config_of(row))
        except InvalidConfig:
            logger.exception("promotion %s is left out: its rule cannot be read", row.id)
            return None
        if len(_PARSED) >= _MOST:
            _PARSED.clear()
        _PARSED[key] = rule
    return rule


def config_of(row: Any) -> Mapping[str, Any]:
    """The rule's configuration from JSON text or plain columns; empty members are left out."""
    config: dict[str, Any] = {}
    for name in CONFIG:
        value = getattr(row, name)
        read = orjson.loads(value) if isinstance(value, str) else value
        if read:
            config[name] = read
    return config


def _promotion(row: Any, *, is_tried: bool) -> Promotion | None:
    """With what is left of it now; all else is made once for each version and state."""
    key = (row.id, row.version, row.status, is_tried)
    made = _MADE.get(key)
    if made is None:
        made = _made(row, is_tried=is_tried)
        if made is None:
            return None
        if len(_MADE) >= _MOST:
            _MADE.clear()
        _MADE[key] = made
    quota = _quota(row)
    if row.coupon_id is None:
        return made if quota is UNLIMITED else replace(made, quota=quota)
    return replace(made, quota=quota, coupon=_coupon(row))


def _made(row: Any, *, is_tried: bool) -> Promotion | None:
    rule = rule_of(row)
    if rule is None:
        return None
    return Promotion(
        id=str(row.id),
        name=row.name,
        stage=row.stage,
        rule=rule,
        priority=row.priority,
        is_active=is_tried or row.status == PromotionStatus.RUNNING,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        channel_ids=frozenset(map(str, row.channel_ids)),
        currency=row.currency,
        needs_coupon=row.needs_coupon,
    )


def _quota(row: Any) -> Quota:
    """Of the member's limits, in all and per day, the one that stands in the way, if any."""
    most, uses = row.uses_per_member, row.member_uses
    daily, today = row.uses_per_member_per_day, row.member_day_uses
    if daily is not None and (most is None or daily - today < most - uses):
        most, uses = daily, today
    left, budget = row.remaining_uses, row.remaining_budget_minor
    if left is budget is most is None:
        return UNLIMITED
    return Quota(
        remaining_uses=left,
        remaining_budget_minor=budget,
        uses_per_customer=most,
        customer_uses=uses,
    )


def _coupon(row: Any) -> Coupon:
    return Coupon(
        id=str(row.coupon_id),
        code=row.coupon_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        is_available=row.coupon_state == CouponState.AVAILABLE,
    )


def _customer(row: Any, member_id: UUID | None) -> Customer:
    """Limits per customer count members; a guest is nobody in particular."""
    if member_id is None or row.member_kind != MemberKind.MEMBER:
        return Customer()
    return Customer(
        id=str(member_id),
        tags=frozenset((row.tier,)) if row.tier else frozenset(),
        tier=row.tier,
        orders_count=row.orders_count,
    )
