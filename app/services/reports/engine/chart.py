"""A replay as a picture: change per order, cost by funder, margin before and after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.reports.engine.buckets import Bar
from app.services.reports.engine.summary import Change, Summary
from app.services.reports.engine.svg import (
    FAINT,
    INK,
    document,
    legend,
    line,
    money,
    rect,
    signed,
    text,
    ticks,
)

TITLE: Final = "促销试算 Promotion replay"
WIDTH, HEIGHT, BELOW_TITLE = 960, 880, 74
LEFT, RIGHT = 164, 930
ROOM: Final = 190
"""What figures need beside the longest bar."""
CHEAPER, DEARER, SAME = "#2f8f83", "#c8553d", "#9aa5b1"
BEFORE, AFTER = "#b8c4ce", "#2b6cb0"
FUNDER_NAMES: Final = {
    "merchant": "商家 Merchant",
    "platform": "平台 Platform",
    "supplier": "供应商 Supplier",
}
SIDES: Final = ((BEFORE, "试算前 Before"), (AFTER, "试算后 After"))


@dataclass(frozen=True, slots=True)
class Row:
    """A figure drawn as two bars."""

    name: str
    change: Change


def draw(summary: Summary, currency: str, *, note: str | None) -> str:
    """The whole picture; `note` says what it is of, null where the title stands elsewhere."""
    funders = [Row(FUNDER_NAMES[each.funder], each.cost) for each in summary.funders]
    margin = summary.margin
    money_rows = [
        Row("不含税收入 Revenue", margin.revenue),
        Row("成本 Cost", margin.cost),
        Row("毛利 Margin", margin.margin),
    ]
    top = BELOW_TITLE if note is None else 0
    known, unknown = margin.pieces.after, margin.pieces_unknown.after
    return document(
        WIDTH,
        HEIGHT - top,
        TITLE,
        [
            *_title(note),
            *_heading(104, "每单应付变化 Change per order", _told(summary, currency)),
            *_histogram(summary.deltas, currency, top=140, bottom=330),
            *_heading(420, "优惠成本（按承担方）Cost by funder", currency),
            *legend(LEFT, 444, SIDES),
            *_pairs(funders, currency, top=458),
            *_heading(
                660,
                "毛利 Margin",
                f"{currency} · 有成本价 with a cost {known:,} 件 pieces ·"
                f" 无成本价 without {unknown:,}",
            ),
            *legend(LEFT, 684, SIDES),
            *_pairs(money_rows, currency, top=698),
        ],
        top=top,
    )


def _title(note: str | None) -> list[str]:
    if note is None:
        return []
    return [text(30, 40, TITLE, size=20, bold=True), text(30, 62, note, fill=FAINT)]


def _told(summary: Summary, currency: str) -> str:
    same = summary.orders - summary.changed
    return (
        f"{currency} · 变化 changed {summary.changed:,} / {summary.orders:,}"
        f" · 不变 unchanged {same:,} · 合计 total {signed(summary.payable.delta, currency)}"
    )


def _heading(y: float, title: str, told: str) -> list[str]:
    return [
        text(30, y, title, size=15, bold=True),
        text(RIGHT, y, told, anchor="end", fill=FAINT),
    ]


def _histogram(bars: Sequence[Bar], currency: str, *, top: float, bottom: float) -> Iterator[str]:
    """Bars of equal width, whatever their classes; bounds stand below the edges."""
    if not bars:
        yield text(
            (LEFT + RIGHT) / 2, (top + bottom) / 2, "没有变化 Nothing changes", anchor="middle"
        )
        return
    marks = ticks(0, max(each.orders for each in bars), most=5)
    scale = (bottom - top) / marks[-1]
    for mark in marks:
        y = bottom - mark * scale
        yield line(LEFT, y, RIGHT, y)
        yield text(LEFT - 10, y + 4, f"{mark:,}", anchor="end", fill=FAINT)
    yield text(30, top - 14, "订单 Orders", fill=FAINT)
    width = (RIGHT - LEFT) / len(bars)
    inset = min(3.0, width / 8)
    for position, each in enumerate(bars):
        x = LEFT + position * width
        height = each.orders * scale
        fill = SAME if each.low_minor == each.high_minor else _colour(each)
        if each.orders:
            drawn = max(height, 1.0)
            yield rect(x + inset, bottom - drawn, width - 2 * inset, drawn, fill)
            yield text(
                x + width / 2, bottom - drawn - 5, f"{each.orders:,}", size=11, anchor="middle"
            )
    yield line(LEFT, bottom, RIGHT, bottom, stroke=INK)
    yield from _edges(bars, currency, width, bottom)
    if bars[0].low_minor < 0:
        yield text(LEFT, bottom + 42, "← 顾客少付 shopper pays less", fill=FAINT)
    if bars[-1].high_minor > 0:
        yield text(RIGHT, bottom + 42, "顾客多付 shopper pays more →", anchor="end", fill=FAINT)


def _colour(bar: Bar) -> str:
    return CHEAPER if bar.high_minor <= 0 else DEARER


def _edges(bars: Sequence[Bar], currency: str, width: float, bottom: float) -> Iterator[str]:
    """Bounds of the classes below their edges, as many as fit; zero is told once."""
    every = 1 + int(62 / width)
    zero = next((i for i, each in enumerate(bars) if each.low_minor == each.high_minor), None)
    for position in range(len(bars) + 1):
        x = LEFT + position * width
        if zero is not None and position in {zero, zero + 1}:
            if position == zero:
                yield text(x + width / 2, bottom + 18, "0", size=11, anchor="middle")
            continue
        if position % every and position != len(bars):
            continue
        bound = bars[position].low_minor if position < len(bars) else bars[-1].high_minor
        said = money(bound, currency, is_short=True)
        yield line(x, bottom, x, bottom + 5, stroke=INK)
        yield text(x, bottom + 18, said, size=11, anchor="middle")


def _pairs(rows: Sequence[Row], currency: str, *, top: float) -> Iterator[str]:
    """Two bars a row, before above after, on a common axis; losses grow to the left."""
    height, step = 15, 48
    bottom = top + step * len(rows)
    values = [value for row in rows for value in row.change]
    marks = ticks(min(values), max(values))
    scale = (RIGHT - ROOM - LEFT) / (marks[-1] - marks[0])
    origin = LEFT - marks[0] * scale
    for mark in marks:
        x = origin + mark * scale
        yield line(x, top, x, bottom)
        yield text(
            x,
            bottom + 16,
            money(mark, currency, is_short=True),
            size=11,
            anchor="middle",
            fill=FAINT,
        )
    for position, row in enumerate(rows):
        y = top + position * step + (step - 2 * height - 2) / 2
        yield text(LEFT - 12, y + height + 5, row.name, anchor="end")
        for value, fill, down in (
            (row.change.before, BEFORE, 0),
            (row.change.after, AFTER, height + 2),
        ):
            x = origin + min(value, 0) * scale
            yield rect(x, y + down, abs(value) * scale, height, fill)
            said = money(value, currency)
            if down:
                said += f"  ({signed(row.change.delta, currency)})"
            end = origin + max(value, 0) * scale
            yield text(end + 6, y + down + 12, said, size=11, fill=FAINT if not down else INK)
    yield line(origin, top, origin, bottom, stroke=INK)
