"""From a promotion's JSON columns to the rule the engine runs."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from app.services.promotions.engine.actions import read_action
from app.services.promotions.engine.conditions import read_conditions
from app.services.promotions.engine.context import DEFAULT_STAGES, family
from app.services.promotions.engine.reading import InvalidConfig, Node
from app.services.promotions.engine.scope import Scope
from app.services.promotions.engine.types import Rule, Stack


def parse_rule(
    stage: str, config: Mapping[str, object], *, stages: Sequence[str] = DEFAULT_STAGES
) -> Rule:
    """Read and check the rule of a promotion of `stage`.

    ```json
    {"scope": {…}, "condition": {"all": [{"type": …}, …]}, "action": {"type": …},
     "stack": {…}, "limits": {"max_discount_minor": 5000}}
    ```

    Only `action` is required. The members are described with `Scope`, the conditions, the actions
    and `Stack`. Raises `InvalidConfig` with a JSON pointer into `config`, or `/stage`.
    """
    if stage not in stages:
        raise InvalidConfig("/stage", f"must be one of {', '.join(stages)}")
    node = Node(config)
    scope, stack, limits = node.child("scope"), node.child("stack"), node.child("limits")
    gates, thresholds = read_conditions(node.child("condition"))
    action = node.child("action")
    if action is None:
        raise node.fail("action", "is required")
    rule = Rule(
        scope=Scope.read(scope) if scope else Scope(),
        gates=gates,
        thresholds=thresholds,
        action=read_action(action, family(stage)),
        stack=_read_stack(stack, stage, stages) if stack else _default_stack(stage),
        max_discount_minor=_read_limits(limits) if limits else None,
        digest=_digest(config),
    )
    node.close()
    return rule


def _default_stack(stage: str) -> Stack:
    return Stack(scope="unit" if family(stage) == "item" else "order")


def _read_stack(node: Node, stage: str, stages: Sequence[str]) -> Stack:
    default = _default_stack(stage)
    stack = Stack(
        exclusive=node.choice("exclusive", ("none", "stage", "order"), default.exclusive),
        groups=node.texts("groups"),
        in_stage=node.mode_or_texts("in_stage", ("conflict", "stack"), "conflict"),
        across=node.mode_or_texts("across", ("conflict", "stack"), "stack"),
        not_with=node.texts("not_with"),
        scope=node.choice("scope", ("unit", "order"), default.scope),
    )
    node.close()
    if stack.scope == "unit" and default.scope != "unit":
        raise node.fail("scope", "can be unit in an item stage only")
    if not isinstance(stack.across, str) and not set(stack.across) <= set(stages):
        raise node.fail("across", f"names a stage that is not one of {', '.join(stages)}")
    return stack


def _read_limits(node: Node) -> int | None:
    limit = node.integer_or_none("max_discount_minor")
    node.close()
    return limit


def _digest(config: Mapping[str, object]) -> str:
    canonical = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
