"""What an answer has to keep to, and where that is written."""

from pathlib import Path

from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

OPENAPI = Path(__file__).parents[2] / "openapi"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def undeclared_problem(operation: APIOperation, status: int, slug: str | None) -> str | None:
    """What the document names instead of `slug` for this status, if it does not name it."""
    if slug is None:
        return None
    declared = operation.definition.raw["responses"].get(str(status), {}).get("x-problems", [])
    return None if slug in declared else f"declared: {declared}"
