"""For load balancers and monitoring: alive, ready, counted."""

from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from app.core.errors import NotFound
from app.routers.declared import Router
from app.routers.deps import ResourcesDep
from app.routers.middleware import Metrics
from app.routers.readiness import Readiness
from app.services.system.health import Health

router = Router(include_in_schema=False)
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers. Says nothing about what it depends on."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The process can serve: 503 while it drains, or when the database is away or behind."""
    readiness: Readiness = request.app.state.readiness
    found = await readiness.check()
    checks: dict[str, Any] = {
        "draining": readiness.is_draining,
        "database": found is not None,
        "migrated": found is not None and found.is_migrated,
        "outbox_lag_seconds": found.outbox_lag_seconds if found else None,
    }
    is_ready = not readiness.is_draining and found is not None and found.is_migrated
    if is_ready:
        return JSONResponse({"status": "ready", **checks})
    return JSONResponse({"status": "not-ready", **checks}, 503, headers={"retry-after": "5"})


@router.get("/metrics")
async def metrics(request: Request, resources: ResourcesDep) -> Response:
    """Counters of this process in Prometheus' text format; 404 where they are switched off."""
    if not resources.settings.http.metrics_enabled:
        raise NotFound("There is nothing at this address")
    counters: Metrics = request.app.state.metrics
    readiness: Readiness = request.app.state.readiness
    pools = {id(each): each for each in (resources.sessions, resources.readers)}
    in_use = sum(_in_use(each.kw.get("bind")) for each in pools.values())
    _gauge(counters, await readiness.check(), in_use)
    return Response(counters.render(), headers={"content-type": METRICS_TYPE})


def _gauge(counters: Metrics, found: Health | None, in_use: int) -> None:
    counters.pool_in_use.set(in_use)
    if found is not None:
        counters.outbox_lag.set(found.outbox_lag_seconds)
        counters.outbox_parked.set(found.outbox_parked)


def _in_use(bind: Any) -> int:
    """Connections lent out; 0 for a bind without a pool."""
    lent = getattr(getattr(bind, "pool", None), "checkedout", None)
    return int(lent()) if callable(lent) else 0
