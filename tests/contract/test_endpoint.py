"""An endpoint run with its dependencies worked out once answers as the framework's would."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Header, Path, Query, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer, SecurityScopes
from pydantic import BaseModel, Field

from app.cli.openapi import described
from app.core.enums.catalog import TaxMode
from app.routers.endpoint import Endpoint
from app.routers.routes import endpoints
from app.routers.solving import Unsupported, plan

calls: list[str] = []
BEARER = HTTPBearer(auto_error=False)
FRAMEWORKS = {"/api/v1/auth/codes"}
"""Answers before its work is done, which only the framework does."""


class Body(BaseModel):
    count: int = Field(ge=1)


async def resource() -> str:
    calls.append("resource")
    return "resource"


async def opened(found: Annotated[str, Depends(resource)]) -> AsyncIterator[str]:
    calls.append("open")
    yield found
    calls.append("close")


async def caller(
    needed: SecurityScopes,
    found: Annotated[str, Depends(resource)],
    sent: Annotated[Any, Security(BEARER)],
) -> list[Any]:
    calls.append("caller")
    return [needed.scopes, found, sent and sent.credentials]


async def page(limit: Annotated[int, Query(ge=1, le=9)] = 5, after: str | None = None) -> list[Any]:
    calls.append("page")
    return [limit, after]


async def above(at: Annotated[list[Any], Depends(page)]) -> list[Any]:
    calls.append("above")
    return at


async def put(
    request: Request,
    response: Response,
    body: Body,
    number: Annotated[int, Path(le=99)],
    session: Annotated[str, Depends(opened, scope="function")],
    actor: Annotated[list[Any], Security(caller, scopes=["things:write"])],
    at: Annotated[list[Any], Depends(above)],
    *,
    again: Annotated[list[Any], Depends(page)],
    wanted: str,
    kinds: Annotated[list[int] | None, Query()] = None,
    mode: TaxMode = TaxMode.INCLUSIVE,
    x_channel: Annotated[str | None, Header(max_length=5)] = None,
) -> dict[str, Any]:
    calls.append("endpoint")
    response.headers["x-told"] = request.method
    response.status_code = 201
    return {"all": [body, number, session, actor, at, again, wanted, kinds, mode, x_channel]}


async def nothing() -> None:
    return None


REQUESTS: dict[str, dict[str, Any]] = {
    "whole": {"params": {"wanted": "w", "kinds": [1, 2], "limit": 3}, "json": {"count": 1}},
    "defaults": {"params": {"wanted": ""}, "json": {"count": 1}},
    "headers": {
        "params": {"wanted": "w"},
        "json": {"count": 1},
        "headers": {"authorization": "Bearer t", "x-channel": "web"},
    },
    "nothing sent": {},
    "a page that is none": {"params": {"wanted": "w", "limit": 10}, "json": {"count": 1}},
    "everything wrong": {
        "params": {"limit": "x", "kinds": ["a", 1], "mode": "?"},
        "json": {"count": 0},
        "headers": {"x-channel": "longer"},
    },
    "null": {"params": {"wanted": "w"}, "content": b"null"},
    "a list": {"params": {"wanted": "w"}, "json": []},
}


def app_of(kind: type[APIRoute]) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.router.routes += [
        kind("/things/{number}", put, methods=["PUT"]),
        kind("/nothing", nothing, methods=["GET"], status_code=204),
    ]

    @app.middleware("http")
    async def parse(request: Request, call_next: Any) -> Response:
        if await request.body():
            request.scope["state"] = {"json": await request.json()}
        return await call_next(request)  # type: ignore[no-any-return]

    return app


async def ask(kind: type[APIRoute], method: str, path: str, **sent: Any) -> tuple[Any, ...]:
    transport = httpx.ASGITransport(app_of(kind))
    calls.clear()
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path, **sent)
    headers = {name: answer.headers.get(name) for name in ("content-type", "x-told")}
    if answer.status_code != HTTPStatus.UNPROCESSABLE_ENTITY:
        return answer.status_code, headers, answer.content, list(calls)
    # The framework complains twice of what two dependencies share.
    complaints = list(dict.fromkeys(map(repr, answer.json()["detail"])))
    return answer.status_code, headers, complaints, list(calls)


@pytest.mark.parametrize("number", [7, 100, "x"])
@pytest.mark.parametrize("name", REQUESTS)
async def test_it_calls_and_complains_as_the_framework_does(name: str, number: int | str) -> None:
    sent = REQUESTS[name] | {"headers": {"content-type": "application/json"}}
    sent["headers"] |= REQUESTS[name].get("headers", {})
    path = f"/things/{number}"
    assert await ask(Endpoint, "PUT", path, **sent) == await ask(APIRoute, "PUT", path, **sent)


async def test_an_answer_without_a_body_has_none() -> None:
    answer = await ask(Endpoint, "GET", "/nothing")
    assert answer == await ask(APIRoute, "GET", "/nothing")
    assert answer[0] == 204


def test_every_endpoint_is_worked_out_once() -> None:
    left = set()
    for route in endpoints(described()):
        try:
            plan(route.dependant)
        except Unsupported:
            left.add(route.path)
    assert left == FRAMEWORKS
