"""The generator's parts: templates, rules, barcodes, the life cycle, options and slugs."""

import pytest

from app.core.enums.catalog import ProductStatus
from app.services.catalog.engine.barcodes import BarcodeRule, check_digit
from app.services.catalog.engine.lifecycle import (
    MOVES,
    IllegalProductTransition,
    ProductAction,
    advance,
)
from app.services.catalog.engine.options import (
    Axis,
    InvalidOptions,
    Value,
    check_choice,
    extended,
    option_key,
    read_axes,
)
from app.services.catalog.engine.rules import Rules
from app.services.catalog.engine.slugs import slugify
from app.services.catalog.engine.template import InvalidTemplate, Template

SIZE = Axis("size", "Size", (Value("s", "S"), Value("m", "M")))
COLOR = Axis("color", "Color", (Value("red", "Red"),))


@pytest.mark.parametrize("current", ProductStatus)
@pytest.mark.parametrize("action", ProductAction)
def test_every_status_takes_exactly_the_actions_of_the_table(current, action):
    if current in MOVES[action].sources:
        assert advance(current, action) is MOVES[action].target
    else:
        with pytest.raises(IllegalProductTransition):
            advance(current, action)


@pytest.mark.parametrize(
    ("source", "text"),
    [("{spu}-{size}", "TEE-m"), ("x{size}{size}y", "xmmy"), ("plain", "plain"), ("", "")],
)
def test_a_template_is_filled(source, text):
    template = Template.parse(source, known=["spu", "size"])
    assert template.render({"spu": "TEE", "size": "m"}) == text


@pytest.mark.parametrize(
    "source", ["{", "}", "{}", "{a}}", "{spu.x}", "{spu!r}", "{spu:>9}", "{0}"]
)
def test_a_template_holds_known_placeholders_only(source):
    with pytest.raises(InvalidTemplate):
        Template.parse(source, known=["spu", "size"])


def test_exclude_beats_include():
    rules = Rules([{"size": frozenset({"s", "m"})}], [{"size": frozenset({"m"})}])
    assert rules.allow({"size": "s", "color": "red"})
    assert not rules.allow({"size": "m", "color": "red"})
    assert not rules.allow({"size": "l", "color": "red"})


@pytest.mark.parametrize(
    ("digits", "check"), [("690123456789", "2"), ("400638133393", "1"), ("000000000000", "0")]
)
def test_check_digits_of_known_barcodes(digits, check):
    assert check_digit(digits) == check


def test_barcodes_skip_what_is_taken_and_end_with_the_prefix():
    rule = BarcodeRule("12345678901", start=8)
    first, second = rule.unused(())
    assert list(rule.unused({first})) == [second]


def test_option_keys_do_not_depend_on_order():
    assert option_key({"b": "2", "a": "1"}) == option_key({"a": "1", "b": "2"}) == "a=1|b=2"


@pytest.mark.parametrize("options", [{}, {"size": "xl"}, {"size": "m", "color": "red"}])
def test_a_choice_names_one_value_of_every_axis(options):
    with pytest.raises(InvalidOptions):
        check_choice([SIZE], options)


@pytest.mark.parametrize(
    "raw",
    [
        [SIZE.dump(), SIZE.dump()],
        [{"code": "a", "name": "A", "values": []}],
        [{"code": "a", "name": "A", "values": [{"code": "x", "name": "X"}] * 2}],
        [Axis(str(n), "", (Value("v", "V"),)).dump() for n in range(9)],
    ],
)
def test_unusable_axes_are_refused(raw):
    with pytest.raises(InvalidOptions):
        read_axes(raw)


def test_values_in_use_are_kept_when_options_change():
    wanted = [Axis("size", "Size", (Value("l", "L"),)), COLOR]
    (size, color) = extended([SIZE], wanted)
    assert [value.code for value in size.values] == ["l", "s", "m"]
    assert color == COLOR


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Red T-Shirt!", "red-t-shirt"), ("马克杯 MUG", "马克杯-mug"), ("__", ""), ("ＡＢＣ", "abc")],
)
def test_slugs(text, slug):
    assert slugify(text) == slug
