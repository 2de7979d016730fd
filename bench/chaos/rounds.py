"""Runs that are kept, and what they come to together: short rounds add up to a long one."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

NOTHING = ("lost", "doubled", "unknown", "replayed_otherwise", "undrained")


def keep(path: Path, run: Mapping[str, Any], *, is_first: bool) -> list[Any]:
    """Write the run behind those before it, or alone; all that are kept now."""
    kept = [] if is_first else runs(path)
    kept.append(run)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"runs": kept}, indent=1) + "\n")
    return kept


def runs(path: Path) -> list[Any]:
    if not path.exists():
        return []
    kept: list[Any] = json.loads(path.read_text()).get("runs", [])
    return kept


def sums(kept: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By mode: counts are added up, of times the longest stands, of loads the span."""
    made: dict[str, dict[str, Any]] = {}
    for run in kept:
        for each in run["outcomes"]:
            if not each["skipped"]:
                _add(made.setdefault(each["mode"], _none()), each)
    return made


def _none() -> dict[str, Any]:
    return {
        "rounds": 0,
        "counted": Counter(),
        "verdict": Counter(),
        "acknowledged": 0,
        "longest_outage_seconds": 0.0,
        "longest_fault_seconds": 0.0,
        "longest_recovery_seconds": 0.0,
        "load_least": None,
        "load_most": 0.0,
        "not_clean": 0,
    }


def _add(sum_: dict[str, Any], outcome: Mapping[str, Any]) -> None:
    sum_["rounds"] += 1
    sum_["acknowledged"] += outcome["acknowledged"]
    sum_["counted"].update(outcome["counted"])
    sum_["verdict"].update(outcome["verdict"] or {})
    sum_["not_clean"] += outcome["audit"] != "clean"
    least = sum_["load_least"]
    load = outcome["load_least"]
    sum_["load_least"] = load if least is None else min(load, least)
    for name, known in tuple(sum_.items()):
        if name.startswith("longest") or name == "load_most":
            sum_[name] = max(known, outcome[name])


def sums_table(kept: Sequence[Mapping[str, Any]]) -> Table:
    made = Table("mode", "rounds", "done", "acked", ", ".join(NOTHING), show_lines=True)
    for name in ("longest outage s", "longest fault s", "beside it s", "load", "audit"):
        made.add_column(name, justify="right")
    for mode, each in sums(kept).items():
        made.add_row(
            mode,
            str(each["rounds"]),
            ", ".join(f"{count} {what}" for what, count in each["counted"].items()),
            str(each["acknowledged"]),
            ", ".join(str(each["verdict"][name]) for name in NOTHING),
            f"{each['longest_outage_seconds']:.1f}",
            f"{each['longest_fault_seconds']:.1f}",
            f"{each['longest_recovery_seconds']:.1f}",
            f"{each['load_least']:.0f} to {each['load_most']:.0f}",
            f"{each['not_clean']} BROKEN" if each["not_clean"] else "clean",
        )
    return made
