"""Drawing in SVG: text, bars, axes. Presentation attributes only, so no style policy is asked."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from app.core.money import exponent

INK, FAINT, RULE, PAPER = "#1f2933", "#616e7c", "#e4e7eb", "#ffffff"
FONT: Final = (
    "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei',"
    " sans-serif"
)
STEPS: Final = (1, 2, 5)


def document(width: int, height: int, title: str, parts: Iterable[str], *, top: int = 0) -> str:
    """A whole picture on paper of its own, readable on any background; what is above `top` is off.

    `height` is that of what is seen.
    """
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top} {width} {height}"'
        f' width="{width}" height="{height}" font-family="{escape(FONT)}" role="img">\n'
        f"<title>{escape(title)}</title>\n{rect(0, top, width, height, PAPER)}\n{body}\n</svg>\n"
    )


def text(
    x: float,
    y: float,
    said: str,
    *,
    size: int = 12,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"'
        f"{weight}>{escape(said)}</text>"
    )


def rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = RULE) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"'
        ' stroke-width="1"/>'
    )


def ticks(low: int, high: int, *, most: int = 6) -> list[int]:
    """At most about `most` whole numbers of 1, 2 or 5 times a power of ten from `low` to `high`.

    The first is not above `low` and the last not below `high`; both are there with zero between.
    """
    low, high = min(low, 0), max(high, 1)
    step = next(
        size * 10**power
        for power in range(40)
        for size in STEPS
        if (high - low) <= size * 10**power * most
    )
    first, last = low // step, -(-high // step)
    return [each * step for each in range(first, last + 1)]


def money(minor: int, currency: str, *, is_short: bool = False) -> str:
    """`-1,234.50`; short without decimals where they are naught."""
    places = exponent(currency)
    whole, part = divmod(abs(minor), 10**places)
    sign = "−" if minor < 0 else ""
    if not places or (is_short and not part):
        return f"{sign}{whole:,}"
    return f"{sign}{whole:,}.{part:0{places}}"


def signed(minor: int, currency: str) -> str:
    """Money with its sign, as a difference is told."""
    return ("+" if minor > 0 else "") + money(minor, currency)


def legend(x: float, y: float, entries: Sequence[tuple[str, str]]) -> list[str]:
    """Names of colours side by side, from `x` on."""
    parts = []
    for fill, said in entries:
        parts += [rect(x, y - 9, 10, 10, fill), text(x + 16, y, said, fill=FAINT)]
        x += 34 + 7.2 * sum(2 if each > "\u2e7f" else 1 for each in said)
    return parts
