"""Prices written as comma-separated values: which SKU, from how many pieces on, how much. Pure."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final, NamedTuple
from uuid import UUID

from app.core.money import MAX_MINOR
from app.services.pricing.engine.planned import RowFault

NAMES: Final = ("sku_id", "sku_code")
COLUMNS: Final = (*NAMES, "min_quantity", "price_minor")
MOST_PIECES: Final = 2**31 - 1
_MOST_DIGITS = 18
_MOST_LETTERS = 64


class WantedPrice(NamedTuple):
    """A row of a plan: one of id and code names the SKU; no price withdraws it."""

    row: int
    sku_id: UUID | None
    sku_code: str | None
    min_quantity: int
    price_minor: int | None


class BadTable(ValueError):
    """The text is no table of prices at all."""


def read_table(text: str, *, most_rows: int) -> tuple[list[WantedPrice], list[RowFault]]:
    """Return the rows of a table with a heading, and what is wrong with the others.

    Columns are `sku_id` or `sku_code`, `price_minor` and perhaps `min_quantity`, in any order; an
    empty price withdraws it. Rows count from 1 below the heading. Raises `BadTable`.
    """
    if any(each == "\0" or "\ud800" <= each <= "\udfff" for each in text):
        raise BadTable("The text holds a character that cannot be stored")
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        heading = [each.strip() for each in next(reader, [])]
        _check_heading(heading)
        rows: list[WantedPrice] = []
        faults: list[RowFault] = []
        for number, cells in _numbered(reader):
            if number > most_rows:
                raise BadTable(f"A table has at most {most_rows} rows")
            try:
                rows.append(_row(number, dict(zip(heading, cells, strict=True))))
            except ValueError as error:
                faults.append(RowFault(number, "INVALID", str(error)))
    except csv.Error as error:
        raise BadTable(f"Line {reader.line_num}: {error}") from error
    return rows, faults


def _check_heading(heading: list[str]) -> None:
    if unknown := [each for each in heading if each not in COLUMNS]:
        raise BadTable(f"{unknown[0]!r} is no column: use {', '.join(COLUMNS)}")
    if len(set(heading)) != len(heading):
        raise BadTable("A column is there twice")
    if "price_minor" not in heading or len(set(NAMES) & set(heading)) != 1:
        raise BadTable("The heading needs price_minor, and sku_id or sku_code")


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            number += 1
            yield number, cells


def _row(number: int, cells: dict[str, str]) -> WantedPrice:
    values = {name: cell.strip() for name, cell in cells.items()}
    code = values.get("sku_code")
    if code is not None and not 0 < len(code) <= _MOST_LETTERS:
        raise ValueError(f"sku_code has from one to {_MOST_LETTERS} letters")
    price = values["price_minor"]
    return WantedPrice(
        number,
        _id(values["sku_id"]) if "sku_id" in values else None,
        code,
        _whole("min_quantity", values.get("min_quantity") or "1", 1, MOST_PIECES),
        _whole("price_minor", price, 0, MAX_MINOR) if price else None,
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("sku_id is no id") from None


def _whole(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(f"{name} is no whole number")
    if not least <= (value := int(text)) <= most:
        raise ValueError(f"{name} is from {least} to {most}")
    return value
