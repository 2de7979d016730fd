"""Schemas of everything a promotion is configured with, for the editor of the staff."""

from functools import cache
from typing import Any

from app.services.promotions.draft import EXPIRIES, FUNDERS, POLICIES, RETURNS, WHOLE_BPS
from app.services.promotions.engine import schemas


@cache
def rule_schemas() -> dict[str, Any]:
    """JSON schemas (draft 2020-12) by what they describe; new rule types appear by themselves."""
    return {
        "dialect": schemas.DIALECT,
        "actions": schemas.action_schemas(),
        "conditions": schemas.condition_schemas(),
        "scope": schemas.scope_schema(),
        "stack": schemas.stack_schema(),
        "rule": schemas.rule_schema(),
        "funding": _members(
            {each: {"type": "integer", "minimum": 0, "maximum": WHOLE_BPS} for each in FUNDERS}
        ),
        "refund": _members(
            {
                "return_coupon": {"type": "string", "enum": list(RETURNS)},
                "coupon_expiry": {"type": "string", "enum": list(EXPIRIES)},
                "policy": {"type": "string", "enum": list(POLICIES)},
            }
        ),
    }


def _members(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}
