"""`Idempotency-Key`: the work of a repeated request is done once, its answer repeated."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.json import canonical, dump_bytes
from app.routers.deps import SessionDep
from app.routers.routes import template
from app.services.system import idempotency
from app.services.system.idempotency import IdempotentRequest, StoredAnswer

KEY = re.compile(r'("?)([A-Za-z0-9_-]{1,64})\1')

Work: TypeAlias = Callable[[], Awaitable[tuple[int, Any]]]
"""Does the work and returns the status and body to answer with: an `Output` or plain data."""


class IdempotencyKeyMissing(DomainError):
    slug, title, title_zh = (
        "idempotency-key-missing",
        "Send an Idempotency-Key",
        "缺少 Idempotency-Key 请求头",
    )
    status = HTTPStatus.BAD_REQUEST


class IdempotencyKeyInvalid(DomainError):
    slug, title, title_zh = (
        "idempotency-key-invalid",
        "The Idempotency-Key is not acceptable",
        "Idempotency-Key 格式不正确",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Once:
    """A request with a key. Call it to do the work once, in one transaction.

    A refusal is not kept: the same key asks again. A use case of several transactions uses
    `request` and `idempotency.claim`/`store` itself, then `replay` or `answer`.
    """

    def __init__(self, key: str, route: str, fingerprint: str) -> None:
        self._key, self._route, self._fingerprint = key, route, fingerprint

    async def __call__(self, session: SessionDep, actor: Actor, work: Work) -> Response:
        """Answer with the outcome of `work`, or with the stored one of an earlier request."""
        request = self.request(actor)
        stored = await idempotency.claim(session, request)
        if stored is not None:
            return replay(stored)
        status, content = await work()
        answer = StoredAnswer(int(status), as_json(content))
        await idempotency.store(session, request, status=answer.status, body=answer.body)
        return respond(answer)

    def request(self, actor: Actor) -> IdempotentRequest:
        """The request as `claim` and `store` of the system services know it."""
        return IdempotentRequest(actor.principal, self._route, self._key, self._fingerprint)


def as_json(content: Any) -> bytes:
    if isinstance(content, BaseModel):
        return content.model_dump_json().encode()
    return b"" if content is None else dump_bytes(content)


def respond(answer: StoredAnswer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")


def replay(answer: StoredAnswer) -> Response:
    """The answer of an earlier request, marked as such."""
    response = respond(answer)
    response.headers["idempotency-replayed"] = "true"
    return response


async def get_once(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(description="1 to 64 of A-Z a-z 0-9 _ -, new for every new intention."),
    ] = None,
) -> Once:
    """Raise `IdempotencyKeyMissing` or `IdempotencyKeyInvalid` before any work starts."""
    if idempotency_key is None:
        raise IdempotencyKeyMissing("Repeat it to ask for the same thing again, safely")
    found = KEY.fullmatch(idempotency_key)
    if found is None or len(request.headers.getlist("idempotency-key")) > 1:
        raise IdempotencyKeyInvalid("Send one key of 1 to 64 of A-Z a-z 0-9 _ -")
    route = f"{request.method} {template(request.scope)}"
    return Once(found[2], route, await _fingerprint(request, route))


async def _fingerprint(request: Request, route: str) -> str:
    parsed = request.scope["state"].get("json")
    body = await request.body() if parsed is None else canonical(parsed)
    params = canonical({name: str(value) for name, value in request.path_params.items()})
    return hashlib.sha256(b"\n".join((route.encode(), params, body))).hexdigest()


OnceDep = Annotated[Once, Depends(get_once)]
