"""Application factory: the only place where everything meets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.adapters.resources import Resources
from app.routers import problems
from app.routers.audiences import SECTIONS, UNPUBLISHED, Section
from app.routers.composition import compose
from app.routers.dispatch import Dispatcher
from app.routers.middleware import Edge, Metrics
from app.routers.readiness import Readiness
from app.routers.routes import endpoints

__all__ = ["Resources", "create_app"]


def create_app(resources: Resources, sections: tuple[Section, ...] = SECTIONS) -> FastAPI:
    """The application over `resources`, which the caller built and closes."""
    app = FastAPI(
        title="Stoa",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        lifespan=_lifespan,
    )
    app.state.resources = resources
    app.state.metrics = Metrics()
    app.state.readiness = Readiness(resources.settings.database)
    problems.install(app)
    for section in (UNPUBLISHED, *sections):
        compose(app, section)
    app.router.middleware_stack = Dispatcher(app.router.middleware_stack, endpoints(app))
    app.add_middleware(Edge, settings=resources.settings.http, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    readiness: Readiness = app.state.readiness
    try:
        yield
    finally:
        readiness.drain()
        await readiness.close()
