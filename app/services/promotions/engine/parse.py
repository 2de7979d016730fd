"""From a promotion's JSON columns to the rule the engine runs."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from app.services.pricing.engine import DEFAULT_STAGES, family, is_stage
from app.services.promotions.engine.actions import read_action
from app.services.promotions.engine.conditions import read_conditions
from app.services.promotions.engine.reading import InvalidConfig, Node
from app.services.promotions.engine.scope import Scope
from app.services.promotions.engine.types import Rule, Stack


def parse_rule(
    stage: str, config: Mapping[str, object], *, stages: Sequence[str] | None = None
) -> Rule:
    """Read and check the rule of a promotion of `stage`.

    ```json
    {"scope": {…}, "condition": {"all": [{"type": …}, …]}, "action": {"type": …},
     "stack": {…}, "limits": {"max_discount_minor": 5000}}
    ```

    Only `action` is required. The members are described with `Scope`, the conditions, the actions
    and `Stack`. Which stages there are is up to the channel; without `stages` any name will do
    that some channel may have. Raises `InvalidConfig` with a JSON pointer into `config`, or
    `/stage`.
    """
    if not _is_known(stage, stages):
        raise InvalidConfig("/stage", f"must be one of {', '.join(stages or DEFAULT_STAGES)}")
    node = Node(config)
    scope, stack, limits = node.child("scope"), node.child("stack"), node.child("limits")
    gates, thresholds = read_conditions(node.child("condition"), family(stage))
    action = node.child("action")
    if action is None:
        raise node.fail("action", "is required")
    rule = Rule(
        scope=Scope.read(scope) if scope else Scope(),
        gates=gates,
        thresholds=thresholds,
        action=read_action(action, family(stage)),
        stack=read_stack(stack, stage, stages) if stack else _default_stack(stage),
        max_discount_minor=_read_limits(limits) if limits else None,
        digest=_digest(config),
    )
    node.close()
    return rule


def _default_stack(stage: str) -> Stack:
    return Stack(scope="unit" if family(stage) == "item" else "order")


def _is_known(stage: str, stages: Sequence[str] | None) -> bool:
    return is_stage(stage) if stages is None else stage in stages


def read_stack(node: Node, stage: str, stages: Sequence[str] | None) -> Stack:
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
    if not isinstance(stack.across, str) and not all(
        _is_known(each, stages) for each in stack.across
    ):
        known = ", ".join(stages or DEFAULT_STAGES)
        raise node.fail("across", f"names a stage that is not one of {known}")
    return stack


def _read_limits(node: Node) -> int | None:
    limit = node.integer_or_none("max_discount_minor")
    node.close()
    return limit


def _digest(config: Mapping[str, object]) -> str:
    canonical = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
