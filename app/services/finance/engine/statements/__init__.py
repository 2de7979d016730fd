"""Statements of gateways, told apart by what is in them and read line by line. Pure."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import IO, Protocol

from app.core.money import MAX_MINOR
from app.services.finance.engine.statements import alipay, sandbox, unionpay, wechatpay
from app.services.finance.engine.statements.lines import (
    BEIJING,
    LINE_BYTES,
    Line,
    LineKind,
    LineState,
    StatementUnreadable,
    decoded,
    refused,
)

__all__ = ["BEIJING", "Line", "LineKind", "LineState", "StatementUnreadable", "read"]

_BOM = "\ufeff".encode()
_CURRENCY = re.compile("[A-Z]{3}")
_SUMS = "#支付宝业务汇总查询".encode("gb18030")


class _Readable(Protocol):
    def readline(self, size: int = -1, /) -> bytes: ...


def read(file: IO[bytes], day: date) -> Iterator[Line]:
    """The lines of a statement of `day`, a few at a time; `file` can be sought.

    gzip and zip are unpacked while reading. What stands in it tells whose it is and of what kind.
    Raises `StatementUnreadable` at the line that is wrong, or at the end where totals do not add
    up: what was read before counts for nothing then.
    """
    for line in _unpacked(file, day):
        is_known = _CURRENCY.fullmatch(line.currency) and line.provider_id
        if not is_known or abs(line.amount_minor) > MAX_MINOR:
            raise refused("It names no transaction, no currency or too much", line.number)
        yield line


def _unpacked(file: IO[bytes], day: date) -> Iterator[Line]:
    try:
        start = file.read(2)
        file.seek(0)
        if start == b"\x1f\x8b":
            with gzip.open(file) as plain:
                yield from _lines(plain, "", day)
        elif start == b"PK":
            yield from _members(file, day)
        else:
            yield from _lines(file, "", day)
    except (
        zipfile.BadZipFile,
        gzip.BadGzipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
    ) as error:
        raise refused("The file cannot be unpacked") from error


def _members(file: IO[bytes], day: date) -> Iterator[Line]:
    """Members of a zip one after the other; numbers of lines go on."""
    with zipfile.ZipFile(file) as packed:
        members = [each for each in packed.infolist() if not each.is_dir()]
        if not members:
            raise refused("The file is empty")
        before = 0
        for member in members:
            last = 0
            with packed.open(member) as plain:
                for line in _lines(plain, _name(member), day):
                    last = line.number
                    yield line._replace(number=before + last)
            before += last


def _name(member: zipfile.ZipInfo) -> str:
    """Names are GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    return member.filename.encode("cp437", "replace").decode("gb18030", "replace")


def _lines(file: _Readable, name: str, day: date) -> Iterator[Line]:
    if "汇总" in name:
        return
    rows = iter(lambda: file.readline(LINE_BYTES + 1), b"")
    first = next(rows, b"").removeprefix(_BOM)
    rows = chain([first], rows)
    base = name.rsplit("/", 1)[-1]
    if base.startswith("INN") and "ZME" in base:
        yield from unionpay.disputes(decoded(rows, "latin-1"), day)
    elif base.startswith("INN") and "ZM" in base:
        yield from unionpay.trades(decoded(rows, "latin-1"), day)
    elif base.startswith(("INN", "RD")) or first.startswith(_SUMS):
        return  # sums and files of other services
    elif first.startswith(wechatpay.TRADES.encode()):
        yield from wechatpay.trades(decoded(rows, "utf-8"))
    elif first.startswith(wechatpay.FUNDS.encode()):
        yield from wechatpay.funds(decoded(rows, "utf-8"))
    elif first.startswith(alipay.TRADES.encode("gb18030")):
        yield from alipay.trades(decoded(rows, "gb18030"))
    elif first.startswith(alipay.FUNDS.encode("gb18030")):
        yield from alipay.funds(decoded(rows, "gb18030"))
    elif first.startswith(sandbox.HEAD.encode()):
        yield from sandbox.trades(decoded(rows, "utf-8"))
    else:
        raise refused("This is no statement of a gateway we know", 1)
