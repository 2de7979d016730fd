"""Writes `src/stoa_client/<audience>/` from `openapi/<audience>.json`.

Shapes are typed dictionaries by datamodel-code-generator: what the service adds later, a field or
a value, is no error of theirs. Operations become methods named after their ids.
"""

import json
import keyword
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datamodel_code_generator import generate
from datamodel_code_generator.config import GenerateConfig
from datamodel_code_generator.enums import DataModelType, InputFileType
from datamodel_code_generator.format import Formatter, PythonVersion
from datamodel_code_generator.parser import LiteralType

HERE = Path(__file__).parent
CONTRACTS = HERE.parents[1] / "openapi"
BASES = {
    "storefront": ("SignedIn", "/api/v1/auth/refresh"),
    "merchant": ("Keyed", None),
    "admin": ("SignedIn", "/api/v1/admin/auth/refresh"),
}
PLAIN = {"string": "str", "integer": "int", "boolean": "bool", "number": "float", "null": "None"}

OPTIONS = GenerateConfig(
    input_file_type=InputFileType.OpenAPI,
    output_model_type=DataModelType.TypingTypedDict,
    target_python_version=PythonVersion.PY_311,
    enum_field_as_literal=LiteralType.All,
    use_schema_description=True,
    use_field_description=True,
    use_standard_collections=True,
    use_union_operator=True,
    use_closed_typed_dict=False,  # PEP 728 is not known to every type checker
    disable_timestamp=True,
    formatters=[Formatter.BUILTIN],
)


def main() -> None:
    for audience in BASES:
        contract = json.loads((CONTRACTS / f"{audience}.json").read_text(encoding="utf-8"))
        folder = HERE / "src/stoa_client" / audience
        folder.mkdir(exist_ok=True)
        shapes = {"components": {"schemas": contract["components"]["schemas"]}, "paths": {}}
        generate(
            {"openapi": "3.1.0", "info": contract["info"], **shapes},
            config=OPTIONS.model_copy(update={"output": folder / "models.py"}),
        )
        (folder / "__init__.py").write_text(_module(audience, contract), encoding="utf-8")


def _module(audience: str, contract: dict[str, Any]) -> str:
    base, refresh = BASES[audience]
    slugs: set[str] = set()
    methods: list[str] = []
    for path, verb, operation in _operations(contract):
        methods.append(_method(path, verb, operation))
        for answer in operation["responses"].values():
            slugs |= set(answer.get("x-problems", ()))
    known = "".join(f"    {slug!r},\n" for slug in sorted(slugs))
    refreshed = f"    refresh_path = {refresh!r}\n\n" if refresh else ""
    return f'''"""{contract["info"]["title"]}: made from its contract by generate.py."""

from typing import Any, Literal, TypeAlias, TypeGuard

from stoa_client.client import Answer, {base}, path_of
from stoa_client.problems import Problem
from stoa_client.{audience} import models as models

ProblemSlug: TypeAlias = Literal[
{known}]
"""Every refusal an operation of this audience declares."""


def is_problem(error: object, *slugs: ProblemSlug) -> TypeGuard[Problem]:
    """Whether `error` is a refusal, of one of `slugs` where any is named."""
    return isinstance(error, Problem) and (not slugs or error.slug in slugs)


class {audience.capitalize()}({base}):
    """Every operation, named after its id in the contract. Each may raise `Problem`."""

{refreshed}{"".join(methods)}'''


def _operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in contract["paths"].items():
        for verb, operation in item.items():
            yield path, verb.upper(), operation


def _method(path: str, verb: str, operation: dict[str, Any]) -> str:
    taken: dict[str, list[tuple[str, str, bool, str]]] = {"path": [], "query": [], "header": []}
    for each in operation.get("parameters", ()):
        name = each["name"]
        ours = name.replace("-", "_").lower()
        ours = f"{ours}_" if keyword.iskeyword(ours) else ours
        is_needed = each["required"] and name.lower() != "idempotency-key"
        taken[each["in"]].append((name, ours, is_needed, _type(each["schema"])))
    first = [f"{ours}: {kind}" for _, ours, _, kind in taken["path"]]
    named = [
        f"{ours}: {kind}" if is_needed else f"{ours}: {kind} | None = None"
        for _, ours, is_needed, kind in taken["query"] + taken["header"]
    ]
    names = ", ".join(f"{name}={ours}" for name, ours, *_ in taken["path"])
    sent = [repr(verb), f"path_of({path!r}, {names})" if names else repr(path)]
    if (body := operation.get("requestBody")) is not None:
        kind = _type(body["content"]["application/json"]["schema"])
        first.append(f"body: {kind}" if body.get("required") else f"body: {kind} | None = None")
        sent.append("body=body")
    for place, word in (("query", "query"), ("header", "headers")):
        if taken[place]:
            pairs = ", ".join(f"{name!r}: {ours}" for name, ours, *_ in taken[place])
            sent.append(f"{word}={{{pairs}}}")
    if any(name.lower() == "idempotency-key" for name, *_ in taken["header"]):
        sent.append("is_keyed=True")
    signature = ", ".join(["self", *first, *(["*", *named] if named else [])])
    told = operation["description"].replace("\\", "\\\\").replace("\n", "\n        ")
    return f'''    def {operation["operationId"]}({signature}) -> Answer[{_answer(operation)}]:
        """{told}"""
        return self.call({", ".join(sent)})

'''


def _answer(operation: dict[str, Any]) -> str:
    kinds: list[str] = []
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        for medium, content in (answer.get("content") or {"": {}}).items():
            if not medium:
                kinds.append("None")
            else:
                kinds.append(_type(content["schema"]) if medium.endswith("json") else "bytes")
    return " | ".join(dict.fromkeys(kinds))


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if "enum" in schema or "const" in schema:
        return f"Literal[{', '.join(map(repr, schema.get('enum', [schema.get('const')])))}]"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " | ".join(dict.fromkeys(_type(each) for each in schema[word]))
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'])}]"
    return PLAIN.get(schema.get("type", ""), "Any" if not schema else "dict[str, Any]")


if __name__ == "__main__":
    main()
