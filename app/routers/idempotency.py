"""`Idempotency-Key`: the work of a repeated request is done once, its answer repeated."""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.json import canonical, dump_bytes
from app.routers.deps import SessionDep, resources_of
from app.routers.problems.database import FAILURES, database_problem
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

    A refusal is not kept: the same key asks again. A use case of several transactions uses `claim`
    and `store` itself, then `replay` or `respond`.
    """

    def __init__(self, key: str, route: str, fingerprint: str) -> None:
        self._key, self._route, self._fingerprint = key, route, fingerprint
        self._request: IdempotentRequest | None = None
        self._is_begun = False

    async def __call__(self, session: SessionDep, actor: Actor, work: Work) -> Response:
        """Answer with the outcome of `work`, or with the stored one of an earlier request."""
        stored = await self.claim(session, actor)
        if stored is not None:
            return replay(stored)
        status, content = await work()
        answer = StoredAnswer(int(status), as_json(content))
        await self.store(session, status=answer.status, body=answer.body)
        return respond(answer)

    async def claim(self, session: SessionDep, actor: Actor) -> StoredAnswer | None:
        """The answer the actor had for this key, or None when the work is to be done now."""
        self._request = IdempotentRequest(
            actor.principal, self._route, self._key, self._fingerprint
        )
        stored = await idempotency.claim(session, self._request)
        self._is_begun = stored is None
        return stored

    async def store(self, session: SessionDep, *, status: int, body: bytes) -> None:
        """Keep the answer of what was claimed, in the transaction that did the last of it."""
        if self._request is None:
            raise RuntimeError("Nothing was claimed")
        await idempotency.store(session, self._request, status=status, body=body)
        self._is_begun = False

    async def require_unanswered(self, request: Request) -> None:
        """Raise `IdempotencyInProgress` where a repeat did the work while this one was at it.

        A claim may not see what was committed while it was made (`IdempotencyRepository.claim`).
        The work then meets what is done already and is refused, of which its caller must not hear.
        """
        if self._request is None or not self._is_begun:
            return
        session = resources_of(request).readers()
        try:
            await idempotency.require_unanswered(session, self._request)
        finally:
            await session.close()


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
) -> AsyncIterator[Once]:
    """Raise `IdempotencyKeyMissing` or `IdempotencyKeyInvalid` before any work starts."""
    if idempotency_key is None:
        raise IdempotencyKeyMissing("Repeat it to ask for the same thing again, safely")
    found = KEY.fullmatch(idempotency_key)
    if found is None or len(request.headers.getlist("idempotency-key")) > 1:
        raise IdempotencyKeyInvalid("Send one key of 1 to 64 of A-Z a-z 0-9 _ -")
    route = f"{request.method} {template(request.scope)}"
    once = Once(found[2], route, await _fingerprint(request, route))
    try:
        yield once
    except (DomainError, *FAILURES) as error:
        refusal = error if isinstance(error, DomainError) else database_problem(error)
        if refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR:  # else it is asked again anyway
            await once.require_unanswered(request)
        raise


async def _fingerprint(request: Request, route: str) -> str:
    parsed = request.scope["state"].get("json")
    body = await request.body() if parsed is None else canonical(parsed)
    params = canonical({name: str(value) for name, value in request.path_params.items()})
    return hashlib.sha256(b"\n".join((route.encode(), params, body))).hexdigest()


OnceDep = Annotated[Once, Depends(get_once, scope="function")]
