"""The table of which promotions share an order with which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidReference
from app.models.promotions import Promotion as PromotionRow
from app.repositories.promotions import PromotionRepository
from app.services import catalog
from app.services.promotions.candidates import rule_of
from app.services.promotions.engine import Promotion
from app.services.promotions.errors import TooManyPromotions
from app.services.promotions.groups import names_of
from app.services.promotions.sharing import Sharing, sharing

MATRIX_LIMIT: Final = 200
"""So many promotions make 19 900 pairs."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Promotions in order of stage and priority, and each pair of them once, by position.

    `groups` are those they are in, each with its name and description, if somebody gave it one, and
    the positions of its promotions.
    """

    rows: tuple[PromotionRow, ...]
    pairs: tuple[tuple[int, int, Sharing], ...]
    groups: Mapping[str, tuple[str | None, str | None, tuple[int, ...]]]


async def matrix_of(session: AsyncSession, promotion_ids: Sequence[UUID]) -> Matrix:
    """The table of the promotions named, whatever their status.

    Raises `TooManyPromotions`, and `InvalidReference` when one does not exist.
    """
    wanted = list(dict.fromkeys(promotion_ids))
    _refuse_beyond_limit(len(wanted))
    rows = await PromotionRepository(session).named(wanted)
    if len(rows) < len(wanted):
        known = {row.id for row in rows}
        missing = [str(each) for each in wanted if each not in known]
        raise InvalidReference("No such promotion", field="ids", ids=missing)
    return await _matrix(session, rows)


async def matrix_at(session: AsyncSession, channel_id: UUID | None, at: datetime | None) -> Matrix:
    """The table of what is started in a channel (null: the default one).

    With `at` what is open then, otherwise all whose window is not over: running or scheduled.
    Raises `TooManyPromotions` and `InvalidReference`.
    """
    channel = await catalog.channel(session, channel_id)
    rows = await PromotionRepository(session).started(
        channel_id=channel.id, currency=channel.currency, at=at, limit=MATRIX_LIMIT + 1
    )
    _refuse_beyond_limit(len(rows))
    return await _matrix(session, rows)


def engine_promotion(row: PromotionRow) -> Promotion | None:
    """What the rules of sharing look at; None when the engine refuses the rule."""
    rule = rule_of(row)
    if rule is None:
        return None
    return Promotion(
        id=str(row.id),
        name=row.name,
        stage=row.stage,
        rule=rule,
        priority=row.priority,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        channel_ids=frozenset(map(str, row.channel_ids)),
        currency=row.currency,
        needs_coupon=row.needs_coupon,
    )


def _refuse_beyond_limit(count: int) -> None:
    if count > MATRIX_LIMIT:
        raise TooManyPromotions(
            f"Name the promotions, at most {MATRIX_LIMIT}, or a time", limit=MATRIX_LIMIT
        )


async def _matrix(session: AsyncSession, rows: Sequence[PromotionRow]) -> Matrix:
    readable = [(row, each) for row in rows if (each := engine_promotion(row)) is not None]
    return Matrix(
        rows=tuple(row for row, _ in readable),
        pairs=tuple(
            (i, j, sharing(a, b))
            for (i, (_, a)), (j, (_, b)) in combinations(enumerate(readable), 2)
        ),
        groups=await _groups(session, [each for _, each in readable]),
    )


async def _groups(
    session: AsyncSession, promotions: Sequence[Promotion]
) -> Mapping[str, tuple[str | None, str | None, tuple[int, ...]]]:
    members: dict[str, list[int]] = {}
    for position, each in enumerate(promotions):
        for code in each.rule.stack.groups:
            members.setdefault(code, []).append(position)
    known = await names_of(session, sorted(members))
    return {
        code: (
            known[code].name if code in known else None,
            known[code].description if code in known else None,
            tuple(members[code]),
        )
        for code in sorted(members)
    }
