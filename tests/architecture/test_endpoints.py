"""What the framework would run in a thread, one for each request, must not be there."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant

from app.cli.openapi import described
from app.routers.routes import endpoints


def calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    assert dependant.call is not None
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls(each)


def is_async(call: Callable[..., Any]) -> bool:
    function = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def test_endpoints_and_dependencies_are_coroutines() -> None:
    found = {each for route in endpoints(described()) for each in calls(route.dependant)}
    assert found
    assert not [each for each in found if not is_async(each)]
