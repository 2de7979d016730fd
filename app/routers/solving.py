"""What an endpoint's dependencies need, worked out once instead of for every request.

The framework asks of each request again which parameters there are, what is a list, what may be
cached and what runs in a thread. The answers are those of the signatures, so they are taken here,
when the application is put together. The order of calls and of complaints is the framework's.
"""

import inspect
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeVar

from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

PLAIN: Final = (str, int, Enum, type(None))
"""Defaults nobody can change, so that all requests may share one."""


_Call = TypeVar("_Call", bound=Callable[..., Any])
_OPEN: Final[dict[Callable[..., Any], str]] = {}
"""What reads parameters of a query string that begin with something and go on as they like."""


def reads_all(prefix: str) -> Callable[[_Call], _Call]:
    """Say of a dependency that it reads all parameters of the query that begin with `prefix`."""

    def said(call: _Call) -> _Call:
        _OPEN[call] = prefix
        return call

    return said


class Unsupported(Exception):
    """Something no endpoint of this service uses; the framework's own way knows it."""


@dataclass(slots=True)
class _Parameter:
    """One value of a path, a query string or a header, and the argument it becomes."""

    argument: str
    alias: str
    place: tuple[str, str]
    is_list: bool
    is_required: bool
    default: Any
    field: ModelField

    def read(self, given: Mapping[str, Any], into: dict[str, Any], errors: list[Any]) -> None:
        value = given.get(self.alias)
        if self.is_list and value is not None:
            value = given.getlist(self.alias)  # type: ignore[attr-defined]
        if value is None:
            if self.is_required:
                errors.append(
                    {"type": "missing", "loc": self.place, "msg": "Field required", "input": None}
                )
            else:
                into[self.argument] = self.default
            return
        found, wrong = self.field.validate(value, {}, loc=self.place)
        if wrong:
            errors.extend(wrong)
        else:
            into[self.argument] = found


@dataclass(slots=True)
class Step:
    """One call: its arguments by the steps whose results they are, and by what the request says.

    `after` are all steps below it, so that it is left out when one of them was.
    """

    call: Callable[..., Awaitable[Any]] | None
    context: Callable[..., AbstractAsyncContextManager[Any]] | None
    after: tuple[int, ...]
    results: tuple[tuple[str, int], ...]
    path: tuple[_Parameter, ...]
    query: tuple[_Parameter, ...]
    headers: tuple[_Parameter, ...]
    requests: tuple[str, ...]
    response: str | None
    scopes: tuple[str, SecurityScopes] | None

    def arguments(
        self, request: Request, response: Response | None, done: list[Any], errors: list[Any]
    ) -> dict[str, Any]:
        """What to call it with, as far as the request is valid."""
        found = {name: done[at] for name, at in self.results}
        if self.path:
            for each in self.path:
                each.read(request.path_params, found, errors)
        if self.query:
            params = request.query_params
            for each in self.query:
                each.read(params, found, errors)
        if self.headers:
            headers = request.headers
            for each in self.headers:
                each.read(headers, found, errors)
        for name in self.requests:
            found[name] = request
        if self.response is not None:
            found[self.response] = response
        if self.scopes is not None:
            found[self.scopes[0]] = self.scopes[1]
        return found


@dataclass(slots=True)
class Plan:
    """The steps of an endpoint in order, the endpoint itself last."""

    steps: list[Step] = field(default_factory=list)
    known: dict[Hashable, int] = field(default_factory=dict)

    @property
    def wants_response(self) -> bool:
        return any(each.response is not None for each in self.steps)

    def names(self) -> frozenset[str]:
        """The parameters of a query string that anything asks for."""
        return frozenset(each.alias for step in self.steps for each in step.query)

    def prefixes(self) -> tuple[str, ...]:
        """What others may begin with."""
        return tuple(_OPEN[step.call] for step in self.steps if step.call in _OPEN)

    async def solve(
        self, request: Request, response: Response | None, stack: AsyncExitStack
    ) -> tuple[dict[str, Any], list[Any]]:
        """Call all but the endpoint; its arguments, and what is wrong with the request.

        A step with invalid parameters, or above one, is left out; the others run, so that every
        complaint is made at once.
        """
        done: list[Any] = []
        errors: list[Any] = []
        left_out: set[int] = set()
        arguments: dict[str, Any] = {}
        last = len(self.steps) - 1
        for at, step in enumerate(self.steps):
            known = len(errors)
            arguments = step.arguments(request, response, done, errors)
            result = None
            if len(errors) > known or (left_out and not left_out.isdisjoint(step.after)):
                left_out.add(at)
            elif at == last:
                break
            elif step.context is not None:
                result = await stack.enter_async_context(step.context(**arguments))
            elif step.call is not None:
                result = await step.call(**arguments)
            done.append(result)
        return arguments, errors


def plan(dependant: Dependant) -> Plan:
    """Raises `Unsupported` for what is left to the framework."""
    made = Plan()
    _add(dependant, made, is_endpoint=True)
    return made


def _add(dependant: Dependant, made: Plan, *, is_endpoint: bool = False) -> int:
    """The number of its step, after those of all it depends on."""
    call = dependant.call
    key = (call, _scopes(dependant) if _uses_scopes(dependant) else (), dependant.scope)
    if dependant.use_cache and key in made.known:
        return made.known[key]
    if call is None or dependant.cookie_params or dependant.concurrency:
        raise Unsupported
    if dependant.background_tasks_param_name or dependant.websocket_param_name:
        raise Unsupported
    if dependant.body_params and not is_endpoint:
        raise Unsupported
    below = [(each.name, _add(each, made)) for each in dependant.dependencies]
    function = call if inspect.isroutine(call) else type(call).__call__
    is_context = inspect.isasyncgenfunction(function)
    if is_context and (is_endpoint or dependant.scope != "function"):
        raise Unsupported
    if not is_context and not inspect.iscoroutinefunction(function):
        raise Unsupported
    scopes = dependant.security_scopes_param_name
    requests = dependant.request_param_name, dependant.http_connection_param_name
    step = Step(
        call=None if is_context else call,
        context=asynccontextmanager(call) if is_context else None,
        after=tuple(at for _, at in below),
        results=tuple((name, at) for name, at in below if name is not None),
        path=tuple(_parameters(dependant.path_params, "path")),
        query=tuple(_parameters(dependant.query_params, "query")),
        headers=tuple(_parameters(dependant.header_params, "header")),
        requests=tuple(filter(None, requests)),
        response=dependant.response_param_name,
        scopes=(scopes, SecurityScopes(list(_scopes(dependant)))) if scopes else None,
    )
    made.steps.append(step)
    made.known[key] = len(made.steps) - 1
    return made.known[key]


def _parameters(fields: list[ModelField], place: str) -> Iterator[_Parameter]:
    for each in fields:
        info = each.field_info
        is_model = inspect.isclass(info.annotation) and issubclass(info.annotation, BaseModel)
        if is_model or info.validate_default or info.validation_alias not in {None, each.alias}:
            raise Unsupported
        is_required = info.is_required()
        default = None if is_required else each.default
        if not isinstance(default, PLAIN):
            raise Unsupported
        yield _Parameter(
            argument=each.name,
            alias=each.alias,
            place=(place, each.alias),
            is_list=field_annotation_is_sequence(info.annotation),
            is_required=is_required,
            default=default,
            field=each,
        )


def _scopes(dependant: Dependant) -> tuple[str, ...]:
    said = [*(dependant.parent_oauth_scopes or ()), *(dependant.own_oauth_scopes or ())]
    return tuple(dict.fromkeys(said))


def _uses_scopes(dependant: Dependant) -> bool:
    """Whether its result depends on the scopes an endpoint declares."""
    return bool(
        dependant.own_oauth_scopes
        or dependant.security_scopes_param_name is not None
        or isinstance(dependant.call, SecurityBase)
        or any(_uses_scopes(each) for each in dependant.dependencies)
    )
