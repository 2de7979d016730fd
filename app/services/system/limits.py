"""Token buckets in PostgreSQL: one atomic statement per request, shared by every process."""

import math
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import DomainError
from app.repositories.system.limits import LimitRepository


class TooManyRequests(DomainError):
    slug, title, title_zh = "too-many-requests", "Slow down", "请求过于频繁"
    status = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a bucket: whole requests, and seconds until it is full again."""

    capacity: int
    remaining: int
    reset_seconds: int


async def take(
    session: AsyncSession, key: str, capacity: int, refill_per_second: float, cost: int = 1
) -> Allowance:
    """Take `cost` tokens from the bucket `key`, or raise `TooManyRequests` and take none.

    `session` is a transaction of its own: the attempt counts even if the request then fails.
    """
    buckets = LimitRepository(session)
    left = await buckets.take(key, capacity, refill_per_second, cost)
    if left is None:
        held = await buckets.held(key, capacity, refill_per_second)
        wait = max(1, math.ceil((cost - held) / refill_per_second))
        raise TooManyRequests(
            "The limit for this caller is used up",
            retry_after_seconds=wait,
            limit=capacity,
            remaining=max(0, int(held)),
        )
    return Allowance(capacity, int(left), math.ceil((capacity - left) / refill_per_second))


async def sweep(session: AsyncSession) -> int:
    """Remove buckets nobody touched for a day; they are full again."""
    return await LimitRepository(session).sweep()
