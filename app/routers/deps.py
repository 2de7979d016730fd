"""What endpoints may ask for: a transaction, the application's resources, a page."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.resources import Resources
from app.core.db import unit_of_work
from app.routers.pages import KeysetDep, KeysetQuery, PageDep, PageQuery, Position

__all__ = [
    "ClientIpDep",
    "KeysetDep",
    "KeysetQuery",
    "PageDep",
    "PageQuery",
    "Position",
    "ReaderDep",
    "Resources",
    "ResourcesDep",
    "SessionDep",
]


def resources_of(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


async def get_resources(request: Request) -> Resources:
    return resources_of(request)


ResourcesDep = Annotated[Resources, Depends(get_resources)]


async def get_client_ip(request: Request) -> str | None:
    return request.client.host if request.client else None


ClientIpDep = Annotated[str | None, Depends(get_client_ip)]
"""The address the request came from, as the trusted proxy says."""


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with unit_of_work(resources_of(request).sessions) as session:
        yield session


async def get_reader(request: Request) -> AsyncIterator[AsyncSession]:
    session = resources_of(request).readers()
    try:
        yield session
    finally:
        # `async with` would close it in a task of its own, lest a cancelled request interrupt a
        # ROLLBACK; a reader sends none.
        await session.close()


# `scope="function"` commits before the response is sent. FastAPI's default would commit after it,
# and a client could act on a 201 that then fails to commit.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
"""One transaction for the whole request, committed before the answer leaves."""

ReaderDep = Annotated[AsyncSession, Depends(get_reader, scope="function")]
"""A session in which PostgreSQL refuses writes, for GET endpoints."""
