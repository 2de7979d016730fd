"""One ASGI layer around everything: ids, limits, headers, the log, and no bare 500.

Pure ASGI and one layer, since every request pays for it. Whatever fails below is answered here,
so the connection is kept and nothing about the failure is shown.
"""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.context import RequestContext, enter
from app.core.logging import log_request
from app.core.settings import HttpSettings
from app.routers.middleware import bodies, targets
from app.routers.middleware.headers import AnswerHeaders, request_id
from app.routers.middleware.metrics import Metrics
from app.routers.problems.document import problem_response
from app.routers.problems.errors import BadRequest, InternalError, UnsupportedMediaType
from app.routers.problems.install import refusal
from app.routers.routes import template

log = structlog.get_logger()

BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SINGLE: Final = frozenset({b"content-type", b"content-length", b"authorization", b"host"})
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
CLOSED_REQUEST = 499
"""Logged, never sent: the caller hung up before it could be answered."""


class Edge:
    def __init__(self, app: ASGIApp, *, settings: HttpSettings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics
        self._headers = AnswerHeaders(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        sent: dict[bytes, bytes] = dict(scope["headers"])
        # A state of its own: the server's is shared by all requests.
        state = scope["state"] = dict(scope.get("state", ()))
        answer = _Answer(
            send, self._headers, sent.get(b"origin"), request_id(sent.get(b"x-request-id")), state
        )
        state["request_id"] = answer.request_id.decode()
        client = scope.get("client")
        enter(RequestContext(state["request_id"], client[0] if client else None))
        try:
            await self._handle(scope, sent, receive, answer)
        except ClientDisconnect:
            answer.status = answer.status or CLOSED_REQUEST
        except Exception as error:
            if answer.is_started:
                log.exception("answer_broken", error=type(error).__name__)
                raise
            await self._refuse(scope, receive, answer, error)
        finally:
            self._account(scope, answer.status, perf_counter() - began)

    async def _handle(
        self, scope: Scope, sent: Mapping[bytes, bytes], receive: Receive, answer: "_Answer"
    ) -> None:
        method = scope["method"]
        if method == "OPTIONS" and b"access-control-request-method" in sent:
            headers = self._headers.preflight(sent.get(b"origin"))
            await answer.send({"type": "http.response.start", "status": 204, "headers": headers})
            await answer.send({"type": "http.response.body", "body": b""})
            return
        if len(sent) != len(scope["headers"]):
            _check_repeated(scope)
        targets.check(scope)
        if method not in BODILESS and (b"content-length" in sent or b"transfer-encoding" in sent):
            rule = bodies.rule_for(scope["path"], self._settings.body_limit_bytes)
            if rule.is_streamed:
                receive = bodies.within(rule, sent, receive)
            else:
                body, scope["state"]["json"] = await bodies.read(rule, sent, receive)
                receive = bodies.replay(body, receive)
        await self._app(scope, receive, answer.send)

    async def _refuse(
        self, scope: Scope, receive: Receive, answer: "_Answer", error: Exception
    ) -> None:
        found = refusal(error)
        if isinstance(found, InternalError):
            log.error("unhandled", exc_info=error)
        await problem_response(scope, found)(scope, receive, answer.send)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        route, method, state = template(scope), scope["method"], scope["state"]
        if method not in METHODS:
            method = "OTHER"
        self._metrics.observe(method, route, status, seconds)
        if scope["path"] in QUIET:
            return
        client = scope.get("client")
        log_request(
            method=method,
            route=route,
            status=status,
            problem=state.get("problem"),
            principal=state.get("principal"),
            ip=client[0] if client else None,
            duration_ms=round(seconds * 1_000, 2),
        )


class _Answer:
    """The answer on its way out: completed with headers, remembered for the log."""

    __slots__ = ("_headers", "_origin", "_send", "_state", "is_started", "request_id", "status")

    def __init__(
        self,
        send: Send,
        headers: AnswerHeaders,
        origin: bytes | None,
        request: bytes,
        state: Mapping[str, Any],
    ) -> None:
        self._send, self._headers, self._origin, self._state = send, headers, origin, state
        self.request_id, self.status, self.is_started = request, 0, False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_started, self.status = True, int(message["status"])
            sent = [*message.get("headers", ()), *self._state.get("headers", ())]
            message["headers"] = self._headers.complete(sent, self._origin, self.request_id)
        await self._send(message)


def _check_repeated(scope: Scope) -> None:
    names = [name for name, _ in scope["headers"]]
    for name in SINGLE:
        if names.count(name) > 1:
            if name == b"content-type":
                raise UnsupportedMediaType("Send one Content-Type")
            raise BadRequest(f"Send one {name.decode().title()} header")
