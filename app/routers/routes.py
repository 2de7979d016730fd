"""What endpoints there are, and which one a request is for."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.types import Scope

from app.routers.endpoint import Endpoint


def endpoints(app: FastAPI) -> Iterator[APIRoute]:
    """Every endpoint, at the whole path it is reached at."""
    for route in app.router.routes:
        if isinstance(route, APIRoute):
            yield route


def _at(app: FastAPI, path: str) -> Iterator[APIRoute]:
    """Every endpoint at `path`, whatever its method."""
    segments = path.split("/")
    for found in endpoints(app):
        may_be = not isinstance(found, Endpoint) or found.may_be_at(segments)
        if may_be and found.path_regex.match(path):
            yield found


def template(scope: Scope) -> str:
    """The template of the route at hand; `unmatched` before routing or when nothing matched."""
    route = scope.get("route")
    return route.path_format if isinstance(route, APIRoute) else "unmatched"


def methods_at(app: FastAPI, path: str) -> set[str]:
    """Every method some endpoint at `path` answers to."""
    return {method for found in _at(app, path) for method in found.methods or ()}


def scalar_parameters(scope: Scope) -> frozenset[str]:
    """Query parameters the operation at hand takes at most once, as its contract says."""
    app: FastAPI = scope["app"]
    for found in _at(app, scope["path"]):
        if scope["method"] in (found.methods or ()):
            return frozenset(
                field.alias
                for field in get_flat_params(found.dependant)
                if isinstance(field.field_info, Query) and not _is_list(field)
            )
    return frozenset()


def _is_list(field: Any) -> bool:
    schema = TypeAdapter(field.field_info.annotation).json_schema()
    kinds = [schema, *schema.get("anyOf", [])]
    return any(kind.get("type") == "array" for kind in kinds)
