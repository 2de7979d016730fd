"""Callers of the catalog endpoints."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.scopes import Scope
from tests.factories.staff import bearer, make_staff


@pytest.fixture
async def staff(session: AsyncSession, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client, signed in as somebody who keeps the catalog."""
    scopes = [Scope.CATALOG_READ, Scope.CATALOG_WRITE]
    headers = await bearer(session, await make_staff(session, scopes=scopes))
    await session.commit()
    client.headers.update(headers)
    return client


def match(response: httpx.Response) -> dict[str, str]:
    """Headers that name the version an answer had."""
    return {"If-Match": response.headers["etag"]}
