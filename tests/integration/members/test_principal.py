"""The log names who asked."""

from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.members import bearer, make_guest


async def test_the_edge_knows_who_asked(app: FastAPI, session: AsyncSession) -> None:
    """It writes the log line after the answer, from the state of the request."""
    guest = await make_guest(session)
    headers = await bearer(session, guest)
    principals: list[str | None] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        principals.append(scope["state"].get("principal"))

    transport = httpx.ASGITransport(watched)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for sent in (headers, {}):
            await client.get("/api/v1/me", headers=sent)
            await client.get("/api/v1/admin/staff", headers=sent)
    assert principals == [f"storefront:{guest.id}", None, None, None]
