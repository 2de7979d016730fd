"""The exported contracts are valid, current, and say everything."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate

from app.cli.openapi import contracts, described, events, export
from app.core.actor import Audience
from app.core.enums.scopes import Scope
from app.core.events import Event
from app.routers.audiences import SECTIONS
from app.routers.contract import documents
from app.routers.routes import endpoints

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def current() -> FastAPI:
    return described()


def each_operation(app: FastAPI) -> Iterator[tuple[Audience, str, dict[str, Any]]]:
    for audience, document in documents(app).items():
        for path, item in document["paths"].items():
            for verb, operation in item.items():
                yield audience, f"{verb} {path}", operation


@pytest.mark.parametrize("audience", Audience)
def test_a_document_is_valid(current: FastAPI, audience: Audience) -> None:
    validate(documents(current)[audience])


def test_the_exported_contracts_are_current(current: FastAPI) -> None:
    """Run `make openapi` and commit the difference."""
    folder = ROOT / "openapi"
    exported = {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.json")}
    expected = contracts(current)
    assert set(exported) == set(expected)
    assert [name for name, text in expected.items() if exported[name] != text] == []


def test_an_export_is_the_same_every_time(tmp_path: Path) -> None:
    assert export(tmp_path)
    (tmp_path / "events" / "gone.v1.json").write_text("{}")
    assert export(tmp_path) == []
    assert not (tmp_path / "events" / "gone.v1.json").exists()


def test_every_operation_says_what_it_does_and_how_it_refuses(current: FastAPI) -> None:
    common = {"400", "401", "403", "422", "429", "503"}
    for _, name, operation in each_operation(current):
        assert operation.get("description"), f"{name} has no description"
        assert common <= set(operation["responses"]), name
        if not name.startswith("get "):
            assert {"409", "413", "415"} <= set(operation["responses"]), name
        for status, said in operation["responses"].items():
            if int(status) >= 400:
                assert list(said["content"]) == ["application/problem+json"], f"{name}: {status}"


def test_every_operation_names_what_its_section_refuses(current: FastAPI) -> None:
    """Also where an endpoint has a refusal of its own with the same status."""
    refused = {each.audience: each.refusals for each in SECTIONS}
    missing = [
        f"{name}: {error.slug}"
        for audience, name, operation in each_operation(current)
        for error in refused[audience]
        if error.slug not in operation["responses"][str(int(error.status))]["x-problems"]
    ]
    assert missing == []


def test_operation_ids_are_unique_and_named_after_their_domain(current: FastAPI) -> None:
    for audience, document in documents(current).items():
        ids = [op["operationId"] for item in document["paths"].values() for op in item.values()]
        assert not [each for each, count in Counter(ids).items() if count > 1], audience
        assert all("_" in each for each in ids)


@pytest.mark.parametrize("audience", [Audience.ADMIN])
def test_every_admin_operation_declares_a_scope(current: FastAPI, audience: Audience) -> None:
    """Signing in and looking after one's own account need none."""
    for found, name, operation in each_operation(current):
        if found is audience and not any(part in name for part in ("/auth/", "/me")):
            scopes = {s for each in operation.get("security", ()) for v in each.values() for s in v}
            assert scopes, f"{name} is open to any staff token"
            assert scopes <= set(Scope), name


def test_no_document_shows_another_audience(current: FastAPI) -> None:
    for audience, name, _ in each_operation(current):
        is_admin, is_merchant = "/api/v1/admin" in name, "/api/v1/merchant" in name
        assert is_admin == (audience is Audience.ADMIN), name
        assert is_merchant == (audience is Audience.MERCHANT), name
        assert "/webhooks/" not in name or is_admin or is_merchant


def test_outputs_have_no_defaults_and_inputs_are_closed(current: FastAPI) -> None:
    for document in documents(current).values():
        for name, schema in document["components"]["schemas"].items():
            if name.endswith("Out"):
                assert set(schema.get("required", ())) == set(schema["properties"]), name
            if name.endswith("In"):
                assert schema.get("additionalProperties") is False, name


def test_a_shape_is_named_in_one_word_that_no_other_has(current: FastAPI) -> None:
    """Two classes of one name would be told apart by their modules, and so would clients' types."""
    for audience, document in documents(current).items():
        shapes = document["components"]["schemas"]
        assert [each for each in shapes if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", each)] == [], (
            audience
        )


def test_parameters_are_never_null_and_bounded_in_known_words(current: FastAPI) -> None:
    for _, name, operation in each_operation(current):
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            assert {"type": "null"} not in schema.get("anyOf", ()), f"{name}: {parameter['name']}"
            assert not {"ge", "gt", "le", "lt"} & set(schema), f"{name}: {parameter['name']}"


def test_programs_read_the_slugs_that_people_read(current: FastAPI) -> None:
    for _, name, operation in each_operation(current):
        for status, said in operation["responses"].items():
            told = re.findall(r"`([a-z0-9-]+)`: ", said["description"])
            if int(status) >= 400:
                assert set(said["x-problems"]) == set(told) != set(), f"{name}: {status}"


def test_an_endpoint_is_reached_at_one_path(current: FastAPI) -> None:
    """Limits, idempotency keys and metrics know an endpoint by its function."""
    counted = Counter(found.endpoint for found in endpoints(current))
    assert not [each for each, count in counted.items() if count > 1]


def test_every_event_is_described_and_named(current: FastAPI) -> None:
    kinds: list[type[Event]] = list(events())
    assert len({kind.name for kind in kinds}) == len(kinds)
    for name, text in contracts(current).items():
        if name.startswith("events/"):
            assert name.removeprefix("events/").count(".") == 3, name
            jsonschema.Draft202012Validator.check_schema(json.loads(text))


def unbounded(schema: Any, path: str) -> Iterator[str]:
    """Places of an input that may hold as much as somebody likes."""
    if isinstance(schema, list):
        for each in schema:
            yield from unbounded(each, path)
    if not isinstance(schema, dict):
        return
    kind, limits = schema.get("type"), set(schema)
    if kind == "array" and "maxItems" not in limits:
        yield f"{path}[]"
    if kind == "string" and not limits & {"maxLength", "format", "enum", "const", "pattern"}:
        yield path
    if kind == "integer" and not limits & {"maximum", "exclusiveMaximum", "enum", "const"}:
        yield path
    for name, each in schema.get("properties", {}).items():
        yield from unbounded(each, f"{path}.{name}")
    for name in ("items", "anyOf", "oneOf", "allOf", "prefixItems", "additionalProperties"):
        yield from unbounded(schema.get(name), path)


def test_d14_inputs_hold_so_much_and_no_more(current: FastAPI) -> None:
    """Lists, texts and numbers of requests all have an end, wherever they are nested."""
    without: set[str] = set()
    for document in documents(current).values():
        for name, schema in document["components"]["schemas"].items():
            if name.endswith("In"):
                without |= set(unbounded(schema, name))
    assert not without
