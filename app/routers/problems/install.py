"""Which handler answers which exception."""

import asyncio
import random
from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core.errors import DomainError, NotFound
from app.routers.problems.database import FAILURES, database_problem
from app.routers.problems.document import problem_response, reads_chinese
from app.routers.problems.errors import (
    BadRequest,
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from app.routers.problems.validation import invalid_request
from app.routers.routes import methods_at

log = structlog.stdlib.get_logger()

HTTP_ERRORS: Mapping[int, DomainError] = {
    400: BadRequest("The request cannot be understood"),
    404: NotFound("There is nothing at this address"),
    413: PayloadTooLarge("The body is too large"),
    415: UnsupportedMediaType("Send application/json"),
    422: InvalidRequest("The request does not match the contract"),
}


def refusal(error: Exception) -> DomainError:
    """What a client is told about `error`. Anything unforeseen is an internal error, logged."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, RequestValidationError):
        return invalid_request(error)
    if isinstance(error, FAILURES):
        found = database_problem(error)
        if found.status >= InternalError.status:
            log.warning("database_failed", slug=found.slug, error=type(error).__name__)
        return found
    if isinstance(error, UnicodeError | RecursionError):
        return BadRequest("The request cannot be understood")
    if isinstance(error, TimeoutError | ConnectionError | asyncio.CancelledError):
        return DatabaseUnavailable("Send the request again", retry_after_seconds=soon())
    return InternalError("The request was not carried out")


def soon() -> int:
    """A wait in seconds, jittered so that refused clients do not come back together."""
    return random.randint(1, 3)  # noqa: S311 - spreads retries, guards nothing


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        found: DomainError = invalid_request(error, in_chinese=reads_chinese(request.scope))
    else:
        found = refusal(error)
    if isinstance(found, InternalError):
        log.error("unhandled", error=type(error).__name__, exc_info=error)
    return problem_response(request.scope, found)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _refused(request, error)
    if error.status_code == MethodNotAllowed.status:
        allowed = ", ".join(sorted(methods_at(request.app, request.scope["path"])))
        return problem_response(
            request.scope, MethodNotAllowed("No such method here"), allow=allowed
        )
    found = HTTP_ERRORS.get(error.status_code)
    return problem_response(
        request.scope, found or InternalError("The request was not carried out")
    )


def install(app: FastAPI) -> None:
    """Answer every exception an endpoint can raise with a problem document."""
    app.add_exception_handler(HTTPException, _http)
    for kind in (
        DomainError,
        RequestValidationError,
        ResponseValidationError,
        *FAILURES,
        UnicodeError,
        RecursionError,
        TimeoutError,
        ConnectionError,
    ):
        app.add_exception_handler(kind, _refused)
