"""JSON schemas (draft 2020-12) of rules, found by having each rule type read a probe.

A rule type says what it takes by what its `read` asks for; the probe writes down what it is asked.
So a new type has a schema the moment it has a row in its registry, and the two cannot disagree.
What depends on several members at once is beyond it: descriptions say that, the parser decides.
"""

import inspect
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, Final, TypeAlias

from typing_extensions import override

from app.core.money import MAX_MINOR
from app.services.pricing.engine import DEFAULT_STAGES, family
from app.services.promotions.engine.actions import ACTIONS
from app.services.promotions.engine.actions.base import FAMILIES
from app.services.promotions.engine.conditions import GATES, LATE, THRESHOLDS
from app.services.promotions.engine.parse import read_stack
from app.services.promotions.engine.reading import InvalidConfig, Node
from app.services.promotions.engine.scope import Scope
from app.services.promotions.engine.types import Stack

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXTS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string", "minLength": 1}}
_HOURS: Final = 24

Schema: TypeAlias = dict[str, Any]


class _Object:
    """What is known of one object: its members, and those that every reading needed."""

    def __init__(self) -> None:
        self.properties: dict[str, Any] = {}
        self.optional: set[str] = set()

    def schema(self) -> Schema:
        properties = {
            name: each.schema() if isinstance(each, _Object) else _listed(each)
            for name, each in self.properties.items()
        }
        required = [name for name in self.properties if name not in self.optional]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def member(self, key: str, made: Any, *, is_optional: bool) -> Any:
        if is_optional:
            self.optional.add(key)
        return self.properties.setdefault(key, made)


class _Probe(Node):
    """A node that has every member it is asked for, or only those it must have."""

    __slots__ = ("_found", "_is_full", "_numbers")

    def __init__(self, found: _Object, *, is_full: bool, numbers: "count[int]") -> None:
        super().__init__({})
        self._found, self._is_full, self._numbers = found, is_full, numbers

    @override
    def has(self, key: str) -> bool:
        self._found.optional.add(key)
        return self._is_full

    @override
    def integer(self, key: str, *, low: int = 1, high: int = MAX_MINOR) -> int:
        self._found.member(key, _number(key, low, high), is_optional=False)
        return high

    @override
    def integer_or_none(self, key: str, *, low: int = 1, high: int = MAX_MINOR) -> int | None:
        self._found.member(key, _number(key, low, high), is_optional=True)
        return high if self._is_full else None

    @override
    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        options = sorted(allowed)
        made: Schema = {"type": "string", "enum": options}
        if default is not None:
            made["default"] = default
        self._found.member(key, made, is_optional=default is not None)
        return default if default is not None else options[0]

    @override
    def text(self, key: str) -> str:
        made: Schema = {"type": "string", "minLength": 1}
        self._found.member(key, made | _hint(key), is_optional=False)
        # Distinct, and a time of day where one is wanted.
        return f"{next(self._numbers) % _HOURS:02d}:00"

    @override
    def texts(self, key: str) -> tuple[str, ...]:
        self._found.member(key, _TEXTS | _hint(key), is_optional=True)
        return ()

    @override
    def mode_or_texts(self, key: str, modes: Iterable[str], default: str) -> str | tuple[str, ...]:
        made = {"anyOf": [{"type": "string", "enum": sorted(modes)}, _TEXTS], "default": default}
        self._found.member(key, made, is_optional=True)
        return default

    @override
    def child(self, key: str) -> Node | None:
        inner = self._found.member(key, _Object(), is_optional=True)
        return self._below(inner)

    @override
    def children(self, key: str) -> list[Node]:
        """Two of each, for what must have more than one."""
        inner = self._found.member(key, [_Object()], is_optional=True)
        return [self._below(inner[0]) for _ in range(2)]

    @override
    def close(self) -> None:
        """Whatever is asked for is known here."""

    def _below(self, found: _Object) -> "_Probe":
        return _Probe(found, is_full=self._is_full, numbers=self._numbers)


def action_schemas() -> dict[str, Schema]:
    """Every action by type, each with the `stages` that may have it as `x-stages`."""
    return {
        kind: _typed(action, kind) | {"x-stages": _stages_of(FAMILIES[action.kind])}
        for kind, action in ACTIONS.items()
    }


def condition_schemas() -> dict[str, Schema]:
    """Every condition by type; `x-stages` where only some stages may have it."""
    return {
        kind: _typed(each, kind) | ({"x-stages": _stages_of(LATE[kind])} if kind in LATE else {})
        for kind, each in {**GATES, **THRESHOLDS}.items()
    }


def scope_schema() -> Schema:
    return _read(Scope.read) | {"description": _doc(Scope)}


def stack_schema() -> Schema:
    """Terms of sharing, for any of the stages there are."""
    schema = _read(lambda node: read_stack(node, "item", DEFAULT_STAGES))
    return schema | {"description": _doc(Stack)}


def rule_schema() -> Schema:
    """A whole configuration, for an editor that shows all there is."""
    conditions = {"type": "array", "items": {"oneOf": [*condition_schemas().values()]}}
    return {
        "$schema": DIALECT,
        "type": "object",
        "required": ["action"],
        "additionalProperties": False,
        "properties": {
            "scope": scope_schema(),
            "condition": {
                "type": "object",
                "properties": {"all": conditions},
                "additionalProperties": False,
            },
            "action": {"oneOf": [*action_schemas().values()]},
            "stack": stack_schema(),
            "limits": {
                "type": "object",
                "properties": {"max_discount_minor": _number("max_discount_minor", 1, MAX_MINOR)},
                "additionalProperties": False,
            },
        },
    }


def _stages_of(families: frozenset[str]) -> list[str]:
    return [each for each in DEFAULT_STAGES if family(each) in families]


def _typed(rule: Any, kind: str) -> Schema:
    """The schema of a rule type, `type` first; its docstring is the client's documentation."""
    schema = _read(rule.read)
    properties = {"type": {"const": kind}} | schema["properties"]
    return schema | {
        "title": kind,
        "description": _doc(rule),
        "properties": properties,
        "required": ["type", *schema["required"]],
    }


def _read(read: Callable[[Node], object]) -> Schema:
    """What `read` asks for of a node that has everything, and of one that has the least."""
    found = _Object()
    for is_full in (True, False):
        try:
            read(_Probe(found, is_full=is_full, numbers=count()))
        except InvalidConfig:
            # The values of a probe need not make sense together; what was asked for is known.
            continue
    return found.schema()


def _listed(made: Any) -> Any:
    if not isinstance(made, list):
        return made
    return {"type": "array", "minItems": 1, "items": made[0].schema()}


def _number(key: str, low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high} | _hint(key)


def _hint(key: str) -> Schema:
    """How an editor asks for it, from how members are named everywhere."""
    if key.endswith("_minor"):
        return {"x-ui": {"widget": "money"}}
    if key.endswith("_bps"):
        return {"x-ui": {"widget": "percent"}}
    if key == "sku_id":
        return {"format": "uuid", "x-ui": {"widget": "picker", "of": "skus"}}
    bare = key.removeprefix("exclude_")
    if bare in {"skus", "spus", "categories", "brands", "merchants", "channels"}:
        return {"x-ui": {"widget": "picker", "of": bare}}
    return {}


def _doc(subject: object) -> str:
    return inspect.getdoc(subject) or ""
