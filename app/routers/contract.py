"""The three OpenAPI documents, each with every status its operations can answer with."""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app.core.actor import Audience
from app.core.errors import AlreadyExists, DomainError, InvalidReference, StaleVersion
from app.routers.etags import PreconditionRequired
from app.routers.idempotency import IdempotencyKeyInvalid, IdempotencyKeyMissing
from app.routers.problems import Problem, both, problems
from app.routers.problems.errors import (
    BadRequest,
    Busy,
    ConstraintViolated,
    Contention,
    DatabaseUnavailable,
    InvalidRequest,
    MalformedJson,
    Overloaded,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from app.routers.routes import endpoints
from app.services.system import IdempotencyInProgress, IdempotencyKeyReused, TooManyRequests

Document: TypeAlias = dict[str, Any]

TITLES: Final = {
    Audience.STOREFRONT: "Stoa storefront",
    Audience.ADMIN: "Stoa admin",
    Audience.MERCHANT: "Stoa merchant",
}
ANYWHERE: Final = (
    BadRequest,
    InvalidRequest,
    TooManyRequests,
    Overloaded,
    DatabaseUnavailable,
    Contention,
)
ON_WRITES: Final = (
    MalformedJson,
    PayloadTooLarge,
    UnsupportedMediaType,
    InvalidReference,
    AlreadyExists,
    ConstraintViolated,
    Busy,
)
BY_HEADER: Final = {
    "idempotency-key": (
        IdempotencyKeyMissing,
        IdempotencyKeyInvalid,
        IdempotencyKeyReused,
        IdempotencyInProgress,
    ),
    "if-match": (PreconditionRequired, StaleVersion),
}
REPLAYED: Final = {
    "description": "`true` when the work was done for an earlier request with the same key.",
    "schema": {"type": "string", "enum": ["true"]},
}
RETRY_AFTER: Final = {
    "description": "Seconds to wait, where it is known.",
    "schema": {"type": "integer", "minimum": 0},
}
BOUNDS: Final = {"ge": "minimum", "le": "maximum"}
PAGE: Final = re.compile(rb'\bPage_([A-Za-z0-9]+?)(?:Out)?_"')
UNUSED: Final = ("HTTPValidationError", "ValidationError")


def documents(app: FastAPI) -> dict[Audience, Document]:
    """What each audience may call, described. Built once per application."""
    known: dict[Audience, Document] | None = getattr(app.state, "documents", None)
    if known is None:
        known = {audience: _document(app, audience) for audience in TITLES}
        app.state.documents = known
    return known


def _document(app: FastAPI, audience: Audience) -> Document:
    document = get_openapi(
        title=TITLES[audience],
        version=app.version,
        openapi_version="3.1.0",
        routes=list(_published(app, audience)),
    )
    for item in document["paths"].values():
        for verb, operation in item.items():
            _complete(verb, operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in UNUSED:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    document["paths"] = dict(sorted(document["paths"].items()))
    document = _named(document)
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    return document


def _named(document: Document) -> Document:
    """`OrderCardPage` for a page of `OrderCardOut`: the framework's name would be `Page_…_`."""
    named: Document = orjson.loads(PAGE.sub(rb'\1Page"', orjson.dumps(document)))
    return named


def _published(app: FastAPI, audience: Audience) -> Iterator[APIRoute]:
    for found in endpoints(app):
        if found.include_in_schema and audience_of(found.path_format) is audience:
            yield found


def audience_of(path: str) -> Audience | None:
    """Whose path it is; None for operations and webhooks."""
    for prefix, audience in (
        ("/api/v1/admin/", Audience.ADMIN),
        ("/api/v1/merchant/", Audience.MERCHANT),
        ("/api/v1/webhooks/", None),
        ("/api/v1/", Audience.STOREFRONT),
    ):
        if path.startswith(prefix):
            return audience
    return None


def _complete(verb: str, operation: dict[str, Any]) -> None:
    refusals: list[type[DomainError]] = [*ANYWHERE]
    responses = operation["responses"]
    if verb not in {"get", "head"}:
        refusals += ON_WRITES
    for parameter in operation.get("parameters", ()):
        _mend(parameter["schema"])
        name = parameter["name"].lower()
        if parameter["in"] == "header" and (more := BY_HEADER.get(name)):
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}
            refusals += more
        if name == "idempotency-key":
            for status in [each for each in responses if each.startswith("2")]:
                responses[status].setdefault("headers", {})["Idempotency-Replayed"] = REPLAYED
    for status, said in problems(*refusals).items():
        known = responses.get(str(status))
        if known is not None and known["description"] != "Validation Error":
            said = both(known, said)  # noqa: PLW2901 - what is said of it is then of both
        responses[str(status)] = said
    for status in ("429", "503"):
        responses[status]["headers"] = {"Retry-After": RETRY_AFTER}
    operation["responses"] = dict(sorted(responses.items()))


def _mend(schema: dict[str, Any]) -> None:
    """Say of a parameter what is so.

    It is sent or left out: what may be absent is not null, as it is in a body. And bounds of what
    is read from digits have the validator's names, which no reader of JSON Schema knows.
    """
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update(kinds[0])
    for ours, known in BOUNDS.items():
        if ours in schema:
            schema[known] = schema.pop(ours)
