"""Spreadsheets we write hold texts, never formulas."""

import csv
import io
import zipfile

import pytest

from app.core.spreadsheets import Xlsx, csv_lines

FORMULAS = (
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
)


@pytest.mark.parametrize("text", [*FORMULAS, "－1+1", "＠SUM(A1)"])
def test_d20_no_text_begins_as_a_formula(text):
    """Quotes and separators inside do not let the rest begin a cell of its own either."""
    rows = [[text, f'"{text}', f"x,{text}", f'x",{text}']]
    cells = next(csv.reader(io.StringIO(csv_lines(rows), newline="")))
    assert cells == [f"'{text}", *rows[0][1:]]


@pytest.mark.parametrize("number", [-5, 0, "-12", "3.50", "-3.50", None, "name", "a=b"])
def test_d20_numbers_and_other_texts_stay(number):
    (cell,) = next(csv.reader(io.StringIO(csv_lines([[number]]))), [""])
    assert cell == ("" if number is None else str(number))


def test_d20_a_workbook_holds_texts():
    with Xlsx(["h"]) as book:
        book.add([[each] for each in FORMULAS])
        content = b"".join(book.finish())
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count('t="inlineStr"') == 1 + len(FORMULAS)
