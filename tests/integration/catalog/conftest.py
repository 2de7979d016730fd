"""Callers of the catalog endpoints, and two processes that show one shop."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import build_sessions
from app.core.enums.scopes import Scope
from app.main import Resources, create_app
from tests.app import application, http_client
from tests.factories.shop import make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.catalog.town import Town


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


def another_app(resources: Resources) -> FastAPI:
    return create_app(resources)


@pytest.fixture
async def town(settings, fresh_engine, readers, messages):
    sessions = build_sessions(fresh_engine)
    async with sessions.begin() as session:
        shop = await make_shop(session)
    clients = []
    for build in (create_app, another_app):
        resources = Resources(
            settings=settings, sessions=sessions, readers=readers, messages=messages, gateways={}
        )
        clients.append(http_client(application(resources, build)))
    yield Town(shop, sessions, clients)
    for each in clients:
        await each.aclose()
