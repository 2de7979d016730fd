"""Rate limits per caller: token buckets, `RateLimit-*` headers, 429 with `Retry-After`."""

from dataclasses import dataclass

from fastapi import Request

from app.adapters.resources import Resources
from app.core.db import unit_of_work
from app.core.security.networks import network_of
from app.routers.deps import ResourcesDep
from app.services.system import limits


@dataclass(frozen=True)
class Limited:
    """A dependency that counts requests per address: `Depends(Limited("login", 10))`.

    `capacity` requests at once, refilled evenly over `per_seconds`. The count is committed before
    the endpoint starts, so a request that fails still counts.
    """

    name: str
    capacity: int
    per_seconds: int = 60

    async def __call__(self, request: Request, resources: ResourcesDep) -> None:
        ip = request.client.host if request.client else None
        await self.take(request, resources, network_of(ip))

    async def take(self, request: Request, resources: Resources, caller: str) -> None:
        """Count one request of `caller`: a network, a principal, a login name's hash.

        Raises `TooManyRequests`. Either way the answer carries `RateLimit-*` headers.
        """
        if not resources.settings.http.rate_limits_enabled:
            return
        key, refill = f"{self.name}:{caller}"[:160], self.capacity / self.per_seconds
        try:
            async with unit_of_work(resources.sessions) as session:
                left = await limits.take(session, key, self.capacity, refill)
        except limits.TooManyRequests as refusal:
            wait = refusal.retry_after_seconds or 1
            _tell(request, limits.Allowance(self.capacity, 0, wait))
            raise
        _tell(request, left)


def _tell(request: Request, left: limits.Allowance) -> None:
    """Have the edge add the headers, whatever the answer will be."""
    request.scope["state"]["headers"] = [
        (b"ratelimit-limit", str(left.capacity).encode()),
        (b"ratelimit-remaining", str(left.remaining).encode()),
        (b"ratelimit-reset", str(left.reset_seconds).encode()),
    ]
