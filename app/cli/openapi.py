"""`shop openapi`: write the contracts that clients and reviewers read."""

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from fastapi import FastAPI
from pydantic import TypeAdapter

from app.adapters.messages import NoMessages
from app.core.db import build_engine, build_sessions, read_only
from app.core.events import Event
from app.core.settings import DatabaseSettings, HttpSettings, Settings
from app.main import Resources, create_app
from app.routers.contract import documents
from app.services.webhooks.engine.facts import API_VERSION, FACTS, Fact

FOLDER = Path("openapi")
NOWHERE = "postgresql+asyncpg:///unused"


def described() -> FastAPI:
    """The application without a database: enough to say what it offers."""
    settings = Settings(database=DatabaseSettings(url=NOWHERE), http=HttpSettings())
    engine = build_engine(settings.database)
    return create_app(
        Resources(
            settings=settings,
            sessions=build_sessions(engine),
            readers=read_only(engine),
            messages=NoMessages(),
            gateways={},
        )
    )


def contracts(app: FastAPI) -> dict[str, str]:
    """Every file of `openapi/` by its path in there; the same text for the same code."""
    files = {f"{audience}.json": _text(found) for audience, found in documents(app).items()}
    told = {f"events/{each.name}.json": _text(_schema(each)) for each in events()}
    posted = {f"events/{name}.json": _text(schema) for name, schema in webhook_schemas().items()}
    return files | told | posted


def events(base: type[Event] = Event) -> Iterator[type[Event]]:
    """Every fact some domain publishes; the application's import has loaded them all."""
    for each in base.__subclasses__():
        # A dataclass with slots is made twice; only the second is the one with the name.
        is_it = getattr(sys.modules.get(each.__module__), each.__qualname__, None) is each
        if is_it and hasattr(each, "name") and each.__module__.startswith("app."):
            yield each
        yield from events(each)


def _schema(event: type[Event]) -> dict[str, Any]:
    schema = TypeAdapter(event).json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": event.name}
    return head | schema


def webhook_schemas() -> dict[str, dict[str, Any]]:
    """What is posted to merchants' endpoints, by name: the envelope around each fact."""
    return {schema["$id"]: schema for schema in map(_posted, FACTS)}


def _posted(fact: type[Fact]) -> dict[str, Any]:
    data = TypeAdapter(fact).json_schema()
    envelope = {
        "id": {"type": "string", "format": "uuid", "description": "The same at every attempt."},
        "type": {"const": fact.type, "type": "string"},
        "api_version": {"const": API_VERSION, "type": "string"},
        "occurred_at": {"type": "string", "format": "date-time"},
        "ordering_key": {
            "type": "string",
            "description": "What it is about; events of one key come in their order.",
        },
        "data": data,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"webhook.{fact.type.replace('.', '_')}.v{API_VERSION}",
        "title": fact.__name__,
        "description": inspect.getdoc(fact) or "",
        "type": "object",
        "properties": envelope,
        "required": list(envelope),
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def export(folder: Path = FOLDER) -> list[Path]:
    """Write what changed below `folder`, remove what is no longer offered; returns the paths."""
    files = {folder / name: text for name, text in contracts(described()).items()}
    for path in set(folder.rglob("*.json")) - set(files):
        path.unlink()
    written = []
    for path, text in sorted(files.items()):
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            written.append(path)
    return written


def openapi() -> None:
    """Export the API contracts to openapi/."""
    for path in export():
        typer.echo(f"wrote {path}")
