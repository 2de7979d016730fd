"""Short rounds of faults add up."""

from pathlib import Path
from typing import Any

from bench.chaos.outcome import Outcome
from bench.chaos.rounds import keep, runs, sums
from bench.chaos.tally import Acknowledged, Fault, Tally


def run(kills: int, outage: float, *, audit: str = "") -> dict[str, Any]:
    tally = Tally(
        orders=[Acknowledged("a")], instants=[0.0, outage], faults=[Fault(began=0.0, ended=1.0)]
    )
    counted = {"kills": kills}
    outcome = Outcome("app-kills", tally, counted=counted, audit=audit, loads=[outage, 9.0])
    return {"outcomes": [outcome.plain(), Outcome("disk-full", tally, skipped="no root").plain()]}


def test_counts_add_up_and_the_longest_time_stands(tmp_path: Path) -> None:
    path = tmp_path / "results" / "chaos.json"
    keep(path, run(3, 2.0), is_first=False)
    keep(path, run(4, 5.0, audit="stock is off"), is_first=False)
    (mode, found), *others = sums(runs(path)).items()
    assert (mode, others) == ("app-kills", [])
    assert (found["rounds"], found["counted"]["kills"], found["acknowledged"]) == (2, 7, 2)
    assert (found["longest_outage_seconds"], found["longest_recovery_seconds"]) == (5.0, 4.0)
    assert (found["load_least"], found["load_most"], found["not_clean"]) == (2.0, 9.0, 1)


def test_a_first_run_forgets_those_before(tmp_path: Path) -> None:
    path = tmp_path / "chaos.json"
    assert runs(path) == []
    keep(path, run(3, 2.0), is_first=True)
    assert len(keep(path, run(4, 5.0), is_first=True)) == 1
