"""Spreadsheets of strangers: what is read, and what is refused before it does harm."""

import io

import pytest

from app.core.sheets import UNPACKED_BYTES, SheetUnreadable, letter, rows_of
from tests.factories.group_orders import archive, workbook

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def read(content, most=100):
    return list(rows_of(io.BytesIO(content), most=most))


def sheet(rows, **more):
    body = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    return archive(xl__worksheets__sheet1=body, **more)


def test_what_programs_write_is_read():
    rows = read(workbook([["a", 13800138000, None], [], ["=1+1", "第二行", 7]], ["x", "y", "z"]))
    assert [(each.number, each.cells) for each in rows] == [
        (1, ("x", "y", "z")),
        (2, ("a", "13800138000")),
        (4, ("=1+1", "第二行", "7")),
    ]


def test_shared_texts_lose_their_readings_and_numbers_their_exponents():
    strings = (
        f"<sst {MAIN}><si><t>王</t></si><si><r><t>李</t></r><r><t>四</t></r>"
        "<rPh><t>LiSi</t></rPh></si></sst>"
    )
    rows = (
        '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3"><v>1.3800138E10</v></c>'
        '<c r="D3" t="inlineStr"><is><t>in</t></is></c><c r="E3"><v>1.5</v></c></row>'
        '<row><c t="s"><v>0</v></c><c><v>2</v></c></row>'
    )
    found = read(sheet(rows, xl__sharedStrings=strings))
    assert [(each.number, each.cells) for each in found] == [
        (3, ("李四", "", "13800138000", "in", "1.5")),
        (4, ("王", "2")),
    ]


def test_formulas_are_told():
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v>2</v></c></row>'
    (found,) = read(sheet(rows))
    assert (found.cells, found.formulas) == (("1", "2"), frozenset({1}))
    (found,) = read(b"x,=cmd|' /C calc'!A0,'+861\n")
    assert (found.cells[2], found.formulas) == ("+861", frozenset({1}))


def test_csv_in_both_encodings():
    for encoding in ("utf-8-sig", "utf-8", "gb18030"):
        rows = read('收货人,地址\r\n王,"a\r\nb"\r\n\r\n李,c\r\n'.encode(encoding))
        assert [each.cells for each in rows] == [("收货人", "地址"), ("王", "a\r\nb"), ("李", "c")]


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 this is no archive", "no workbook"),
        (b"\xd0\xcf\x11\xe0 an old one", "Save it as XLSX"),
        (archive(other="x"), "no sheet"),
        (archive(**{f"p{i}": "x" for i in range(201)}, xl__worksheets__sheet1="x"), "too many"),
        (archive(xl__worksheets__sheet1="<worksheet><row>"), "no workbook"),
        (archive(xl__worksheets__sheet1=f"{ENTITIES}<worksheet>&b;</worksheet>"), "entities"),
        (sheet('<row r="1"><c r="A1" t="s"><v>9</v></c></row>'), "points nowhere"),
        (sheet('<row r="1"><c r="A1" t="s"><v>x</v></c></row>'), "no workbook"),
        (sheet('<row r="1"><c r="ZZ1"><v>1</v></c></row>'), "too many columns"),
        (sheet(f'<row r="1"><c r="A1" t="str"><v>{"x" * 4_001}</v></c></row>'), "in a cell"),
        (",".join(["x"] * 65).encode(), "too many columns"),
        (b'"never closed', "no CSV"),
        (b"\xff\xfe\x00", "neither UTF-8"),
    ],
)
def test_what_is_wrong_is_refused(content, why):
    with pytest.raises(SheetUnreadable) as refused:
        read(content)
    assert why in refused.value.detail


def test_rows_are_counted():
    assert len(read(b"a\n" * 100)) == 100
    with pytest.raises(SheetUnreadable) as refused:
        read(b"a\n" * 101)
    assert refused.value.context == {"line": 101, "most": 100}


def test_d18_an_archive_that_unpacks_to_too_much_is_left_off():
    """65 MB of blanks in some 70 kB; what the archive says of itself is not asked."""
    blanks = " " * (UNPACKED_BYTES + 1_024)
    packed = archive(xl__worksheets__sheet1=f"<worksheet {MAIN}>{blanks}</worksheet>")
    assert len(packed) < 100_000
    with pytest.raises(SheetUnreadable) as refused:
        read(packed)
    assert "unpacks to too much" in refused.value.detail


def test_columns_have_letters():
    assert [letter(each) for each in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
