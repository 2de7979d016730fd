"""An endpoint as the service runs it: the framework's, with its dependencies worked out once."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.utils import request_body_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute, serialize_response
from fastapi.utils import is_body_allowed_for_status_code
from pydantic_core import PydanticUndefined
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from app.routers.solving import Plan, Unsupported, plan


class Endpoint(APIRoute):
    """Documents and behaves as the framework's; what `solving` does not know it still runs."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        try:
            steps = self._plan()
        except Unsupported:
            return super().get_route_handler()

        async def handle(request: Request) -> Response:
            stack = request.scope["fastapi_function_astack"]
            told = _blank() if steps.wants_response else None
            arguments, errors = await steps.solve(request, told, stack)
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
