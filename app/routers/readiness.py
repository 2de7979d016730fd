"""Whether this process should get requests."""

import asyncio
from dataclasses import dataclass

import structlog

from app.core.db import Sessions, build_engine, build_sessions
from app.core.settings import DatabaseSettings
from app.services.system import health
from app.services.system.health import Health

log = structlog.get_logger()


@dataclass
class Readiness:
    """Asks the database over a connection of its own, so that a full pool is not mistaken for it.

    `drain()` makes `/readyz` fail while requests under way finish.
    """

    settings: DatabaseSettings
    sessions: Sessions | None = None
    patience_seconds: float = 1.0
    is_draining: bool = False

    def drain(self) -> None:
        self.is_draining = True

    async def check(self) -> Health | None:
        """What the database says, or None when it does not answer in time."""
        try:
            async with asyncio.timeout(self.patience_seconds), self._own()() as session:
                return await health.check(session)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not ready
            log.warning("not_ready", error=type(error).__name__)
            return None

    def _own(self) -> Sessions:
        if self.sessions is None:
            self.sessions = build_sessions(build_engine(self.settings, pool_size=1))
        return self.sessions

    async def close(self) -> None:
        if self.sessions is not None:
            await self.sessions.kw["bind"].dispose()
            self.sessions = None
