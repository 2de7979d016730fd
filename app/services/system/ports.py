"""What the platform needs of the outside world."""

from typing import Protocol


class MessagePort(Protocol):
    """Sends short texts to people. Called outside transactions only."""

    async def send(self, *, destination: str, kind: str, text: str) -> None:
        """Deliver `text` to a phone number or mail address; `kind` names the template family."""
        ...
