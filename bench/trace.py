"""What the service sends to PostgreSQL for one request, read off its own engine."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import Connection, Engine, event

from app.cli.build import resources
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.main import create_app
from bench.substitution import Sent

BOUNDARIES = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})


@dataclass(slots=True)
class Recorder:
    """Collects what every engine of this process sends, the sandbox gateway's included."""

    sent: list[Sent] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        heard: dict[str, Callable[..., None]] = {
            "begin": lambda connection: self._bound(connection, "BEGIN"),
            "commit": lambda connection: self._bound(connection, "COMMIT"),
            "rollback": lambda connection: self._bound(connection, "ROLLBACK"),
            "before_cursor_execute": self._execute,
        }
        for name, hear in heard.items():
            event.listen(Engine, name, hear)
        try:
            yield
        finally:
            for name, hear in heard.items():
                event.remove(Engine, name, hear)

    def _bound(self, connection: Connection, sql: str) -> None:
        """The event is heard without a transaction too; then nothing goes to the server."""
        if not connection.dialect.detect_autocommit_setting(connection.connection.dbapi_connection):
            self.sent.append(Sent(sql))

    def _execute(
        self, _: Connection, __: Any, statement: str, parameters: Any, ___: Any, many: bool
    ) -> None:
        for each in parameters if many else [parameters]:
            self.sent.append(Sent(statement, tuple(each)))

    def take(self) -> list[Sent]:
        """What was sent since the last time."""
        taken, self.sent = self.sent, []
        return taken


@dataclass(frozen=True, slots=True)
class TracedService:
    """The service inside this process; nothing but its statements is measured here."""

    client: httpx.AsyncClient
    recorder: Recorder

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, body: Any = None
    ) -> tuple[httpx.Response, list[Sent]]:
        """The answer and the statements behind it. Raises for an answer that is an error."""
        return await self._asked(method, path, headers=headers, json=body)

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: str
    ) -> tuple[httpx.Response, list[Sent]]:
        """The same with the bytes of its JSON as they are."""
        typed = {"content-type": "application/json", **headers}
        return await self._asked(method, path, headers=typed, content=body)

    async def _asked(
        self, method: str, path: str, **said: Any
    ) -> tuple[httpx.Response, list[Sent]]:
        self.recorder.take()
        answer = await self.client.request(method, path, **said)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer, self.recorder.take()


@asynccontextmanager
async def traced(settings: Settings) -> AsyncIterator[TracedService]:
    configure_logging("warning")
    async with resources(settings) as made:
        recorder = Recorder()
        transport = httpx.ASGITransport(create_app(made), raise_app_exceptions=False)
        with recorder.listening():
            async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
                yield TracedService(client, recorder)


def essential(sent: list[Sent]) -> list[Sent]:
    """The statements, with `BEGIN` and `COMMIT` kept only around what was committed together.

    A transaction that was rolled back only read, and a reader needs no transaction for one
    statement; so a ceiling does without its `BEGIN` and `ROLLBACK`.
    """
    kept: list[Sent] = []
    begun: int | None = None
    for each in sent:
        if each.sql == "BEGIN":
            begun = len(kept)
            kept.append(each)
        elif each.sql == "ROLLBACK":
            if begun is not None:
                del kept[begun]
            begun = None
        elif each.sql == "COMMIT":
            begun = None
            kept.append(each)
        else:
            kept.append(each)
    return kept


def statements(sent: list[Sent]) -> int:
    return sum(each.sql not in BOUNDARIES for each in sent)
