"""The page on which a person pays at the sandbox: plain HTML, no script, both languages."""

import hashlib
from base64 import b64encode
from html import escape
from urllib.parse import urlencode

from sqlalchemy import RowMapping

from app.adapters.sandbox.scenarios import MEANINGS, Scenario
from app.core.money import exponent

_STYLE = """
*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#1f2430;
font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif}
main{max-width:26rem;margin:0 auto;padding:2rem 1rem;text-align:center}
section{padding:2rem 1.5rem;border-radius:16px;background:#fff;box-shadow:0 8px 30px #1f243014}
h1{margin:0;font-size:1.05rem;font-weight:600}
p{margin:.5rem 0}
small,.number{color:#6b7280;font-size:.85rem;overflow-wrap:anywhere}
.amount{margin:1.25rem 0 .25rem;font-size:2.2rem;font-weight:700;line-height:1.2}
.state{display:inline-block;padding:.15rem .8rem;border-radius:999px;
background:#eef2ff;color:#3949ab}
.state.succeeded{background:#e3f4ea;color:#1b6b3c}
.state.failed,.state.closed{background:#fdecea;color:#a33a2b}
button,.back{display:block;width:100%;margin-top:.75rem;padding:.75rem;border:1px solid #d5d9e2;
border-radius:10px;background:#fff;color:inherit;font:inherit;text-decoration:none;cursor:pointer}
button.first,.back.first{border-color:#2f54eb;background:#2f54eb;color:#fff;font-weight:600}
button:focus-visible,.back:focus-visible,summary:focus-visible{outline:3px solid #93a8f7}
details{margin-top:1.25rem;color:#6b7280;font-size:.9rem}
summary{cursor:pointer}
"""
_DIGEST = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_STATES = {
    "pending": ("Waiting for payment", "等待支付"),
    "succeeded": ("Paid", "已支付"),
    "failed": ("Declined", "支付失败"),
    "closed": ("Closed", "已关闭"),
}
_PLAIN = (Scenario.SUCCEED, Scenario.DECLINE)


def amount_text(amount_minor: int, currency: str) -> str:
    """`1234` fen as `12.34 CNY`."""
    digits = exponent(currency)
    whole, rest = divmod(amount_minor, 10**digits)
    return f"{whole}.{rest:0{digits}d} {currency}" if digits else f"{whole} {currency}"


def payment_address(number: str, back: str | None) -> str:
    """The path of the page; `back` is where its link leads, the shop's `PAYMENTS__RETURN_URL`."""
    return f"/sandbox/pay/{number}" + (f"?{urlencode({'back': back})}" if back else "")


def payment_page(payment: RowMapping, back: str | None = None) -> str:
    number = escape(payment["out_trade_no"])
    amount = escape(amount_text(payment["amount_minor"], payment["currency"]))
    if count := payment["instalments"]:
        amount += f"<br><small>{count} instalments / 分 {count} 期</small>"
    state = payment["state"]
    english, chinese = _STATES.get(state, (state, state))
    is_open = state in {"pending", "failed"}
    plain = "".join(_button(each, number, back, is_first=is_open) for each in _PLAIN)
    others = "".join(_button(each, number, back) for each in MEANINGS if each not in _PLAIN)
    leave = ""
    if back:
        looks = "back" if is_open else "back first"
        leave = f'<a class="{looks}" href="{escape(back)}">Back to the shop / 返回商店</a>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Sandbox / 沙箱支付</title><style>{_STYLE}</style></head><body><main><section>"
        "<h1>Sandbox payment / 沙箱支付</h1>"
        "<small>No real money moves here. / 此处不涉及真实资金。</small>"
        f'<p class="amount"><strong>{amount}</strong></p><p class="number">{number}</p>'
        f'<p class="state {escape(state)}">{escape(english)} / {escape(chinese)}</p>'
        f'{"" if is_open else leave}<form method="post">{plain}{leave if is_open else ""}'
        "<details><summary>What else gateways do / 其他情形</summary>"
        f"{others}</details></form></section></main></body></html>"
    )


def _button(scenario: Scenario, number: str, back: str | None, *, is_first: bool = False) -> str:
    said, said_zh = MEANINGS[scenario]
    asked = {"scenario": scenario.value} | ({"back": back} if back else {})
    looks = ' class="first"' if is_first and scenario is Scenario.SUCCEED else ""
    action = escape(f"/sandbox/pay/{number}?{urlencode(asked)}")
    return f'<button{looks} formaction="{action}">{escape(said)} / {escape(said_zh)}</button>'
