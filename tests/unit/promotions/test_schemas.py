"""The schemas of rules say no more and no less of each member than the parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from app.schemas.promotion_actions import ACTIONS as EXAMPLES
from app.services.promotions import rule_schemas
from app.services.promotions.engine import InvalidConfig, parse_rule, schemas
from app.services.promotions.engine.actions import ACTIONS
from app.services.promotions.engine.conditions import GATES, THRESHOLDS

SCHEMAS = rule_schemas()
ID = "019a0000-0000-7000-8000-000000000000"
CONDITIONS = [
    {"type": "min_amount", "amount_minor": 1, "on": "list", "scope": {"skus": [ID]}},
    {"type": "min_quantity", "quantity": 3},
    {"type": "customer_tags", "any": ["gold"], "none": ["staff"]},
    {"type": "first_order"},
    {"type": "nth_order", "n": 2},
    {"type": "channel", "channels": [ID]},
    {"type": "time_of_day", "from": "20:00", "to": "22:00", "weekdays": ["5"]},
]
MORE = [
    ("item", {"type": "bxgy", "buy": 1, "get": 1, "get_scope": {"brands": [ID]}, "max_groups": 2}),
    ("item", {"type": "nth", "n": 2, "rate_bps": 1, "group_by": "sku", "max_groups": 2}),
    ("order", {"type": "ladder", "by": "quantity", "tiers": [{"min": 2, "off_bps": 500}]}),
]
RULES = [
    *((stage, {"action": action}) for stage, actions in EXAMPLES.items() for action in actions),
    *((stage, {"action": action}) for stage, action in MORE),
    *(("order", {"action": MORE[2][1], "condition": {"all": [each]}}) for each in CONDITIONS),
]


def accepts(schema, value):
    return Draft202012Validator(schema, offline=True).is_valid(value)


def test_every_rule_type_has_a_schema():
    assert set(SCHEMAS["actions"]) == set(ACTIONS)
    assert set(SCHEMAS["conditions"]) == {*GATES, *THRESHOLDS}
    for kind, schema in {**SCHEMAS["actions"], **SCHEMAS["conditions"]}.items():
        assert schema["properties"]["type"] == {"const": kind}
        assert schema["description"]
    for action in SCHEMAS["actions"].values():
        assert action["x-stages"]


def test_the_schemas_name_the_dialect_that_reads_them():
    dialect = "https://json-schema.org/draft/2020-12/schema"
    assert schemas.rule_schema() == SCHEMAS["rule"]
    assert SCHEMAS["dialect"] == SCHEMAS["rule"]["$schema"] == dialect


def test_every_example_is_a_rule_by_its_schema():
    for _, config in RULES:
        action = config["action"]
        assert accepts(SCHEMAS["actions"][action["type"]], action), action
        assert accepts(SCHEMAS["rule"], config), config
    for each in CONDITIONS:
        assert accepts(SCHEMAS["conditions"][each["type"]], each), each


def places(value, path=()):
    """Paths to every member below `value`."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key)
            yield from places(each, (*path, key))
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from places(each, (*path, position))


def changed(value, path, new):
    head, *rest = path
    if isinstance(value, list):
        return [changed(each, rest, new) if i == head else each for i, each in enumerate(value)]
    if rest:
        return value | {head: changed(value[head], rest, new)}
    left = {key: each for key, each in value.items() if key != head}
    return left if new is REMOVED else left | {head: new}


REMOVED = object()
STRANGE = st.sampled_from([REMOVED, -1, 0, 10**16, "x", "", [], [1], {}, {"x": 1}, True, 1.5])


@given(st.sampled_from(RULES), st.data())
def test_what_a_schema_refuses_the_parser_refuses(rule, data):
    """And members the parser takes are all in the schema: one change at a time."""
    stage, config = rule
    path = data.draw(st.sampled_from(sorted(places(config), key=str)))
    broken = changed(config, path, data.draw(STRANGE))
    stages = SCHEMAS["actions"].get(config["action"]["type"], {}).get("x-stages", [stage])
    try:
        parse_rule(stages[0], broken)
    except InvalidConfig:
        return
    assert accepts(SCHEMAS["rule"], broken), broken


@pytest.mark.parametrize(
    "action",
    [
        {"type": "each", "every_minor": "1", "off_minor": 1},
        {"type": "ladder", "tiers": [{"off_minor": 1}]},
        {"type": "bundle_fixed", "price_minor": 1, "items": [{"sku_id": ID, "pieces": 1}]},
        {"type": "nth", "n": 2, "rate_bps": 10_001},
        {"type": "gift", "presents": []},
        {"type": "nonsense"},
    ],
)
def test_a_schema_refuses(action):
    assert not accepts(SCHEMAS["rule"], {"action": action})


def test_a_new_action_appears_by_itself(monkeypatch):
    class Halve(ACTIONS["percent_off"]):
        """Half of it."""

        type = "halve"

        @classmethod
        def read(cls, node):
            return cls(node.integer("rounds", high=3), None)

    monkeypatch.setitem(ACTIONS, "halve", Halve)
    made = schemas.action_schemas()["halve"]
    assert made["properties"]["rounds"]["maximum"] == 3
    assert (made["description"], made["x-stages"]) == ("Half of it.", ["order", "coupon"])
