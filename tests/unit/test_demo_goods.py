"""The demo shop names nothing that is not there."""

import pytest

from app.adapters.sandbox import picture
from app.cli.demo.assortment import GOODS
from app.cli.demo.goods import ATTRIBUTE_SETS, BRANDS, CATEGORIES


@pytest.mark.parametrize("goods", GOODS, ids=lambda goods: goods.code)
def test_goods_have_a_picture_in_every_colour_and_known_attributes(goods):
    shape, color = goods.picture
    colors = [color] if color else [code for code, _ in goods.options.get("color", ("", []))[1]]
    assert colors
    for each in colors:
        assert "<svg" in picture(f"{shape}-{each}")
    _, attributes = ATTRIBUTE_SETS[goods.sort]
    assert set(goods.attributes) <= {code for code, _, _ in attributes}
    assert goods.category in {code for code, _, _ in CATEGORIES}
    assert goods.brand in {code for code, _ in BRANDS}


@pytest.mark.parametrize("name", ["tee", "tee-", "-black", "tee-plaid", "boat-black", ""])
def test_nothing_else_is_drawn(name):
    assert picture(name) is None
