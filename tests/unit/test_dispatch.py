"""The tree of paths finds what the framework's router would, and prefers literals."""

import pytest
from fastapi.routing import APIRoute

from app.routers.dispatch import Dispatcher


async def nothing() -> None: ...


def route(path: str, *methods: str) -> APIRoute:
    return APIRoute(path, nothing, methods=list(methods or ("GET",)))


ROUTES = [
    route("/things"),
    route("/things", "POST"),
    route("/things/{thing_id}"),
    route("/things/sorted"),
    route("/things/{thing_id}/parts/{part_id}"),
    route("/things/sorted/{key}"),
    route("/{kind}/all"),
    route("/files/{path:path}"),
    route("/openapi/{name}.json"),
]


@pytest.fixture
def tree() -> Dispatcher:
    return Dispatcher(lambda *_: None, ROUTES)


@pytest.mark.parametrize(
    ("method", "path", "template", "parameters"),
    [
        ("GET", "/things", "/things", {}),
        ("POST", "/things", "/things", {}),
        ("GET", "/things/1", "/things/{thing_id}", {"thing_id": "1"}),
        ("GET", "/things/sorted", "/things/sorted", {}),
        ("GET", "/things/sorted/x", "/things/sorted/{key}", {"key": "x"}),
        (
            "GET",
            "/things/sorted/parts/2",
            "/things/{thing_id}/parts/{part_id}",
            {"thing_id": "sorted", "part_id": "2"},
        ),
        ("GET", "/things/all", "/things/{thing_id}", {"thing_id": "all"}),
        ("GET", "/others/all", "/{kind}/all", {"kind": "others"}),
        ("GET", "/things/a b", "/things/{thing_id}", {"thing_id": "a b"}),
    ],
)
def test_a_request_finds_its_endpoint(
    tree: Dispatcher, method: str, path: str, template: str, parameters: dict[str, str]
) -> None:
    found = tree.find(method, path)
    assert found is not None
    assert (found[0].path_format, found[1]) == (template, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/things"),
        ("GET", "/things/"),
        ("GET", "/things//parts/1"),
        ("GET", "//things"),
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/nothing"),
        ("GET", "/things/1/parts"),
        ("GET", "/files/a/b"),  # converters are the framework's business
        ("GET", "/openapi/admin.json"),
    ],
)
def test_anything_else_is_left_to_the_framework(tree: Dispatcher, method: str, path: str) -> None:
    assert tree.find(method, path) is None


def test_every_real_endpoint_is_found_by_the_tree_as_by_the_framework(app) -> None:
    tree = app.router.middleware_stack
    for each in app.router.routes:
        path = each.path_format
        for name in each.param_convertors:
            path = path.replace(f"{{{name}}}", "x")
        for method in each.methods:
            found = tree.find(method, path)
            if found is not None:
                matched = found[0].path_regex.match(path)
                assert matched is not None
                assert matched.groupdict() == found[1]
