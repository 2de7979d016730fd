"""What webhooks need of the outside world."""

from collections.abc import Mapping
from typing import Protocol

from app.core.enums.webhooks import AttemptError


class NotReached(Exception):
    """Nobody answered in time, or nobody may be asked there; `error` says what it was."""

    def __init__(self, error: AttemptError) -> None:
        super().__init__(error.value)
        self.error = error


class WebhookPort(Protocol):
    """Posts to addresses that merchants name. Called outside transactions only."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer, of which nothing else is read. Raises `NotReached`."""
        ...

    async def aclose(self) -> None: ...
