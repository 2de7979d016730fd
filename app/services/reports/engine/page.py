"""A replay as a page of numbers with its picture: one file that needs nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

from app.services.reports.engine.chart import FUNDER_NAMES, draw
from app.services.reports.engine.summary import Change, Count, Summary
from app.services.reports.engine.svg import money, signed

STYLE: Final = """
body{margin:2rem auto;max-width:960px;padding:0 1rem;background:#fff;color:#1f2933;
font:15px/1.5 system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem}
p{margin:.25rem 0;color:#616e7c}svg{width:100%;height:auto;margin-top:1rem}
table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .75rem .3rem 0;text-align:left;border-bottom:1px solid #e4e7eb;
vertical-align:top}
th{font-weight:600;color:#616e7c}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
"""
STYLE_HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
PAGE_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
)
"""The content security policy under which the page looks as it should: its one style, no script."""

ROLES: Final = {True: "试算 tried", False: "原有 of then"}


@dataclass(frozen=True, slots=True)
class Cover:
    """What the page is of: its lines are shown below the title."""

    currency: str
    note: str
    lines: tuple[str, ...] = ()


def render(summary: Summary, cover: Cover) -> str:
    """The page as HTML. Every text of the shop's own is escaped."""
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>促销试算 Promotion replay</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        "<h1>促销试算 Promotion replay</h1>\n"
        + "".join(f"<p>{escape(each)}</p>\n" for each in (cover.note, *cover.lines))
        + draw(summary, cover.currency, note=None)
        + "\n".join(_tables(summary, cover.currency))
        + "\n</body>\n</html>\n"
    )


def _tables(found: Summary, currency: str) -> Iterable[str]:
    yield _heading("订单 Orders")
    yield _table(
        ("", "订单 Orders"),
        [
            ("重新报价 quoted again", f"{found.orders:,}"),
            ("变化 changed", f"{found.changed:,}"),
            ("少付 paying less", f"{found.cheaper:,}"),
            ("多付 paying more", f"{found.dearer:,}"),
            ("与原单一致 giving their stored numbers", f"{found.reproduced:,}"),
            *(
                (f"不一致 differing: {each.reason}", f"{each.orders:,}")
                for each in found.unreproduced
            ),
            *((f"跳过 skipped: {each.reason}", f"{each.orders:,}") for each in found.skipped),
            ("未证最优 not proven best", f"{found.bounded:,}"),
        ],
    )
    yield _heading(f"金额 Money, {currency}")
    sums = [
        ("应付 payable", found.payable),
        ("优惠 discount", found.discount),
        *((f"{FUNDER_NAMES[each.funder]} 承担 cost", each.cost) for each in found.funders),
        ("不含税收入 revenue", found.margin.revenue),
        ("成本 cost of goods", found.margin.cost),
        ("毛利 margin", found.margin.margin),
    ]
    yield _table(
        ("", "试算前 Before", "试算后 After", "差额 Change"),
        [(name, *_amounts(change, currency)) for name, change in sums]
        + [
            (
                "毛利率 margin rate",
                _rate(found.margin.rate_before_bps),
                _rate(found.margin.rate_after_bps),
                "",
            )
        ],
    )
    yield _heading("底线 Floors and costs")
    yield _table(
        ("", "试算前 Before", "试算后 After", "差额 Change"),
        [
            (name, *_numbers(change))
            for name, change in (
                ("低于成本的件数 pieces below cost", found.pieces_below_cost),
                ("含低于成本商品的订单 orders with such", found.orders_below_cost),
                ("低于底价的件数 pieces below their floor", found.pieces_below_floor),
                ("被底价拦住的订单 orders held back by floors", found.orders_capped),
                ("有成本价的件数 pieces with a cost", found.margin.pieces),
                ("无成本价的件数 pieces without", found.margin.pieces_unknown),
            )
        ],
    )
    yield _heading(f"每单应付变化 Change per order, {currency}")
    yield _table(
        ("从 from", "到 to", "订单 Orders"),
        [
            (
                money(each.low_minor, currency),
                money(each.high_minor, currency),
                f"{each.orders:,}",
            )
            for each in found.deltas
        ],
        texts=0,
    )
    yield _heading(f"促销 Promotions, {currency}")
    yield _table(
        ("", "", "订单 Orders", "试算后 after", "优惠 Amount", "试算后 after"),
        [
            (
                each.name,
                ROLES[each.is_tried],
                f"{each.orders.before:,}",
                f"{each.orders.after:,}",
                money(each.amount.before, currency),
                money(each.amount.after, currency),
            )
            for each in found.promotions
        ],
        texts=2,
    )
    yield from _conflicts(found)


def _conflicts(found: Summary) -> Iterable[str]:
    yield _heading("互斥 Who shuts out whom")
    yield _table(
        ("被排除 shut out", "被谁 by", "规则 rule", "订单 Orders"),
        [
            (each.loser, each.winner, str(each.rule), f"{each.orders:,}")
            for each in found.exclusions
        ],
        texts=2,
    )
    yield _heading("从未生效 Never applied")
    yield _table(
        ("试算促销 tried", "原因 reasons"),
        [(each.name, _reasons(each.reasons)) for each in found.never_applied]
        + [(each.name, "被取代 displaced") for each in found.displaced],
        texts=2,
    )


def _heading(said: str) -> str:
    return f"<h2>{escape(said)}</h2>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """A table whose first `texts` columns are words and the others figures."""
    if not rows:
        return "<p>无 None</p>"

    def cells(kind: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{kind}>{escape(each)}</{kind}>"
            if position < texts
            else f'<{kind} class="n">{escape(each)}</{kind}>'
            for position, each in enumerate(row)
        )

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table>\n<tr>{cells('th', head)}</tr>\n{body}\n</table>"


def _amounts(change: Change, currency: str) -> tuple[str, str, str]:
    return (
        money(change.before, currency),
        money(change.after, currency),
        signed(change.delta, currency),
    )


def _numbers(change: Change) -> tuple[str, str, str]:
    return f"{change.before:,}", f"{change.after:,}", f"{change.delta:+,}" if change.delta else "0"


def _rate(rate_bps: int | None) -> str:
    if rate_bps is None:
        return "—"
    whole, part = divmod(abs(rate_bps), 100)
    return f"{'−' if rate_bps < 0 else ''}{whole}.{part:02} %"


def _reasons(reasons: Sequence[Count]) -> str:
    return ", ".join(f"{each.reason} ×{each.orders:,}" for each in reasons) or "—"
