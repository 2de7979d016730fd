"""Schemas of parameters: draft 2020-12, checked without network and without runaway patterns."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from app.services.promotions.draft import fault
from app.services.promotions.engine.schemas import DIALECT

PATTERNS: Final = RegexOptions()
"""Linear in the text, so that no schema makes the service think for ever."""


def schema_faults(schema: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What keeps a schema from describing parameters; references outside of it are not followed."""
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        yield fault("/parameters/type", "must be an object with properties")
        return
    if schema.get("$schema", DIALECT) != DIALECT:
        yield fault("/parameters/$schema", f"must be {DIALECT}")
        return
    try:
        _validator(schema)
    except ValidationError as error:
        yield fault(f"/parameters{_pointer(error)}", error.message)


def parameter_faults(
    schema: Mapping[str, Any], parameters: Mapping[str, Any], pointer: str = "/parameters"
) -> list[dict[str, str]]:
    """Everything the schema refuses, each with its place below `pointer`."""
    found = _validator(schema).iter_errors(dict(parameters))
    return [fault(f"{pointer}{_pointer(error)}", error.message) for error in found]


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(dict(schema), offline=True, pattern_options=PATTERNS)


def _pointer(error: ValidationError) -> str:
    steps = (str(each).replace("~", "~0").replace("/", "~1") for each in error.instance_path)
    return "".join(f"/{each}" for each in steps)
