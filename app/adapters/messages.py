"""Messages without a provider: printed in development, dropped in production."""

import sys
from dataclasses import dataclass
from typing import Final, TextIO

import structlog
from typing_extensions import override

from app.services.system.ports import MessagePort

log: Final = structlog.get_logger()


@dataclass(frozen=True)
class ConsoleMessages(MessagePort):
    """Prints what would be sent, codes included, so it is for development only.

    It writes to `stream` (standard error unless told otherwise) and never to the log, whose lines
    are kept and collected.
    """

    stream: TextIO | None = None

    @override
    async def send(self, *, destination: str, kind: str, text: str) -> None:
        print(f"[{kind}] to {destination}: {text}", file=self.stream or sys.stderr, flush=True)


@dataclass(frozen=True)
class NoMessages(MessagePort):
    """Sends nothing and says so: for production until a provider is set up."""

    @override
    async def send(self, *, destination: str, kind: str, text: str) -> None:
        log.warning("message_not_sent", name=kind)
