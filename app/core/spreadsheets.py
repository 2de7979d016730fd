"""Spreadsheets of any length in little memory: CSV as text, XLSX by way of a temporary file."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

Cell = str | int | None
MOST_ROWS: Final = 1_048_576
"""Rows of a sheet of XLSX; what is beyond goes on the next one."""
CHUNK: Final = 64 * 1_024
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_lines(rows: Sequence[Sequence[Cell]]) -> str:
    """Rows as CSV. A text that a spreadsheet would take for a formula starts with an apostrophe."""
    text = StringIO()
    csv.writer(text).writerows([[_plain(cell) for cell in row] for row in rows])
    return text.getvalue()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    said = str(cell)
    is_number = isinstance(cell, int) or said.removeprefix("-").replace(".", "", 1).isdigit()
    return f"'{said}" if said.startswith(_FORMULAS) and not is_number else said


class Xlsx:
    """A workbook that is written row by row to disk and then read in pieces.

    Its methods block; call them in a thread.
    """

    def __init__(self, header: Sequence[str]) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415 - few processes ever make a workbook

        self._header = header
        self._folder = TemporaryDirectory(prefix="stoa-xlsx-")
        self._path = Path(self._folder.name) / "book.xlsx"
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": self._folder.name,
        }
        self._book: Any = Workbook(str(self._path), options)
        self._sheet: Any = None
        self._row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def add(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows; every sheet begins with the header."""
        for row in rows:
            if self._sheet is None or self._row == MOST_ROWS:
                self._sheet = self._book.add_worksheet()
                self._sheet.write_row(0, 0, self._header)
                self._row = 1
            self._sheet.write_row(self._row, 0, row)
            self._row += 1

    def finish(self) -> Iterator[bytes]:
        """The file in pieces; nothing can be added any more."""
        if self._sheet is None:
            self._book.add_worksheet().write_row(0, 0, self._header)
        self._book.close()
        with self._path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
