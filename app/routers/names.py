"""Operation ids: `<domain>_<function>`, such as `orders_place_order`."""

from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """Named after the package below `app.routers`, whatever file the endpoint is in."""
    parts = route.endpoint.__module__.split(".")
    domain = parts[2] if parts[:2] == ["app", "routers"] and len(parts) > 2 else parts[-1]  # noqa: PLR2004
    return f"{domain}_{route.name}"
