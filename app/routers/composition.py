"""Puts the domains' routers together: flat, so that a request is matched once."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.routers.audiences import Section
from app.routers.endpoint import Endpoint
from app.routers.names import operation_id
from app.routers.problems import problems

COPIED: Final = (
    "response_model",
    "status_code",
    "tags",
    "dependencies",
    "summary",
    "description",
    "response_description",
    "deprecated",
    "name",
    "methods",
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "response_class",
    "callbacks",
    "openapi_extra",
    "max_body_size",
)


def compose(app: FastAPI, section: Section) -> None:
    """Add every endpoint of `section` to `app` at its whole path.

    The framework would nest the routers instead and walk them for each request.
    """
    responses = problems(*section.refusals)
    for module in section.modules:
        router: APIRouter = module.router
        app.router.routes.extend(_flat(router, section, responses))


def _flat(
    router: APIRouter, section: Section, responses: dict[int | str, dict[str, Any]]
) -> Iterator[APIRoute]:
    for found in iter_route_contexts(router.routes):
        if not isinstance(found.original_route, APIRoute):
            raise TypeError(f"{found.path} of {section.prefix} is not an endpoint")
        yield Endpoint(
            f"{section.prefix}{found.path}",
            found.original_route.endpoint,
            responses={**responses, **found.responses},
            include_in_schema=section.audience is not None and found.include_in_schema,
            generate_unique_id_function=operation_id,
            **{name: getattr(found, name) for name in COPIED},
        )
