"""What comes of doing something, tried and undone: the cells of a table of states and actions."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import DomainError

Work = Callable[[], Awaitable[Any]]


class _Undone(Exception):
    pass


async def outcome(session: AsyncSession, work: Work) -> str | None:
    """The problem it ends with, or None; nothing of it stays."""
    told = None
    with contextlib.suppress(_Undone):
        async with session.begin_nested():
            await session.connection()  # else what other sessions do first would stay
            try:
                await work()
            except DomainError as refused:
                told = refused.slug
            raise _Undone
    return told


async def ends(session: AsyncSession, work: Work, look: Work) -> Any:
    """The problem it ends with, or how things stand after it; nothing of it stays."""
    stands: list[Any] = []

    async def work_and_look() -> None:
        await work()
        stands.append(await look())

    return await outcome(session, work_and_look) or stands[0]


async def answers(session: AsyncSession, verbs: Mapping[str, Work], look: Work) -> dict[str, Any]:
    """What each of the actions ends with, all from where things stand now."""
    return {name: await ends(session, work, look) for name, work in verbs.items()}
