"""An endpoint as the service runs it: the framework's, worked out once, when it is first used."""

import warnings
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any

from fastapi._compat import ModelField
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute, serialize_response
from fastapi.utils import is_body_allowed_for_status_code
from pydantic.warnings import UnsupportedFieldAttributeWarning
from pydantic_core import PydanticUndefined
from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, compile_path
from starlette.types import Scope
from typing_extensions import override

from app.routers.solving import Plan, Unsupported, plan

UNKNOWN = "No such parameter"
_ADDRESS = frozenset({"path_regex", "path_format", "param_convertors"})


class Endpoint(APIRoute):
    """Documents and behaves as the framework's; what `solving` does not know it still runs.

    Until somebody asks for more than where it is, it is only what was said of it: a process that
    serves shoppers has no use for the validators of a thousand endpoints (`docs/adr/0063`).
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        self.path, self.endpoint = path, endpoint
        self.methods = {each.upper() for each in said.get("methods") or ("GET",)}
        self._said = said
        self._segments = path.split("/")

    def __getattr__(self, name: str) -> Any:
        """What is not there yet: its address, from its path, or all the framework works out."""
        if name in {"_said", "_segments"} or name.startswith("__"):
            raise AttributeError(name)
        if name in _ADDRESS and "_said" in self.__dict__:
            self.path_regex, self.path_format, self.param_convertors = compile_path(self.path)
        elif (said := self.__dict__.pop("_said", None)) is not None:
            super().__init__(self.path, self.endpoint, **said)
            _build(self)
        return object.__getattribute__(self, name)

    def may_be_at(self, segments: Sequence[str]) -> bool:
        """Whether a path of such segments can be its own, without a pattern being compiled."""
        if ":" in self.path:
            return True
        return len(segments) == len(self._segments) and all(
            own == each or "{" in own for own, each in zip(self._segments, segments, strict=True)
        )

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not self.may_be_at(get_route_path(scope).split("/")):
            return Match.NONE, {}
        return super().matches(scope)

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        try:
            steps = self._plan()
        except Unsupported:
            return super().get_route_handler()

        names, prefixes = steps.names(), steps.prefixes()

        async def handle(request: Request) -> Response:
            stack = request.scope["fastapi_function_astack"]
            told = _blank() if steps.wants_response else None
            arguments, errors = await steps.solve(request, told, stack)
            if request.scope["query_string"]:
                errors += _unknown(request.query_params.keys() - names, prefixes)
            body = None
            if self.dependant.body_params:
                body = await _body(request)
                values, wrong = await request_body_to_args(
                    self.dependant.body_params, body, self._embed_body_fields
                )
                arguments |= values
                errors += wrong
            if errors:
                raise RequestValidationError(errors, body=body)
            answer = await self.endpoint(**arguments)
            return answer if isinstance(answer, Response) else await self._answer(answer, told)

        return handle

    def _plan(self) -> Plan:
        is_form = self.body_field is not None and isinstance(self.body_field.field_info, Form)
        if is_form or self.is_sse_stream or self.is_json_stream:
            raise Unsupported
        return plan(self.dependant)

    async def _answer(self, content: Any, told: Response | None) -> Response:
        """What was returned, in the declared shape, with what the endpoint said to `told`."""
        status = self.status_code or 200
        if told is not None and told.status_code:
            status = told.status_code
        chosen = self.response_class
        is_dumped = isinstance(chosen, DefaultPlaceholder) and self.response_field is not None
        body = await serialize_response(
            field=self.response_field,
            response_content=content,
            include=self.response_model_include,
            exclude=self.response_model_exclude,
            by_alias=self.response_model_by_alias,
            exclude_unset=self.response_model_exclude_unset,
            exclude_defaults=self.response_model_exclude_defaults,
            exclude_none=self.response_model_exclude_none,
            dump_json=is_dumped,
        )
        response: Response
        if is_dumped:
            response = Response(body, status, media_type="application/json")
        else:
            shape = chosen.value if isinstance(chosen, DefaultPlaceholder) else chosen
            response = shape(body, status)
        if not is_body_allowed_for_status_code(status):
            response.body = b""
        if told is not None:
            response.headers.raw.extend(told.headers.raw)
        return response


def _build(found: APIRoute) -> None:
    """Build its validators now: shapes leave that to whoever uses them first."""
    answers = (found.response_field, *found.response_fields.values())
    with warnings.catch_warnings():
        # The framework names each parameter in a way that pydantic does not read.
        warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)
        for field in (found.body_field, *answers, *_parameters(found.dependant)):
            if field is not None:
                field._type_adapter.rebuild()  # noqa: SLF001 - there is no other way to it


def _parameters(needs: Dependant) -> Iterator[ModelField]:
    yield from needs.path_params
    yield from needs.query_params
    yield from needs.header_params
    yield from needs.cookie_params
    yield from needs.body_params
    for each in needs.dependencies:
        yield from _parameters(each)


def _unknown(names: Iterable[str], prefixes: tuple[str, ...]) -> list[dict[str, Any]]:
    """A filter whose name is misspelt would show everything; it is refused like a field."""
    return [
        {"type": "extra_forbidden", "loc": ("query", name), "msg": UNKNOWN, "input": None}
        for name in sorted(names)
        if not name.startswith(prefixes)
    ]


def _blank() -> Response:
    """What an endpoint puts headers and a status on, if it likes."""
    told = Response()
    del told.headers["content-length"]
    told.status_code = 0
    return told


async def _body(request: Request) -> Any:
    """The JSON the edge has parsed; nothing at all when no body was sent."""
    if not await request.body():
        return PydanticUndefined
    return request.scope["state"].get("json")
