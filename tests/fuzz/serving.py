"""A running server, and somebody of each audience to call it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from app.adapters.gateways import SANDBOX
from app.adapters.sandbox import SandboxGateway
from app.cli.protocol import Protocol
from app.core.actor import Audience
from app.core.db import build_engine, build_sessions, read_only
from app.core.enums.scopes import Scope
from app.core.settings import DatabaseSettings, HttpSettings, Settings, TokenSettings
from app.main import Resources, create_app
from tests.app import Outbox
from tests.conftest import patient
from tests.factories.members import make_member
from tests.factories.merchants import bearer, make_api_key, make_merchant
from tests.factories.sessions import make_login
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff

Headers = dict[str, str]
ALL_DAY = TokenSettings(access_seconds=86_400)


@dataclass(frozen=True)
class Target:
    """Where the server listens, and the headers of a caller per audience."""

    url: str
    headers: dict[str, Headers]


async def make_callers(database_url: str) -> dict[str, Headers]:
    """A shop, and who may do everything there."""
    engine = build_engine(DatabaseSettings(url=database_url))
    async with build_sessions(engine).begin() as session:
        await make_shop(session)
        member = await make_member(session)
        staff = await make_staff(session, scopes=tuple(Scope))
        merchant = await make_merchant(session)
        key = await make_api_key(session, merchant_id=merchant.id, scopes=tuple(Scope))
        shopper = await make_login(session, Audience.STOREFRONT, member.id, tokens=ALL_DAY)
        clerk = await make_login(session, Audience.ADMIN, staff.id, tokens=ALL_DAY)
        headers = {
            "storefront": shopper.headers,
            "admin": clerk.headers,
            "merchant": bearer(key),
        }
    await engine.dispose()
    return headers


@contextmanager
def serving(settings: Settings, **options: Any) -> Iterator[str]:
    """The service in a thread with a loop of its own, spoken to over a real socket."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server: list[uvicorn.Server] = []

        async def serve() -> None:
            engine = build_engine(settings.database)
            app = create_app(
                Resources(
                    settings=settings,
                    sessions=build_sessions(engine),
                    readers=read_only(engine),
                    messages=Outbox(),
                    gateways={SANDBOX: SandboxGateway(settings, engine=engine)},
                )
            )
            options.setdefault("http", Protocol)
            config = uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", **options
            )
            server.append(uvicorn.Server(config))
            await server[0].serve(sockets=[listener])
            await engine.dispose()

        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        while not (server and server[0].started):
            thread.join(0.05)
            assert thread.is_alive(), "the server did not start"
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server[0].should_exit = True
            thread.join()


def without_limits(database_url: str) -> Settings:
    return Settings(
        database=patient(database_url),
        http=HttpSettings(rate_limits_enabled=False),
    )
