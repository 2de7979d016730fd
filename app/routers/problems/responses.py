"""How the contract names the errors an endpoint answers with."""

from typing import Any

from app.core.errors import DomainError
from app.routers.problems.document import PROBLEM_JSON

PROBLEM_REF = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` naming the errors an endpoint answers with, grouped by status."""
    said: dict[int | str, list[str]] = {}
    for error in errors:
        lines = said.setdefault(int(error.status), [])
        if (line := f"`{error.slug}`: {error.title}.") not in lines:
            lines.append(line)
    return {
        status: {"description": " ".join(lines), "content": PROBLEM_REF}
        for status, lines in said.items()
    }
