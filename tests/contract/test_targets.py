"""Other hosts and other verbs, on every path there is."""

import httpx
import pytest
from fastapi import FastAPI

from app.routers.routes import methods_at
from tests.contract.everything import VERBS, operations

EVIL = "evil.example"
NAMES = ("x-http-method-override", "x-method-override", "x-http-method")
OVERRIDES = dict.fromkeys(NAMES, "DELETE")


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}/x?", f"shop@{EVIL}", f"test:80@{EVIL}", "a b", ""])
async def test_a38_no_answer_follows_the_host_header(client: httpx.AsyncClient, host: str) -> None:
    """Who may do what, and every address an answer names, comes from settings and the path."""
    for path in ("/healthz", "/api/v1/me", "/api/v1/admin/me", "/docs", "/nowhere"):
        answer = await client.get(path, headers={"host": host, "x-forwarded-host": EVIL})
        assert answer.status_code in {200, 400, 401, 404, 422}, path
        assert not answer.is_redirect
        assert EVIL not in answer.text
        assert EVIL not in str(answer.headers)


async def test_a39_other_verbs_are_refused_on_every_path(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    """405 names what is allowed, whatever a header says the verb really is."""
    verbs: dict[str, set[str]] = {}
    for each in operations(app):
        verbs.setdefault(each.path, set()).add(each.verb)
    paths = {each.path: each.at() for each in operations(app)}
    for path, declared in verbs.items():
        known = {each.lower() for each in methods_at(app, paths[path])}  # of paths that fit as well
        assert declared <= known
        for verb in sorted({*VERBS, "trace", "propfind"} - known):
            answer = await client.request(verb, paths[path], headers=OVERRIDES)
            assert answer.status_code == 405, f"{verb} {path}: {answer.status_code}"
            allowed = {each.strip().lower() for each in answer.headers["allow"].split(",")}
            assert declared <= allowed, path
            assert verb not in allowed, path


async def test_a39_the_verb_a_header_names_is_not_taken(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    """A GET stays a GET: nothing is deleted through it."""
    deletable = [each for each in operations(app) if each.verb == "delete"]
    assert deletable
    for each in deletable:
        answer = await client.get(each.at(), headers=OVERRIDES)
        assert answer.status_code in {401, 404, 405, 422}, each.path
