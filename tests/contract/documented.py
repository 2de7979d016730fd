"""Every answer any test sees must be one the contract declares."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.routers.contract import audience_of
from app.routers.problems.document import PROBLEM_JSON, Problem

PROBLEM = PROBLEM_JSON.encode()
EXPORTED = Path(__file__).parents[2] / "openapi"


@cache
def exported() -> tuple[Mapping[str, Any], ...]:
    """The contracts as `make openapi` wrote them; another test sees that they are current.

    To describe the application anew takes as long as a hundred tests, and each worker needs it.
    """
    return tuple(json.loads(each.read_bytes()) for each in sorted(EXPORTED.glob("*.json")))


def documented(app: FastAPI, documents: Iterable[Mapping[str, Any]] | None = None) -> ASGIApp:
    """Wrap `app` so that an undeclared status, or a problem of another shape, fails the test.

    `documents` say what is declared: those that are exported, unless the app is another one. Paths
    outside of them, such as webhooks, may answer as they like; so may verbs and paths nobody
    declares, with 404 and 405 and refusals of the request itself.
    """
    operations = [
        (re.compile(re.sub(r"{[^}]+}", "[^/]+", path)), verb.upper(), operation["responses"])
        for document in (exported() if documents is None else documents)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    ]

    def check(scope: Scope, status: str) -> None:
        verb, path = scope["method"], scope["path"]
        declared = [r for p, v, r in operations if v == verb and p.fullmatch(path)]
        if declared and audience_of(path) is not None:
            assert any(status in r for r in declared), f"{verb} {path}: undeclared {status}"
        else:
            assert status != "500", f"{verb} {path}: {status}"

    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        problem: bytearray | None = None

        async def inspect(message: Message) -> None:
            nonlocal problem
            if message["type"] == "http.response.start":
                check(scope, str(message["status"]))
                is_problem = (b"content-type", PROBLEM) in message["headers"]
                problem = bytearray() if is_problem else None
            elif problem is not None:
                problem += message.get("body", b"")
                if problem and not message.get("more_body"):
                    Problem.model_validate_json(problem)
            await send(message)

        await app(scope, receive, inspect)

    return checked
