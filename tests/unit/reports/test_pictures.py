"""Pictures and pages of replays: well formed, within bounds, safe, and telling the figures."""

import itertools
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import MAX_MINOR
from app.services.reports.engine import (
    PAGE_POLICY,
    Cover,
    Tally,
    bucket_of,
    draw,
    render,
    summarise,
)
from app.services.reports.engine.svg import money, signed, ticks

EVIL = "<script>alert(1)</script>&\"'"
SVG = "{http://www.w3.org/2000/svg}"


def found(**sums):
    tally = Tally(
        **{
            "orders": 10,
            "changed": 7,
            "payable": [100_000, 90_000],
            "deltas": {str(bucket_of(d)): n for d, n in ((-5_000, 4), (0, 1), (2_000, 2))},
            "funders": {"merchant": [0, 1_234_56], "platform": [7, 3], "supplier": [0, 0]},
            "revenue": [90_000, 80_000],
            "cost": [70_000, 85_000],
            "promotions": {
                "t": {"orders": [0, 4], "amount": [0, 9], "capped": [0, 0], "gift": [0, 0]}
            },
            "exclusions": {"old|t|4": 4},
            "refused": {"idle": {"THRESHOLD_NOT_MET": 10}},
            **sums,
        }
    )
    return summarise(tally, {"t": EVIL, "idle": "Idle"}, {"old": "Old"})


def picture(summary, currency="CNY"):
    return ET.fromstring(draw(summary, currency, note=EVIL))  # noqa: S314 - our own text


@pytest.mark.parametrize(
    "sums",
    [
        {},
        {"deltas": {}},
        {
            "revenue": [0, 0],
            "cost": [0, 0],
            "funders": {"merchant": [0, 0], "platform": [0, 0], "supplier": [0, 0]},
        },
    ],
)
def test_a_picture_is_well_formed_and_everything_lies_on_it(sums):
    root = picture(found(**sums))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for each in root.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("y", height)):
            if name in each.attrib:
                assert 0 <= float(each.attrib[name]) <= most, each.attrib
        if each.tag == f"{SVG}rect":
            assert float(each.attrib["width"]) >= 0
            assert float(each.attrib["x"]) + float(each.attrib["width"]) <= width
            assert float(each.attrib["y"]) + float(each.attrib["height"]) <= height


def test_a_picture_names_its_figures_in_both_languages():
    said = " ".join(each.text or "" for each in picture(found()).iter(f"{SVG}text"))
    for words in ("每单应付变化 Change per order", "承担方）Cost by funder", "毛利 Margin"):
        assert words in said
    for figure in ("1,234.56  (+1,234.56)", "0.03  (−0.04)", "−50.00  (−250.00)", "−100.00"):
        assert figure in said
    assert EVIL in said


def test_styles_and_scripts_are_none_but_the_one_the_policy_names():
    page = render(found(), Cover("CNY", EVIL, (EVIL,)))
    assert not re.search(r"\sstyle=|<script|\son\w+=|https?://(?!www\.w3\.org/2000/svg)", page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in PAGE_POLICY
    assert PAGE_POLICY.startswith("default-src 'none'")


class Cells(HTMLParser):
    """The text of every cell; tags that are closed in another order than opened are refused."""

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in {"rect", "line"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in {"td", "th"}:
            self.texts.append(data)


def test_a_page_has_the_same_figures():
    cells = Cells()
    cells.feed(render(found(), Cover("CNY", "note")))
    assert cells.open == []
    for figure in ("1,000.00", "−100.00", "1,234.56", "−6.25 %", EVIL, "THRESHOLD_NOT_MET ×10"):
        assert figure in cells.texts or figure in " ".join(cells.texts)


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.integers(0, MAX_MINOR), st.integers(3, 8))
def test_ticks_reach_around_and_stay_few(low, size, most):
    high = low + size
    marks = ticks(low, high, most=most)
    assert marks[0] <= min(low, 0)
    assert marks[-1] >= max(high, 1)
    assert 0 in marks
    assert len(marks) <= most + 2
    assert len({b - a for a, b in itertools.pairwise(marks)}) == 1


def test_money_is_written_as_its_currency_is():
    assert money(-123_456, "CNY") == "−1,234.56"
    assert money(5, "KWD") == "0.005"
    assert (money(1_234, "JPY"), money(12_300, "CNY", is_short=True)) == ("1,234", "123")
    assert (signed(5, "CNY"), signed(0, "CNY"), signed(-5, "CNY")) == ("+0.05", "0.00", "−0.05")
