"""Numbers of payment cards, which are never kept: whoever keeps one answers for how."""

import re
from typing import Final

_DIGITS: Final = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_BRANDS: Final = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}"  # Visa
    r"|(?:5[1-5]|2[2-7])[0-9]{14}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|(?:62|81)[0-9]{14,17}"  # UnionPay
    r"|35[0-9]{14}"  # JCB
    r"|6(?:011|5[0-9]{2})[0-9]{12}"  # Discover
)


def holds_card_number(text: str) -> bool:
    """Whether digits of the text, also with spaces or hyphens, are a card's (ISO/IEC 7812)."""
    return any(_is_card(re.sub(r"[ -]", "", each)) for each in _DIGITS.findall(text))


def _is_card(digits: str) -> bool:
    return _BRANDS.fullmatch(digits) is not None and _luhn(digits) % 10 == 0


def _luhn(digits: str) -> int:
    total = 0
    for place, each in enumerate(reversed(digits)):
        value = int(each) * (1 + place % 2)
        total += value // 10 + value % 10
    return total
