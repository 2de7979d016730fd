"""The page on which a person pays at the sandbox: plain HTML, no script, both languages."""

from html import escape

from sqlalchemy import RowMapping

from app.adapters.sandbox.scenarios import MEANINGS
from app.core.money import exponent

CSP = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_STATES = {
    "pending": ("Waiting for payment", "等待支付"),
    "succeeded": ("Paid", "已支付"),
    "failed": ("Declined", "支付失败"),
    "closed": ("Closed", "已关闭"),
}


def amount_text(amount_minor: int, currency: str) -> str:
    """`1234` fen as `12.34 CNY`."""
    digits = exponent(currency)
    whole, rest = divmod(amount_minor, 10**digits)
    return f"{whole}.{rest:0{digits}d} {currency}" if digits else f"{whole} {currency}"


def payment_page(payment: RowMapping) -> str:
    number = escape(payment["out_trade_no"])
    amount = escape(amount_text(payment["amount_minor"], payment["currency"]))
    if count := payment["instalments"]:
        amount += f" ({count} instalments / 分 {count} 期)"
    english, chinese = _STATES.get(payment["state"], (payment["state"], payment["state"]))
    buttons = "".join(
        f'<p><button formaction="/sandbox/pay/{number}?scenario={scenario}">'
        f"{escape(said)} / {escape(said_zh)}</button></p>"
        for scenario, (said, said_zh) in MEANINGS.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>Sandbox / 沙箱支付</title></head><body><main>"
        "<h1>Sandbox payment / 沙箱支付</h1>"
        "<p>No real money moves here. / 此处不涉及真实资金。</p>"
        f"<p><strong>{amount}</strong></p><p>{number}</p>"
        f"<p>{escape(english)} / {escape(chinese)}</p>"
        f'<form method="post">{buttons}</form></main></body></html>'
    )
