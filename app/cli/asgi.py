"""What uvicorn imports: one application per process, with resources of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.cli import build
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.main import create_app


def create() -> FastAPI:
    """The application as the environment configures it."""
    settings = Settings()
    configure_logging(settings.log_level)
    made = build.build(settings)
    app = create_app(made)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(serving: FastAPI) -> AsyncIterator[None]:
        async with inner(serving):
            yield
        await build.close(made)

    app.router.lifespan_context = lifespan
    return app
