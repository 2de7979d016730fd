"""Finds the endpoint of a request in a tree of path segments, whatever their number."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

Found: TypeAlias = tuple[APIRoute, dict[str, str]]


@dataclass(slots=True)
class _Node:
    """One segment of a path: what may follow it, and the endpoints that end here by method."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    routes: dict[str, APIRoute] = field(default_factory=dict)


class Dispatcher:
    """Hands a request to its endpoint; what it does not know goes on to the framework's router.

    A literal segment wins over a parameter, as OpenAPI has it, and the first of two endpoints
    with one path and method wins. Paths with converters are left to the router.
    """

    def __init__(self, router: ASGIApp, routes: Iterable[APIRoute]) -> None:
        self._router, self._root = router, _Node()
        for route in routes:
            if ":" not in route.path:
                self._add(route)

    def _add(self, route: APIRoute) -> None:
        node = self._root
        for segment in route.path.split("/")[1:]:
            if segment.startswith("{") and segment.endswith("}"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            elif "{" in segment:
                return
            else:
                node = node.literals.setdefault(segment, _Node())
        for method in route.methods or ():
            node.routes.setdefault(method, route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope.get("root_path"):
            found = self.find(scope["method"], scope["path"])
            if found is not None:
                route, parameters = found
                scope["route"], scope["endpoint"] = route, route.endpoint
                scope["path_params"] = parameters
                scope["router"] = self._router
                await route.app(scope, receive, send)
                return
        await self._router(scope, receive, send)

    def find(self, method: str, path: str) -> Found | None:
        """The endpoint of `method` at `path` and its path parameters."""
        segments = path.split("/")[1:]
        values: list[str] = []
        route = _walk(self._root, method, segments, 0, values)
        if route is None:
            return None
        return route, dict(zip(_names(route), values, strict=True))


def _walk(
    node: _Node, method: str, segments: list[str], at: int, values: list[str]
) -> APIRoute | None:
    if at == len(segments):
        return node.routes.get(method)
    segment = segments[at]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _walk(literal, method, segments, at + 1, values)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    values.append(segment)
    found = _walk(node.parameter, method, segments, at + 1, values)
    if found is None:
        values.pop()
    return found


def _names(route: APIRoute) -> Iterable[str]:
    return route.param_convertors
