"""UnionPay's file of a clearing day: lines of fields of fixed width, a blank between them. Pure.

`ZM` lists payments and refunds, `ZME` what went wrong and disputes. Neither has totals; a line of
another width is refused. Widths are those of the file interface's part 3, as its published SDK
reads them. Times have no year. What is settled is read with the fee in it or without: whichever
agrees with the amount.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import accumulate

from app.services.finance.engine.statements.lines import (
    BEIJING,
    Line,
    LineKind,
    LineState,
    refused,
)

ZM = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1),
    *(21, 15, 1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98),
)
ZME = (3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)
_TRACE, _TIME, _AMOUNT, _QUERY, _ORDER, _FEE, _SETTLED, _TYPE = 3, 4, 6, 9, 11, 15, 16, 19
_RESERVED = 34
_REFUNDS = frozenset({"04", "31"})
_YUAN = "CNY"


def _spans(widths: Sequence[int]) -> list[slice]:
    ends = accumulate(width + 1 for width in widths)
    return [slice(end - width - 1, end - 1) for end, width in zip(ends, widths, strict=True)]


_ZM, _ZME = _spans(ZM), _spans(ZME)
_ZM_LEAST = _ZM[_RESERVED].stop
_ZME_LEAST = _ZME[_AMOUNT].stop


def trades(lines: Iterator[tuple[int, str]], day: date) -> Iterator[Line]:
    """Payments (01), refunds (04) and voids (31); each is final. Text is bytes, Latin-1."""
    for number, text in lines:
        if not text.strip():
            continue
        if len(text) < _ZM_LEAST:
            raise refused("The line is too short", number)
        kind = text[_ZM[_TYPE]].strip()
        if kind != "01" and kind not in _REFUNDS:
            raise refused(f"{kind!r} is neither payment nor refund", number)
        is_refund = kind in _REFUNDS
        order = text[_ZM[_ORDER]].strip()
        amount = _fen(text[_ZM[_AMOUNT]], number)
        fee = _signed(text[_ZM[_FEE]], "D", number)
        settled = _signed(text[_ZM[_SETTLED]], "C", number)
        yield Line(
            number,
            LineKind.REFUND if is_refund else LineKind.PAYMENT,
            text[_ZM[_QUERY]].strip(),
            "" if is_refund else order,
            (text[_ZM[_RESERVED]].strip() or order.removeprefix("V")) if is_refund else "",
            amount,
            fee,
            settled - fee if abs(settled) == amount else settled,
            _YUAN,
            _at(text[_ZM[_TIME]], day, number),
            LineState.SUCCEEDED,
            text.rstrip(),
        )


def disputes(lines: Iterator[tuple[int, str]], day: date) -> Iterator[Line]:
    """What went wrong: people have to look at each."""
    for number, text in lines:
        if not text.strip():
            continue
        if len(text) < _ZME_LEAST:
            raise refused("The line is too short", number)
        amount = _fen(text[_ZME[_AMOUNT]], number)
        yield Line(
            number,
            LineKind.MOVE,
            text[_ZME[_TRACE]].strip() + text[_ZME[_TIME]].strip(),
            "",
            "",
            amount,
            0,
            0,
            _YUAN,
            _at(text[_ZME[_TIME]], day, number),
            LineState.FAILED,
            text.rstrip(),
        )


def _fen(written: str, line: int) -> int:
    digits = written.strip()
    if not (digits.isascii() and digits.isdecimal()):
        raise refused(f"{digits!r} is no amount in fen", line)
    return int(digits)


def _signed(written: str, positive: str, line: int) -> int:
    """`D` is owed by the merchant, `C` to the merchant."""
    text = written.strip()
    if not text:
        return 0
    if text[0] not in "DC":
        raise refused(f"{text!r} is neither debit nor credit", line)
    amount = _fen(text[1:], line)
    return amount if text[0] == positive else -amount


def _at(written: str, day: date, line: int) -> datetime:
    """`MMDDhhmmss` of the clearing day or before it, in Beijing."""
    try:
        found = datetime.strptime(f"{day.year}{written}", "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError as error:
        raise refused(f"{written!r} is no time", line) from error
    return found.replace(year=day.year - 1) if found.date() > day else found
