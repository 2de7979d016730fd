"""`python -m bench.page`: what runs left in `bench/results/`, as a page with charts.

Each run writes one JSON; the page shows what there is and says of each run where and when it was
made. Charts are SVG files beside it, so that they can be shown elsewhere too.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.report import RESULTS

FOLDER = RESULTS.parent
GOALS = {
    "list": 0.6,
    "page": 0.6,
    "quote_10_lines": 0.4,
    "quote_made_anew": 0.4,
    "order_four_tenders": 0.6,
    "order_paid_at_once": 0.6,
    "whole checkout": 0.5,
}
SHOWN = 12
"""Curves of one chart: the steepest of them, by what they read at the largest size."""
_HEAD = """<!doctype html><meta charset="utf-8"><title>Stoa, measured</title><style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 3rem } img { width: 100%; height: auto } table { border-collapse: collapse }
td, th { padding: .2rem .8rem .2rem 0; text-align: right; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left } .meta { color: #667 }
</style><h1>Stoa, measured</h1>
<p>Look at the ratios: absolute figures are this machine's, whose load is named with each run.</p>
"""


def main() -> int:
    runs = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
    if not runs:
        print("no run has left anything in bench/results: `make bench` first")
        return 1
    parts = [_HEAD]
    for name, run in runs.items():
        if name == "latest":
            parts += _bench(run)
        elif name.startswith("scale-"):
            parts += _scale(name, run)
        else:
            parts.append(_plain(name, run))
    page = FOLDER / "index.html"
    page.write_text("\n".join(parts))
    print(f"{page}: {', '.join(runs)}")
    return 0


def _meta(run: dict[str, Any], name: str) -> str:
    at = datetime.fromtimestamp((FOLDER / f"{name}.json").stat().st_mtime, UTC)
    facts = run.get("machine", {})
    told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in facts.items())
    return f'<p class="meta">{at:%Y-%m-%d %H:%M} UTC. {escape(told)}</p>'


def _bench(run: dict[str, Any]) -> Iterator[str]:
    yield f"<h2>Against ceilings of the same run</h2>{_meta(run, 'latest')}"
    ceilings = [*run["ceilings"], {"name": "whole checkout", **run["checkouts"]}]
    names = [each["name"] for each in ceilings]
    bars = {
        "service": [each["of_bare"] for each in ceilings],
        "goal": [GOALS.get(name, 0) for name in names],
    }
    title = "Share of a bare endpoint that sends the same statements and bytes"
    yield _bars("of-bare", title, names, bars)
    loaded = run["loaded"]
    names = [each["name"] for each in loaded[1:]]
    for what, title in (
        ("per_second", "Answers per second, by connections"),
        ("p50_ms", "Half are answered within, in milliseconds, by connections"),
        ("p99_ms", "99 of 100 are answered within, in milliseconds, by connections"),
    ):
        bars = {
            connections: [each["figures"][connections][what] for each in loaded[1:]]
            for connections in loaded[0]["figures"]
        }
        yield _bars(what, title, names, bars)
    yield _table(
        ("statements", "of one request"), [(name, str(n)) for name, n in run["queries"].items()]
    )
    memory = ", ".join(f"{when} {mib:.0f} MiB" for when, mib in run["memory_mib"].items())
    yield f"<p>Resident memory of all processes: {memory}. Audit: {run['audit'] or 'clean'}.</p>"


def _scale(name: str, run: dict[str, Any]) -> Iterator[str]:
    grown = {"goods": "SKUs", "orders": "orders", "audit": "orders"}[run["axis"]]
    yield f"<h2>As {grown} grow</h2>{_meta(run, name)}"
    steepest = sorted(run["curves"], key=lambda x: -x["points"][-1]["rows"])[:SHOWN]
    for what, title in (("ms", "Milliseconds"), ("rows", "Rows met by scans")):
        if any(point[what] for each in steepest for point in each["points"]):
            yield _lines(f"{name}-{what}", f"{title} of one request, by {grown}", steepest, what)
    sizes = [f"{each['size']:,}" for each in run["curves"][0]["points"]]
    yield _table(
        ("request", *(f"rows at {size}" for size in sizes), "ms at the last", ""),
        [
            (
                each["name"],
                *(f"{point['rows']:,.0f}" for point in each["points"]),
                f"{each['points'][-1]['ms']:.1f}",
                each["kind"],
            )
            for each in run["curves"]
        ],
    )


def _plain(name: str, run: Any) -> str:
    """A run of a kind that has no chart, as it was written."""
    shown = escape(json.dumps(run, indent=1, ensure_ascii=False))
    summary = f"<summary>{escape(name)}.json</summary>"
    return f"<h2>{escape(name)}</h2><details>{summary}<pre>{shown}</pre></details>"


def _bars(name: str, title: str, names: list[str], bars: dict[str, list[float]]) -> str:
    figure, axes = _chart(title)
    width = 0.8 / len(bars)
    for at, (label, values) in enumerate(bars.items()):
        places = [place + (at - (len(bars) - 1) / 2) * width for place in range(len(names))]
        drawn = axes.bar(places, values, width, label=label)
        axes.bar_label(drawn, fmt="%.4g", fontsize=7)
    axes.set_xticks(range(len(names)), names)
    axes.legend(frameon=False)
    return _drawn(figure, name, title)


def _lines(name: str, title: str, curves: list[dict[str, Any]], what: str) -> str:
    figure, axes = _chart(title)
    for each in curves:
        sizes = [point["size"] for point in each["points"]]
        axes.plot(sizes, [point[what] for point in each["points"]], "o-", label=each["name"])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    return _drawn(figure, name, title)


def _chart(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    return figure, axes


def _drawn(figure: Figure, name: str, title: str) -> str:
    figure.savefig(FOLDER / f"{name}.svg")
    return f'<img src="{name}.svg" alt="{escape(title)}">'


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    heads = "".join(f"<th>{escape(each)}</th>" for each in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{heads}</tr>{body}</table>"


if __name__ == "__main__":
    sys.exit(main())
