"""Puts the domains' routers together: flat, so that a request is matched once."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.routers.audiences import Section
from app.routers.declared import Declared, Router
from app.routers.endpoint import Endpoint
from app.routers.names import operation_id
from app.routers.problems import both, problems


def compose(app: FastAPI, section: Section) -> None:
    """Add every endpoint of `section` to `app` at its whole path.

    The framework would nest the routers instead and walk them for each request.
    """
    responses = problems(*section.refusals)
    for module in section.modules:
        router: Router = module.router
        app.router.routes.extend(_flat(router, section, responses))


def _flat(
    router: Router, section: Section, responses: dict[int | str, dict[str, Any]]
) -> Iterator[APIRoute]:
    for found in router.routes:
        if not isinstance(found, Declared):
            raise TypeError(f"{found} of {section.prefix} is not declared on a `Router`")
        said = found.said
        own = said["responses"]
        shared = {each: both(responses[each], own[each]) for each in responses.keys() & own.keys()}
        is_shown = section.audience is not None and said["include_in_schema"]
        yield Endpoint(
            f"{section.prefix}{found.path}",
            found.endpoint,
            **said
            | {
                "responses": {**responses, **own, **shared},
                "include_in_schema": is_shown,
                "generate_unique_id_function": operation_id,
            },
        )
