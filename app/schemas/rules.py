"""Actions and conditions of promotions as answers have them, so that clients have types for them.

The shapes are those of `rule_schemas`, found by what the engine reads: a new rule type is typed in
the contracts the moment it can be used. What was not said of a rule is absent.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from pydantic import Discriminator, GetJsonSchemaHandler, RootModel, Tag, create_model
from pydantic_core import CoreSchema
from typing_extensions import TypedDict, override

from app.services.promotions import rule_schemas

Schema: TypeAlias = dict[str, Any]


def _plain(schema: Any) -> Any:
    """Without what is for editors, and open for what a rule type may have one day."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _plain(each)
        for name, each in schema.items()
        if not name.startswith("x-") and name != "additionalProperties"
    }


ACTIONS: Mapping[str, Schema] = _plain(rule_schemas()["actions"])
CONDITIONS: Mapping[str, Schema] = _plain(rule_schemas()["conditions"])


class _Rule(RootModel[dict[str, Any]]):
    """A rule as it was configured: whatever the engine took."""

    told: ClassVar[Schema] = {}

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> Schema:
        return {**cls.told, "title": cls.__name__}


def _together(what: str, schemas: Mapping[str, Schema]) -> Schema:
    """One shape with the members of all; those that differ between types are of any of theirs."""
    found: dict[str, list[Schema]] = {}
    for schema in schemas.values():
        for name, each in schema["properties"].items():
            if name != "type" and each not in found.setdefault(name, []):
                found[name].append(each)
    members = {
        name: each[0] if len(each) == 1 else {"anyOf": each} for name, each in sorted(found.items())
    }
    kinds = ", ".join(f"`{each}`" for each in schemas)
    return {
        "type": "object",
        "description": f"{what} Members are those of its `type`, as it was set up.",
        "properties": {
            "type": {"type": "string", "description": f"One of {kinds}. More may come."},
            **members,
        },
        "required": ["type"],
    }


# One shape for all: the released contracts said `object` here, which a union would break.
class PromotionAction(_Rule):
    told = _together("What a promotion does.", ACTIONS)


class PromotionCondition(_Rule):
    told = _together("What has to hold.", CONDITIONS)


def _one_of(schemas: Mapping[str, Schema], what: str) -> Any:
    """One of the rules, told apart by `type`."""
    kinds = []
    for kind, schema in schemas.items():
        rule = create_model(_name(kind) + what, __base__=_Rule)
        rule.told = schema
        kinds.append(Annotated[rule, Tag(kind)])
    return Annotated[reduce(or_, kinds), Discriminator(_type_of)]


def _name(kind: str) -> str:
    return "".join(word.title() for word in kind.split("_"))


def _type_of(rule: Any) -> Any:
    return rule["type"] if isinstance(rule, Mapping) else rule.root["type"]


if TYPE_CHECKING:
    Condition: TypeAlias = dict[str, Any]
else:
    Condition = _one_of(CONDITIONS, "Condition")


class Conditions(TypedDict, total=False):
    """All of these have to hold; where there are none, nothing has to."""

    all: list[Condition]
