"""The tiny application and a client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.main import Resources
from tests.app import application, http_client
from tests.contract.tiny import tiny_app


@pytest.fixture
def tiny(resources: Resources) -> FastAPI:
    app = application(resources, tiny_app)
    app.state.runs, app.state.statements, app.state.errors = [], {}, {}
    return app


@pytest.fixture
async def things(tiny: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(tiny) as client:
        yield client
