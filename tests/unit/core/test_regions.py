"""Regions of China: the table hangs together, and addresses fit it or say what would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.regions import Region, UnknownRegion, children, find, region_of, with_region


def below(parent: str | None) -> list[Region]:
    return [each for child in children(parent) for each in (child, *below(child.code))]


EVERYWHERE = below(None)


def path(region: Region) -> list[Region]:
    above = find(region.parent) if region.parent else None
    return [*(path(above) if above else []), region]


def test_the_table_is_a_tree_of_six_digit_codes() -> None:
    assert len(children(None)) == 34
    assert len(EVERYWHERE) == len({each.code for each in EVERYWHERE}) == 34 + 342 + 2975
    for each in EVERYWHERE:
        assert each.code.isdigit()
        assert len(each.code) == 6
        assert each.is_split == bool(children(each.code))
        assert find(each.code) == each


@given(st.sampled_from([each for each in EVERYWHERE if each.level == "district"]))
def test_the_names_of_a_district_find_its_code(district: Region) -> None:
    province, city, _ = path(district)
    code = region_of(province.name, city.name, district.name)
    found = find(code)
    assert found is not None
    assert found.name == district.name
    assert code[:2] == district.code[:2]
    assert region_of(province.name, city.name, district.name, code) == code


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("广东省", "广州市", "天河区"), "440106"),
        (("广东", "广州", "天河"), "440106"),
        (("广东省", "广州市", None), "440100"),
        (("上海市", "上海市", "黄浦区"), "310101"),
        (("上海", "市辖区", None), "310000"),
        (("湖北省", "仙桃市", None), "429004"),
        (("广东省", "东莞市", None), "441900"),
        (("香港特别行政区", "九龙", "油尖旺区"), "810000"),
    ],
)
def test_names_are_understood(names: tuple[str, str, str | None], code: str) -> None:
    assert region_of(*names) == code


@pytest.mark.parametrize(
    ("names", "code", "field", "suggested"),
    [
        (("广东省", "深圳", "天河区"), None, "district", "440305"),
        (("广东省", "广洲市", "天河区"), None, "city", "440100"),
        (("广冬省", "广州市", None), None, "province", "440000"),
        (("上海市", "苏州市", None), None, "city", "310000"),
        (("广东省", "广州市", "天河区"), "440103", "region_code", "440106"),
        (("广东省", "广州市", "天河区"), "999999", "region_code", "440106"),
    ],
)
def test_what_is_nowhere_is_refused_with_what_is_near(
    names: tuple[str, str, str | None], code: str | None, field: str, suggested: str
) -> None:
    with pytest.raises(UnknownRegion) as caught:
        region_of(*names, code)
    assert caught.value.context["field"] == field
    suggestions = [each["code"] for each in caught.value.context["suggestions"]]
    assert suggested in suggestions or field == "district"
    assert suggestions


def test_the_smaller_of_code_and_names_wins() -> None:
    assert region_of("广东省", "广州市", None, "440106") == "440106"
    assert region_of("广东省", "广州市", "天河区", "440100") == "440106"


def test_other_countries_are_left_alone() -> None:
    address = {"country": "DE", "province": "Berlin", "city": "Berlin", "region_code": None}
    assert with_region(address) == address
