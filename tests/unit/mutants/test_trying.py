"""Mutants that are tried: what the tests notice is counted, what they miss is told."""

import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.mutants.__main__ import score
from tests.mutants.areas import ROOT
from tests.mutants.making import Mutant
from tests.mutants.planting import NotLoaded, plant
from tests.mutants.starting import tried
from tests.mutants.trying import Job

PATH = "app/services/pricing/engine/tax.py"
TESTS = ("tests/unit/pricing/test_tax.py::test_tax_rounds_half_up",)


def mutant(was: str, now: str, function: str | None) -> Mutant:
    source = (ROOT / PATH).read_text(encoding="utf-8")
    assert source.count(was) == 1
    line = source[: source.index(was)].count("\n") + 1
    return Mutant(PATH, line, function, (line, line), (), was, now, source.replace(was, now))


def test_what_is_noticed_is_counted_and_what_is_missed_is_told() -> None:
    whole = "whole = 10_000 + rate_bps if mode == TaxMode.INCLUSIVE else 10_000"
    found = tried(
        Job(
            [
                mutant(whole, whole.replace("+", "-"), "tax_minor"),
                mutant(whole, whole.replace("10_000 + rate_bps", "rate_bps + 10_000"), "tax_minor"),
                mutant("taxes[i] = share", "taxes[i] = 0", "line_taxes"),
                mutant('EXCLUSIVE = "exclusive"', 'EXCLUSIVE = "inclusive"', None),
            ],
            [PATH],
            options=("--noconftest", "-p", "tests.planted.profile"),
        ),
        TESTS,
        {},
    )
    assert [each.status for each in found] == [
        "killed",
        "survived",
        "survived",
        "killed",
    ]
    assert "test_tax_rounds_half_up[" in found[0].what
    assert found[1].what.endswith("tests stay green")
    assert found[2].what == "no test gets there"
    assert score(found) == 50.0


def test_a_constant_is_changed_wherever_it_was_imported(tmp_path, monkeypatch) -> None:
    texts = {
        "first": "A = 'a > 0'\nB = f'{A} AND c'\ndef made():\n    return 1\nD = made()\n",
        "second": "from tests.first import B\nC = [B]\n",
    }
    loaded = {}
    for name, text in texts.items():
        file = tmp_path / f"{name}.py"
        file.write_text(text)
        spec = spec_from_file_location(f"tests.{name}", file)
        loaded[name] = module_from_spec(spec)
        monkeypatch.setitem(sys.modules, f"tests.{name}", loaded[name])
        spec.loader.exec_module(loaded[name])
    source = texts["first"].replace(">", ">=")
    plant(Mutant("tests/first.py", 1, None, (1, 1), ("A",), "", "", source))
    assert loaded["second"].C == ["a >= 0 AND c"]
    with pytest.raises(NotLoaded):  # what `made` answers is known already
        plant(Mutant("tests/first.py", 4, "made", (4, 4), (), "", "", source))
