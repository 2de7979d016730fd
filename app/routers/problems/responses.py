"""How the contract names the errors an endpoint answers with."""

from typing import Any

from app.core.errors import DomainError
from app.routers.problems.document import PROBLEM_JSON

PROBLEM_REF = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` naming the errors an endpoint answers with, grouped by status.

    People read the description; `x-problems` tells client generators the same slugs.
    """
    said: dict[int | str, dict[str, str]] = {}
    for error in errors:
        said.setdefault(int(error.status), {})[error.slug] = f"`{error.slug}`: {error.title}."
    return {
        status: {
            "description": " ".join(lines.values()),
            "content": PROBLEM_REF,
            "x-problems": list(lines),
        }
        for status, lines in said.items()
    }


def both(known: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The response of one status that names the errors of two."""
    missing = [
        f"{line}." if not line.endswith(".") else line
        for line in said["description"].split(". ")
        if line.rstrip(".") not in known["description"]
    ]
    return known | {
        "description": " ".join([known["description"], *missing]),
        "content": said["content"],
        "x-problems": list(dict.fromkeys((*known.get("x-problems", ()), *said["x-problems"]))),
    }
