"""What modules declare their endpoints on: nothing is built until the application is composed.

The framework would read every signature and build every validator when a module is imported, and
again when the endpoint is put at its whole path; the first are never used.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute


class Declared(APIRoute):
    """An endpoint to be: its path below its section, and what else was said of it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        self.path, self.endpoint, self.said = path, endpoint, said


class Router(APIRouter):
    """The framework's router, for declaring only; `composition` makes endpoints of it."""

    def __init__(self, *, prefix: str = "", tags: list[Any] | None = None, **said: Any) -> None:
        super().__init__(prefix=prefix, tags=tags, route_class=Declared, **said)
