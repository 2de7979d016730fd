"""A 2xx is only ever sent after the commit succeeded."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.routers.deps import get_reader, get_session
from app.routers.routes import endpoints


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/api/v1/things", {}), ("/api/v1/things/once", {"idempotency-key": "k"})],
)
async def test_a_failed_commit_is_not_a_success(
    tiny: FastAPI, path: str, headers: dict[str, str]
) -> None:
    def refuse(_: Session) -> None:
        raise OSError("disk full")

    event.listen(Session, "before_commit", refuse)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(tiny), base_url="http://test"
        ) as client:
            answer = await client.post(path, json={"name": "tea"}, headers=headers)
    finally:
        event.remove(Session, "before_commit", refuse)
    assert answer.status_code >= 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_endpoint_ends_its_transaction_before_it_answers(app: FastAPI) -> None:
    """FastAPI's default scope would commit after the answer is sent."""
    seen = 0
    for found in endpoints(app):
        for each in _all(found.dependant):
            if each.call in {get_session, get_reader}:
                seen += 1
                assert each.scope == "function", f"{found.path} commits after its answer"
    assert seen


def _all(dependant: Dependant):
    for each in dependant.dependencies:
        yield each
        yield from _all(each)
