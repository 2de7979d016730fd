"""What answers say of a rule is what the engine took, in the shapes that clients are told."""

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from app.schemas.rules import Conditions, PromotionAction, PromotionCondition
from app.services.promotions import rule_schemas
from tests.unit.promotions.test_schemas import CONDITIONS, RULES

ALL = TypeAdapter(Conditions)


@pytest.mark.parametrize("action", [config["action"] for _, config in RULES], ids=str)
def test_an_action_is_of_the_one_shape_and_stays_as_it_was_said(action):
    shape = Draft202012Validator(PromotionAction.model_json_schema(), offline=True)
    assert shape.is_valid(action)
    assert not shape.is_valid(action | {"amount_minor": "1"})
    assert PromotionAction.model_validate(action).model_dump() == action


def test_the_one_shape_has_every_member_of_every_type():
    for shape, kinds in ((PromotionAction, "actions"), (PromotionCondition, "conditions")):
        members = {name for each in rule_schemas()[kinds].values() for name in each["properties"]}
        assert set(shape.model_json_schema()["properties"]) == members


def test_conditions_are_told_apart_by_their_type():
    told = {"all": CONDITIONS}
    assert ALL.dump_python(ALL.validate_python(told)) == told
    assert ALL.validate_python({}) == {}
    shape = Draft202012Validator(ALL.json_schema(), offline=True)
    assert shape.is_valid(told)
    for each in CONDITIONS:
        for other in CONDITIONS:
            mixed = {"all": [{"type": other["type"], **{k: each[k] for k in each if k != "type"}}]}
            assert shape.is_valid(mixed) == (each["type"] == other["type"] or _fits(each, other))
    with pytest.raises(ValidationError):
        ALL.validate_python({"all": [{"type": "full_moon"}]})


def _fits(each, other):
    """Whether the members of one type do for the other: what is said too much is let be."""
    return set(rule_schemas()["conditions"][other["type"]]["required"]) <= set(each)
