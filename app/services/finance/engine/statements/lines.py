"""What a line of a gateway's statement says, whoever wrote it, and how files are refused. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.core.errors import DomainError
from app.core.money import parse_minor

BEIJING = ZoneInfo("Asia/Shanghai")
LIMIT_BYTES = 4_000_000_000
"""More than any statement has; less than would fill a disk, unpacked from a file that lies."""
LINE_BYTES = 64 * 1_024


class StatementUnreadable(DomainError):
    """Not a statement, or one that does not add up: nothing of the file is taken."""

    slug, title, title_zh = "statement-unreadable", "The statement is refused", "对账单无法导入"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LineKind(StrEnum):
    """`move` is what else happened on an account there: fees, withdrawals, disputes."""

    PAYMENT = "payment"
    REFUND = "refund"
    MOVE = "move"


class LineState(StrEnum):
    """`pending` is a refund that was taken in."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


class Line(NamedTuple):
    """A line of a file, which starts with line 1. Refunds are positive like payments.

    `amount_minor` is what the payer paid or got back, `fee_minor` what the gateway keeps of it
    (negative where it gives a fee back), `settled_minor` what it adds to what we are to be paid
    out, signed. A move is signed.
    """

    number: int
    kind: LineKind
    provider_id: str
    out_trade_no: str
    out_refund_no: str
    amount_minor: int
    fee_minor: int
    settled_minor: int
    currency: str
    at: datetime
    state: LineState
    raw: str


def refused(why: str, line: int | None = None) -> StatementUnreadable:
    return StatementUnreadable(why, line=line) if line else StatementUnreadable(why)


def minor(written: str, currency: str, line: int) -> int:
    """Signed minor units; an empty field is 0."""
    if not written:
        return 0
    try:
        if written[0] == "-":
            return -parse_minor(written[1:], currency)
        return parse_minor(written.removeprefix("+"), currency)
    except ValueError as error:
        raise refused(f"An amount cannot be read: {error}", line) from error


def count(written: str, line: int) -> int:
    if not (written.isascii() and written.isdecimal()):
        raise refused(f"{written!r} is no count", line)
    return int(written)


def instant(written: str, line: int) -> datetime:
    """A time in Beijing, as both write it: `2019-07-25 08:35:41`."""
    try:
        found = datetime.fromisoformat(written.replace("：", ":"))
    except ValueError as error:
        raise refused(f"{written!r} is no time", line) from error
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def columns(names: Sequence[str], needed: Iterable[str], line: int) -> Mapping[str, int]:
    """Where each column is. Those nobody knows are left alone; one that is missing is fatal."""
    places = {name.strip(): place for place, name in enumerate(names)}
    if missing := [each for each in needed if each not in places]:
        raise refused(f"Columns are missing: {', '.join(missing)}", line)
    return places


def same(what: str, stated: int, found: int) -> None:
    """A total at the end of a file must be what its lines add up to."""
    if stated != found:
        raise refused(f"{what}: the file states {stated}, its lines add up to {found}")


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of text without their ends."""
    seen = 0
    for number, line in enumerate(chunks, 1):
        seen += len(line)
        if seen > LIMIT_BYTES or len(line) > LINE_BYTES:
            raise refused("The file is too large", number)
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            raise refused(f"This is no text in {encoding}", number) from error
        yield number, text.rstrip("\r\n")
