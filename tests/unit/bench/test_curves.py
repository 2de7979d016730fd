"""How the growth of a cost is judged."""

import json
from pathlib import Path

import pytest

from bench import page
from bench.scale.curve import Curve, Point


def _curve(*rows: float) -> Curve:
    return Curve(
        "list", [Point(10_000 * 10**at, 1, each, each, 1.0) for at, each in enumerate(rows)]
    )


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ((900, 900, 900), "flat"),
        ((900, 1_000, 1_100), "flat"),
        ((900, 1_800, 3_600), "slow"),
        ((900, 3_000, 10_000), "GROWS"),
        ((900, 9_000, 90_000), "GROWS"),
        ((10, 100, 499), "flat"),
        ((100, 5_000, 5_000), "flat"),
        ((90_000,), "flat"),
    ],
)
def test_growth_is_judged_by_the_last_step(rows: tuple[float, ...], kind: str) -> None:
    assert _curve(*rows).kind == kind


def test_pages_count_as_rows_do() -> None:
    curve = Curve("list", [Point(100, 1, 600, 600, 1.0), Point(1_000, 1, 600, 6_000, 1.0)])
    assert curve.kind == "GROWS"


def test_what_was_only_timed_is_not_judged() -> None:
    curve = Curve("audit", [Point(100, 0, 0, 0, 1.0), Point(1_000, 0, 0, 0, 10.0)])
    assert curve.kind == ""


def test_a_page_shows_what_runs_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FOLDER", tmp_path)
    run = {"machine": {"cores": 2}, "axis": "goods", "curves": [_curve(900, 9_000).plain()]}
    (tmp_path / "scale-goods.json").write_text(json.dumps(run))
    (tmp_path / "other.json").write_text('{"lost": "<0>"}')

    assert page.main() == 0

    shown = (tmp_path / "index.html").read_text()
    assert "GROWS" in shown
    assert "&lt;0&gt;" in shown
    assert (tmp_path / "scale-goods-rows.svg").read_bytes().startswith(b"<?xml")


def test_a_page_of_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FOLDER", tmp_path)
    assert page.main() == 1
