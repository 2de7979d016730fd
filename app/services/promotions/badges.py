"""The few characters a badge says of a promotion, the same in every language."""

from app.core.money import exponent
from app.services.promotions.engine import Promotion
from app.services.promotions.engine.actions.each_unit import PercentOffUnit
from app.services.promotions.engine.actions.gift import Gift
from app.services.promotions.engine.actions.percent_off import PercentOff


def badge(promotion: Promotion, amount_minor: int, currency: str) -> str:
    """`-10%` for a share, `-20.00` for an amount that is taken off, `+1` for pieces given.

    A share that its cap cuts short is an amount.
    """
    action = promotion.rule.action
    match action:
        case Gift():
            return f"+{action.presents[0].quantity}"
        case PercentOffUnit():
            return _percent(action.rate_bps)
        case PercentOff() if amount_minor != action.cap_minor:
            return _percent(action.rate_bps)
        case _:
            return f"-{_decimal(amount_minor, exponent(currency))}"


def _percent(rate_bps: int) -> str:
    whole, rest = divmod(rate_bps, 100)
    return f"-{whole}.{rest:02}".rstrip("0") + "%" if rest else f"-{whole}%"


def _decimal(amount_minor: int, digits: int) -> str:
    whole, rest = divmod(amount_minor, 10**digits)
    return f"{whole}.{rest:0{digits}}" if digits else str(whole)
